"""What accounts other than the owner's can open in a work folder, by modes alone."""

import stat
from collections.abc import Iterator
from pathlib import Path


def open_to(work: Path, group: int | None = None) -> list[Path]:
    """The files that an account of a group, or of none that has rights, can read.

    Whoever knows a file's name needs no right to list its folder, only to pass it. The
    work folder itself counts as passable, for the owner may have to let readers in.
    """
    return sorted(_readable(work, group))


def _readable(folder: Path, group: int | None) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink():
            continue  # what it names has rights of its own
        if path.is_dir():
            if _may(path, group, stat.S_IXGRP, stat.S_IXOTH):
                yield from _readable(path, group)
        elif _may(path, group, stat.S_IRGRP, stat.S_IROTH):
            yield path


def _may(path: Path, group: int | None, of_group: int, of_others: int) -> bool:
    found = path.stat()
    return bool(found.st_mode & (of_group if found.st_gid == group else of_others))
