"""Where tools can run, here or on a server, and what commands tell such a place and hear of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ashim_core.cli.board import Board
from ashim_core.engine.task import Step
from ashim_core.errors import AshimError
from ashim_core.extra import Extra


@dataclass(frozen=True)
class ToolFacts:
    """A tool as commands see it.

    least, most: how many files it takes. picture: it makes one picture of one file; any other tool
    may make several files, or report something. schema: the JSON schema of its settings.
    extras: files that it takes besides.
    """

    id: str
    aliases: tuple[str, ...]
    name: str
    summary: str
    least: int
    most: int
    picture: bool
    schema: Mapping[str, Any]
    extras: Sequence[Extra] = ()


@dataclass(frozen=True)
class Assignment:
    """What a command was asked to do.

    groups: the files of each run of the steps. pictures: each run makes one picture.
    at_a_time: how many runs this machine does at a time.
    extras: files, by their fields, that go along with each group.
    """

    steps: tuple[Step, ...]
    pipeline: bool
    groups: tuple[tuple[Path, ...], ...]
    pictures: bool
    at_a_time: int
    extras: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """A result. write: puts all of it into a file that is empty."""

    name: str
    write: Callable[[BinaryIO], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one group of files: results, a report, or the error that came instead.

    facts: what the tools tell of the results.
    """

    files: Sequence[Made] = ()
    report: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()
    error: AshimError | None = None


Take = Callable[[Outcome], None]
"""Called with what became of each group, in the order of the groups; fetches what it wants."""


class Place(Protocol):
    """Somewhere that tools can run."""

    @property
    def most_steps(self) -> int:
        """Say how many steps a pipeline may have."""

    def tools(self) -> Sequence[ToolFacts]:
        """Give the tools that can be used."""

    def tool(self, name: str) -> ToolFacts:
        """Look a tool up by its id or an alias; raises ToolNotFound."""

    def check(self, steps: Sequence[Step], *, pipeline: bool) -> None:
        """Refuse steps that can't run, as far as this can be told before any file is sent."""

    def carry_out(self, work: Assignment, board: Board, take: Take) -> None:
        """Do the work; an AshimError that is raised ends all of it."""

    def close(self) -> None:
        """Free everything."""
