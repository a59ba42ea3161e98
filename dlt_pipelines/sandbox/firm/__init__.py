"""What the demo firm is: its objects, constants and arithmetic."""
