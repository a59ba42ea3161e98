"""What every room stands on: errors, settings, the work folder, text."""
