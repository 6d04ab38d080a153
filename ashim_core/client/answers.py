"""What a server answers, as far as a client needs it. What else it says is ignored."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ashim_core.errors import AshimError
from ashim_core.ids import FIELD_PATTERN


class UnexpectedAnswer(AshimError):
    """What came back is not what this API answers."""

    status, code = 502, "UNEXPECTED_ANSWER"


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class ExtraAnswer(_Answer):
    """A file that a tool takes besides."""

    name: str = Field(pattern=FIELD_PATTERN)
    required: bool = True
    description: str = ""


class FileCount(_Answer):
    """How many files a tool takes, and which ones besides."""

    min: int
    max: int
    extras: tuple[ExtraAnswer, ...] = ()


class ToolAnswer(_Answer):
    """A tool as `GET /tools/<id>` describes it.

    animation: what becomes of the frames of its picture; None for all tools but those that make one
        picture of one. settings: their JSON schema.
    """

    id: str
    aliases: tuple[str, ...] = ()
    name: str
    summary: str = ""
    inputs: FileCount
    animation: str | None = None
    settings: dict[str, Any]
    enabled: bool = True


class ToolList(_Answer):
    """All tools of a server."""

    tools: tuple[ToolAnswer, ...]


class Started(_Answer):
    """A job that was accepted."""

    job_id: str


class OutputAnswer(_Answer):
    """A file that can be fetched."""

    name: str
    download_url: str


class ItemAnswer(_Answer):
    """What became of one file of a batch: the name of its result, or why there is none."""

    output: str | None = None
    code: str = "PROCESSING_FAILED"
    message: str | None = None
    facts: dict[str, Any] | None = None


class FilesAnswer(_Answer):
    """What a job has made. results: one for each file, if it was a batch."""

    outputs: tuple[OutputAnswer, ...]
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] | None = None
    results: tuple[ItemAnswer, ...] = ()


class JobAnswer(_Answer):
    """How a job is. result: what it made, or what it reports; once it is completed."""

    status: str
    completed_files: int = 0
    failed_files: int = 0
    code: str | None = None
    error: str | None = None
    result: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        return self.status not in ("queued", "processing")

    @property
    def files(self) -> FilesAnswer | None:
        """What it has made; None when it reports something instead."""
        if self.result is None or not {"outputs", "downloadUrl"} <= self.result.keys():
            return None
        return read(FilesAnswer, self.result)

    @property
    def report(self) -> dict[str, Any]:
        """What it reports."""
        return {name: value for name, value in (self.result or {}).items() if name != "jobId"}


class _Refusal(_Answer):
    code: str = "UNKNOWN"
    message: str
    details: list[dict[str, Any]] = []


AnswerT = TypeVar("AnswerT", bound=_Answer)


def read(model: type[AnswerT], data: object) -> AnswerT:
    """Read JSON that a server sent; UnexpectedAnswer when it is something else."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UnexpectedAnswer(
            f"The server's answer can't be understood: expected another value of '{where}'."
        ) from error


def refusal(status: int, data: object) -> AshimError:
    """Make an error of what a server refuses with; of a status alone if it says no more."""
    try:
        said = _Refusal.model_validate(data)
    except ValidationError:
        error = AshimError(f"The server answered with the status {status} and no explanation.")
    else:
        texts = [{name: plain(str(text)) for name, text in item.items()} for item in said.details]
        error = AshimError.from_data(
            {
                "code": said.code,
                "status": status,
                "message": plain(said.message),
                "details": [item for item in texts if {"field", "expected"} <= item.keys()],
            }
        )
    error.status = status
    return error


def plain(text: str) -> str:
    """Make a server's text harmless to show on a terminal: one line, nothing that steers it."""
    return "".join(char if char.isprintable() else " " for char in text)
