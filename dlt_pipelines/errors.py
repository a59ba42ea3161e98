"""What can go wrong, said so that the reader knows what to do.

Every error carries what happened (with the place and the record it happened to) and
what to do about it; the command line prints both and exits with ``exit_code``.
"""

import errno


class TieoutError(Exception):
    """An error with a remedy. Messages never hold secrets or pay data."""

    exit_code = 2

    def __init__(self, what: str, do: str) -> None:
        """Say ``what`` happened and what to ``do`` about it, a sentence each."""
        super().__init__(what)
        self.what = what
        self.do = do

    def __str__(self) -> str:
        """Both sentences, on one line."""
        return f"{self.what} → {self.do}"


class ConfigurationError(TieoutError):
    """A setting, a policy seed or the use of a command is wrong."""

    exit_code = 2


class HeldBack(TieoutError):
    """A blocking control failed: the last good snapshot stays published."""

    exit_code = 1


class ConnectionFailed(TieoutError):
    """A source or target could not be used; what it had given so far is kept."""

    exit_code = 3


class Unreachable(ConnectionFailed):
    """Nobody answered, or only errors that retrying could have cured."""


class Refused(ConnectionFailed):
    """The system answered and said no: credentials, rights or a wrong request."""


class BadAnswer(ConnectionFailed):
    """The system answered with something that cannot be read (truncated, not JSON)."""


def explained(error: BaseException) -> ConfigurationError | None:
    """The machine's trouble behind an error, said with what to do; None if unknown."""
    seen: BaseException | None = error
    while seen is not None:
        full = isinstance(seen, OSError) and seen.errno == errno.ENOSPC
        if full or "No space left on device" in str(seen):
            return ConfigurationError(
                "the disk is full",
                "make room and run the same command again: nothing that was finished "
                "is lost, and the last published snapshot is untouched.",
            )
        if isinstance(seen, PermissionError):
            return ConfigurationError(
                f"this user may not use {seen.filename}", "correct its rights."
            )
        seen = seen.__cause__ or seen.__context__
    return None
