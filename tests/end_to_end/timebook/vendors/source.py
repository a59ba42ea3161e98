"""Timebook's listings: bare arrays, page by page, until a page is empty."""

from collections.abc import Callable, Iterator

from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.timebook.client import TimebookClient


def _whole(name: str) -> Callable[[TimebookClient, Window], Iterator[Batch]]:
    """Read everything of a listing; Timebook has no filter for changes."""

    def read(client: TimebookClient, window: Window) -> Iterator[Batch]:
        page = 1
        while rows := client.json(
            client.send("GET", f"/{name}", params={"page": page})
        ):
            yield Batch(name, rows)
            page += 1

    return read


FEEDS = tuple(Feed(name, _whole(name)) for name in ("jobs", "people", "hours"))
