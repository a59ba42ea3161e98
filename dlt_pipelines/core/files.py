"""Small files that are whole or as they were, whenever a run is killed."""

import os
from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """Put ``text`` in ``file`` at once; a reader sees the old text or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, file)
