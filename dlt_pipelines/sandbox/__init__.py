"""The embedded demo firm: its business, its faults, its truth, its systems."""
