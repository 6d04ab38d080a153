"""Tasks and their results: plain data that any executor can carry as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ashim_core.errors import AshimError
from ashim_core.limits import Limits


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Plain):
    """One tool with its settings as the caller wrote them."""

    tool_id: str
    settings: dict[str, Any] = Field(default_factory=dict)


class TaskInput(_Plain):
    """A file that a task reads. Paths travel, never pixels."""

    path: str
    name: str
    field: str = "file"


class Task(_Plain):
    """Steps for one group of inputs: what one worker runs.

    extras: the files that go along with it, by their fields.
    folder: an existing folder that belongs to the task; outputs are left there.
    strict: fail before anything of the picture is lost that nobody asked to lose.
    """

    id: str
    steps: tuple[Step, ...] = Field(min_length=1)
    inputs: tuple[TaskInput, ...]
    extras: tuple[TaskInput, ...] = ()
    folder: str
    limits: Limits = Limits()
    strict: bool = False


class Output(_Plain):
    """A file that a task made. width and height are set for pictures, in pixels."""

    path: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


class StepReport(_Plain):
    """What one step took: milliseconds; and bytes, where its result was written to a file."""

    tool_id: str
    ms: float
    size: int | None = None


class TaskResult(_Plain):
    """What came of a task.

    report: the answer of a tool that reports instead of making files.
    facts: what a tool says of the files that it made.
    many: there are many files by nature, even if there is one.
    losses: what of the picture is not in the result, for people. notes: what was ignored.
    steps: one report for each step. Steps that share one decode and one encode leave no files in
        between; what their pixels take is counted where they are computed, mostly in the last.
    """

    outputs: tuple[Output, ...] = ()
    report: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    many: bool = False
    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[StepReport, ...] = ()


class Reply(_Plain):
    """What a worker sends back: a result, or an error as data."""

    result: TaskResult | None = None
    error: dict[str, Any] | None = None

    def unwrap(self) -> TaskResult:
        """Give the result, or raise the error."""
        if self.result is None:
            raise AshimError.from_data(self.error or {})
        return self.result
