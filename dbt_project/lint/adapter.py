"""dbt's dispatch, for sqlfluff: it lints the default spelling's shape."""


def dispatch(name, package=None):
    """A stand-in for an adapter's macro: its arguments, lists opened, in brackets."""

    def shown(*arguments):
        opened = [a if isinstance(a, list) else [a] for a in arguments]
        return f"({name}({', '.join(str(part) for parts in opened for part in parts)}))"

    return shown
