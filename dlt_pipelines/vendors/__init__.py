"""One folder per system: all that is known of it, and nothing elsewhere."""

from pathlib import Path

VENDORS = Path(__file__).parent
