"""The embedded demo firm: its business, its faults, its systems."""
