"""What the marts must show of it."""
