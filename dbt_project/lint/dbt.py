"""What dbt's own macros render to, for sqlfluff, which runs without dbt."""


def type_string():
    """A string type."""
    return "varchar"


def dateadd(part, number, day):
    """A date some days on."""
    return f"date_add({day}, {number} * interval 1 {part})"


def datediff(first, second, part):
    """Days between two dates."""
    return f"date_diff('{part}', {first}, {second})"


def listagg(measure, delimiter="','", order_by="", limit=None):
    """An ordered list as text."""
    return f"string_agg({measure}, {delimiter} {order_by})"
