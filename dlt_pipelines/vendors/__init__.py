"""One folder per system: all that is known of it, and nothing elsewhere."""
