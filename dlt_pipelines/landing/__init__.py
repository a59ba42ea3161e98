"""What each system says, every version of it, into schema raw."""
