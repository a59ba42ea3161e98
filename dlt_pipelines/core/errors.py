"""What can go wrong, said so that the reader knows what to do.

Every error carries what happened (with the place and the record it happened to) and
what to do about it; the command line prints both and exits with ``exit_code``.
"""

import errno
import re


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


class Damaged(ConfigurationError):
    """A database holds what nobody wrote to it."""


class HeldBack(TieoutError):
    """A blocking control failed: the last good snapshot stays published."""

    exit_code = 1


class NotLanded(TieoutError):
    """The latest landing could not read a system whole; what it had is kept."""

    exit_code = 3


class LedgerLacks(TieoutError):
    """A system holds documents of ours that the posting ledger does not know."""

    exit_code = 4


class Disagreement(TieoutError):
    """The published snapshot does not know what the posting ledger knows."""

    exit_code = 1


class ConnectionFailed(TieoutError):
    """A source or target could not be used; what it had given so far is kept."""

    exit_code = 3


class Unreachable(ConnectionFailed):
    """Nobody answered, or only errors that retrying could have cured."""


class Throttled(Unreachable):
    """The system asks for patience; ``wait`` is for how many seconds, if it said."""

    wait: float | None = None


class Refused(ConnectionFailed):
    """The system answered and said no: credentials, rights or a wrong request."""


class BadAnswer(ConnectionFailed):
    """The system answered with something that cannot be read (truncated, not JSON)."""


def explained(error: BaseException | None) -> TieoutError | None:
    """What is behind an error, said with what to do; None if it is unknown."""
    seen = error
    while seen is not None:
        known = seen if isinstance(seen, TieoutError) else _machines_trouble(seen)
        if known:
            return known
        seen = seen.__cause__ or seen.__context__
    return None


def _machines_trouble(error: BaseException) -> TieoutError | None:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL_DISK
    if isinstance(error, OSError) and error.errno in UNUSABLE_PATH:
        return ConfigurationError(
            f"{error.filename} cannot be used: {error.strerror}",
            "correct the path, its rights or its owner.",
        )
    return _servers_trouble(error) or explained_text(str(error))


def _servers_trouble(error: BaseException) -> TieoutError | None:
    """A ledger's server that is gone, full or not to be found; None for others.

    The driver is known by its name: who has no such ledger does not have it installed.
    """
    driver = type(error).__module__.partition(".")[0]
    if driver != "psycopg" or not _kinds(error) & {
        "OperationalError",
        "InterfaceError",
    }:
        return None
    if "No space left on device" in str(error):
        return Unreachable(
            "the disk of the ledger's server is full",
            "make room there and run the same command again: what was sent is settled "
            "first, and nothing is posted twice.",
        )
    if any(words in str(error) for words in WRONG_LOGIN):
        return ConfigurationError(
            "the ledger's server does not let Tieout in", f"correct {LEDGER_URL}."
        )
    return ledger_gone()


def ledger_gone() -> Unreachable:
    """The ledger's server cannot be reached, or the session with it is lost."""
    return Unreachable(
        "the ledger's server did not answer, or went away while it was used",
        f"see to it that PostgreSQL runs and {LEDGER_URL} names it, then run the same "
        "command again: what was sent is settled first, and nothing is posted twice.",
    )


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def explained_text(text: str) -> ConfigurationError | None:
    """The machine's trouble that a database's message tells of; None if it is none."""
    if any(words in text for words in ("No space left on device", "disk is full")):
        return FULL_DISK
    quoted = re.search(r"""["']([^"']+\.(?:duckdb|sqlite)[^"']*)["']""", text)
    file = quoted.group(1).rpartition("/")[2] if quoted else "a database"
    for words, what, do in DATABASE_TROUBLES:
        if words in text:
            kind = Damaged if what == DAMAGED else ConfigurationError
            return kind(f"{file} {what}", do)
    return None


LEDGER_URL = "ledger_url under [tieout] in .dlt/secrets.toml"
WRONG_LOGIN = ("authentication failed", "no pg_hba.conf entry", "does not exist")
DAMAGED = "is damaged or no database"
FULL_DISK = ConfigurationError(
    "the disk is full",
    "make room and run the same command again: nothing that was finished is lost, "
    "and the last published snapshot is untouched.",
)
UNUSABLE_PATH = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
)
DATABASE_TROUBLES = (
    (
        "Could not set lock on file",
        "is open in another program",
        "close it there (a notebook, a DuckDB shell; readers open the published "
        "database instead) and run the same command again.",
    ),
    *(
        (words, DAMAGED, "`tieout doctor` says which file it is and what to do.")
        for words in (
            "not a valid DuckDB database file",
            "Corrupt database file",
            "Failure while replaying WAL file",
        )
    ),
    ("file is not a database", "is damaged", "restore it from the last backup."),
    ("database is locked", "is in use", "run the same command again in a moment."),
    ("Permission denied", "may not be used by this user", "correct its rights."),
    ("readonly database", "may not be written", "correct its rights."),
)
