"""The one record that is kept equal in S/4HANA: the name of a project.

A change goes out by PATCH of nothing but the description, so a repeat changes nothing;
that it was made shows in the project itself. Projects are set up, and invoices drafted,
by people: such a write is refused, and policy holds it as delivered.
"""

from collections.abc import Sequence

from dlt_pipelines.core.errors import Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import Journal, Kept, PostedRecord, Refusal
from dlt_pipelines.reverse_sync.records import RecordWrite
from dlt_pipelines.vendors.s4hana.client import connect, quoted
from dlt_pipelines.vendors.s4hana.source import LISTS
from dlt_pipelines.vendors.s4hana.target import WRITE_TIMEOUT

PATH, _ = LISTS["projects"]
LONGEST = 60  # characters of a project's description
FIELDS = ("Project", "ProjectUUID", "ProjectDescription")
NO_RECORD = (400, 404)  # the project itself; 401 and 403 are about us


class S4Records:
    """A session with a tenant to write records in."""

    batch_size = 1
    guards_repeats = True
    lookup_lag = 0.0
    external_id_limit = 64  # none is kept
    request_id = None

    def __init__(self, instance: Instance, name: str) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT

    def find(self, documents: Sequence[RecordWrite]) -> dict[str, PostedRecord]:
        """The projects that have their names already."""
        found = {}
        for write in documents:
            project = self._project(write) if _is_name(write) else None
            if project and project["ProjectDescription"] == write.fields["name"]:
                found[write.external_id] = PostedRecord(
                    str(write.record_id), write.external_id, write.memo
                )
        return found

    def held(self) -> list[PostedRecord]:
        """Nothing: a value that was set leaves no id."""
        return []

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Nothing: records are no journals."""
        return []

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: a change is made or it is not."""

    def post(self, documents: Sequence[RecordWrite]) -> list[Kept | Refusal]:
        """Send writes one by one, each once (see ``Target.post``)."""
        return [self._send(write) for write in documents]

    def _send(self, write: RecordWrite) -> Kept | Refusal:
        if not _is_name(write):
            return Refusal(
                "in S/4HANA only the name of a project is written: do this one by hand"
            )
        name = write.fields["name"]
        if len(name) > LONGEST:
            return Refusal(f"a project's name has {LONGEST} characters in S/4HANA")
        project = self._project(write)
        if project is None:
            return Refusal(f"S/4HANA has no project {write.record_id}")
        path = f"{PATH}(guid'{project['ProjectUUID']}')"
        try:
            self.writer.change(path, {"ProjectDescription": name})
        except Refused as error:
            if self.writer.last_status in NO_RECORD:
                return Refusal(error.what.partition(": ")[2] or error.what)
            raise
        return Kept(str(write.record_id))

    def _project(self, write: RecordWrite) -> dict[str, str] | None:
        condition = f"Project eq {quoted(str(write.record_id))}"
        pages = self.reader.pages(PATH, FIELDS, ("Project",), condition)
        return next((row for page in pages for row in page), None)


def _is_name(write: RecordWrite) -> bool:
    """Whether it is a project's name, and nothing else."""
    is_project = write.record_type == "project" and write.record_id is not None
    return is_project and write.fields.keys() == {"name"}


def open_target(instance: Instance, name: str) -> S4Records:
    """A session with a configured tenant."""
    return S4Records(instance, name)
