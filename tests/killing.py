"""Processes that kill themselves: at one file operation after the other, or in a while.

Killed by SIGKILL in a forked process, because a process a round would spend seconds on
importing what all rounds need.
"""

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

FILES = (
    "rename", "replace", "unlink", "remove", "rmdir", "mkdir", "symlink", "link",
    "chmod", "fsync",
)  # fmt: skip


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class Operations:
    """Counts operations from now on; dies just before the one it is aimed at."""

    def __init__(self, die: Callable[[], object] = die) -> None:
        """Count this process's file operations."""
        self.done = 0
        self.fatal: int | None = None
        self.die = die
        self.count(os, *FILES)

    def count(self, owner: Any, *names: str) -> None:
        """Count calls of these functions of a module or class, too."""
        for name in names:
            setattr(owner, name, self._counted(getattr(owner, name)))

    def aim(self, operation: int) -> None:
        """Die at the operation that comes as the so-manieth from now."""
        self.fatal = self.done + operation

    def _counted(self, real: Callable) -> Callable:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.done += 1
            if self.done == self.fatal:
                self.die()
            return real(*args, **kwargs)

        return call


def killed(
    work: Callable[[], object], meanwhile: Callable[[], object] | None = None
) -> bool:
    """Work in a forked process; whether that was killed.

    ``meanwhile`` is called as long as it lives. Raises SystemExit when it failed.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    done = 0
    while not done:
        done, status = os.waitpid(child, os.WNOHANG if meanwhile else 0)
        if not done:
            meanwhile()
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit(f"what was to be killed failed: {os.WEXITSTATUS(status)}")
    return False
