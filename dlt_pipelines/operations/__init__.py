"""What runs over every room: a refresh, its examination, a backup."""
