"""Takes the documentation's pictures anew: `make pictures`, after `make refresh`.

They are of the sandbox firm as it was published last, page by page as each opens.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.dashboards.browser import ROOT, chromium, pages, settle

PICTURES = ROOT / "dashboards" / "pictures"
NAMES = (
    "margin", "explained", "billing", "forecast", "utilisation", "group",
    "reconciliation", "exceptions", "posting",
)  # fmt: skip
SIZE = {"width": 1440, "height": 1000}


def main() -> None:
    """Writes a picture a page, over the one before."""
    with (
        TemporaryDirectory() as folder,
        pages(Path(folder)) as address,
        chromium() as browser,
    ):
        shown = browser.new_page(viewport=SIZE, locale="en-GB")
        for name in NAMES:
            shown.goto(f"{address}/{name}")
            settle(shown)
            shown.wait_for_timeout(2_000)  # charts are drawn after the page stands
            shown.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
