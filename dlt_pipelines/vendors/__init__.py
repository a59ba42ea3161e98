"""One folder per system: all that is known of it, and nothing elsewhere."""

from pathlib import Path

VENDORS = Path(__file__).parent


def can_be_posted_to(vendor: str) -> bool:
    """Whether postings can be made in a vendor's systems."""
    return (VENDORS / vendor / "target.py").exists()
