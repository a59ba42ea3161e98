"""dbt's dispatch, for sqlfluff: it lints the default spelling's shape."""


def dispatch(name, package=None):
    """A stand-in for an adapter's macro: its arguments, in brackets."""
    return lambda *arguments: f"({name}({', '.join(map(str, arguments))}))"
