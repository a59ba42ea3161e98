"""The cases of all files of this folder are built once."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.casebook.book import Built
from tests.casebook.telling import book


@pytest.fixture(scope="session")
def told() -> None:
    """What the files of this folder tell."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        import_module(f"tests.casebook.{path.stem}")


@pytest.fixture(scope="session")
def firm(told, tmp_path_factory) -> Built:
    """What the warehouse makes of all cases, told by one system of each kind."""
    return book().built(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="session")
def group(firm, tmp_path_factory) -> Built:
    """The same where each case has systems of its own."""
    return book(systems_of_their_own=True).built(
        tmp_path_factory.mktemp("group"), like=firm
    )
