"""Why a file is not landed."""

EXAMPLES = 5  # lines that a reason names


class Refusal(Exception):
    """A file that is not landed, with the reason; it never quotes a value."""


class NotYet(Exception):
    """A file that is still being written, or whose marker is not there yet."""


def at_lines(lines: list[int]) -> str:
    """«line 3» or «lines 3, 4, 9 and 12 more»."""
    shown = ", ".join(f"{line:,}" for line in lines[:EXAMPLES])
    more = len(lines) - EXAMPLES
    return (
        f"line{'s' if len(lines) > 1 else ''} {shown}"
        f"{f' and {more:,} more' if more > 0 else ''}"
    )
