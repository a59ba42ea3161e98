"""A copy of the product in a folder of its own, where a test may change it."""

import shutil
from pathlib import Path

from dlt_pipelines.core.settings import ROOT

PARTS = ("dlt_pipelines", "dashboards", "dbt_project", "models", "seeds")


def copy_of_product(tree: Path) -> Path:
    """The product without its tests, as a checkout in the new folder ``tree``."""
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, tree / part, ignore=ignored)
    return tree
