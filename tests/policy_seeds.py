"""Policy seeds of a test's own: those of the firm, with some files written anew."""

import shutil
from pathlib import Path

from dlt_pipelines.core.settings import ROOT


def seeds_with(folder: Path, **files: str) -> Path:
    """A copy of the firm's seeds in ``folder``, the named ones with these contents."""
    seeds = shutil.copytree(ROOT / "seeds", folder / "seeds", dirs_exist_ok=True)
    for name, content in files.items():
        (seeds / f"{name}.csv").write_text(content, encoding="utf-8")
    return seeds


def rewritten(folder: Path, seed: str, old: str, new: str) -> None:
    """Replace what is in a seed's file once."""
    file = folder / f"{seed}.csv"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is in {file.name} {text.count(old)} times"
    file.write_text(text.replace(old, new), encoding="utf-8")
