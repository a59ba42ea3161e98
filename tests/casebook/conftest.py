"""The cases of all files of this folder are built once."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.casebook.book import Built
from tests.casebook.telling import book


@pytest.fixture(scope="session")
def firm(tmp_path_factory) -> Built:
    """What the warehouse makes of all cases."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        import_module(f"tests.casebook.{path.stem}")
    return book().built(tmp_path_factory.mktemp("cases"))
