"""The cases that are told: each a function that says what the systems say."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.casebook.book import VENDOR, Book
from tests.casebook.case import Case, systems

not_yet = pytest.mark.xfail(strict=True, reason="the case comes out wrong so far")

AS_OF = date(2026, 6, 30)
_told: dict[str, tuple[Callable[[Case], None], bool, dict]] = {}


def case(name: str, *, own_systems: bool = False, **entity: str):
    """Registers what a case says; ``entity`` says its currency and country.

    A case that closes periods needs systems of its own: the others' stay open.
    """

    def register(tell: Callable[[Case], None]) -> Callable[[Case], None]:
        if name in _told:
            raise ValueError(f"case {name} is told twice")
        _told[name] = (tell, own_systems, entity)
        return tell

    return register


def book(systems_of_their_own: bool = False) -> Book:
    """All that is told, as it stands on the last of June 2026.

    One system of each kind says it all, or each case has systems of its own.
    """
    made = Book(AS_OF)
    if not systems_of_their_own:
        systems(made, VENDOR)
    for name, (tell, own_systems, entity) in sorted(_told.items()):
        apart = own_systems or systems_of_their_own
        instance = name.lower() if apart else VENDOR
        if apart:
            systems(made, instance)
        tell(Case(made, name, instance=instance, **entity))
    return made
