"""What is known of a finished job whose results are kept."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from ashim_core.engine.task import Output, StepReport


class ItemRecord(BaseModel):
    """What became of one input of a batch.

    output: the name of its result. code, message: of the error that came instead. size: in bytes.
    report: what a tool says that reports in place of making files. facts: what it says of them.
    saved_file_id: the version in the library that the result is.
    """

    input: str
    output: str | None = None
    size: int | None = None
    code: str | None = None
    message: str | None = None
    ms: float
    report: dict[str, object] | None = None
    facts: dict[str, object] | None = None
    saved_file_id: str | None = Field(default=None, serialization_alias="savedFileId")


class JobRecord(BaseModel):
    """A finished job whose results can be downloaded.

    created, expires: seconds since the epoch.
    owner: the account that started it.
    outputs: with paths inside the job's folder.
    archive: all outputs in one file, if there are several.
    many: there are many by nature, even if there is one.
    facts: what the tool says of them.
    """

    id: str
    owner: str
    kind: str
    created: float
    expires: float
    original_size: int
    outputs: tuple[Output, ...] = ()
    archive: Output | None = None
    notes: tuple[str, ...] = ()
    report: dict[str, object] | None = None
    facts: dict[str, object] | None = None
    many: bool = False
    steps: tuple[StepReport, ...] = ()
    items: tuple[ItemRecord, ...] = ()

    @property
    def expires_at(self) -> str:
        """The moment of expiry in ISO 8601, UTC."""
        return datetime.fromtimestamp(self.expires, UTC).isoformat(timespec="seconds")
