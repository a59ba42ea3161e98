"""A session with Timebook."""

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import ApiClient

OPTIONS = ("base_url", "api_key")  # what a [sources.…] section of it may say


class TimebookClient(ApiClient):
    """Every request carries the account's key."""

    def authorise(self) -> dict[str, str]:
        """The key's header."""
        return {"X-Timebook-Key": self.instance.option("api_key")}

    def ping(self) -> str:
        """One cheap call, for `tieout doctor`."""
        jobs = self.json(self.send("GET", "/jobs", params={"page": 1}))
        return f"{len(jobs)} jobs on the first page"


def connect(instance: Instance) -> TimebookClient:
    """A session with a configured instance."""
    return TimebookClient(instance)
