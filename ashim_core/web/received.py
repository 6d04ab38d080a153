"""What a request wants worked on: uploads, files of the library, and where results are kept."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request

from ashim_core.engine.task import Step, TaskInput, TaskResult
from ashim_core.errors import InvalidRequest
from ashim_core.library.blobs import borrow
from ashim_core.library.service import NewFile
from ashim_core.policy import Actor, allowed, refusal
from ashim_core.storage import JobFolder
from ashim_core.web.context import actor, core
from ashim_core.web.uploads import received_files

_TARGET = "fileId"
_REFERENCE = re.compile(r"(?:/api/v1)?/files/([0-9a-f]{32})(?:/download)?")

Saver = Callable[[int, TaskResult], str | None]
"""Keeps the result of a task, by its number; gives the id of the new version."""


@dataclass(frozen=True)
class Received:
    """Files to work on, and the files of the library that the results are new versions of.

    targets: none at all, or one for each task.
    """

    files: list[TaskInput]
    targets: tuple[str, ...] = ()


def received(folder: JobFolder, settings: dict[str, Any]) -> Received:
    """Give the files of the request: uploads, and those of the library that it names.

    `fileId`, in the form or in the settings, names files to make a new version of; without any
    other file they are what is worked on. `/files/<id>` in a field where a file may be is that
    file. Raises NotFound for files that aren't there, or that the caller may not change or see.
    """
    targets = _targets(settings)
    for target in targets:
        core().library.find(actor(), target, "files:change")
    files = [*received_files(), *_referred(folder)]
    if targets and not files:
        files = [_borrowed(folder, target, "file") for target in targets]
    return Received(files, targets)


def saver(what: Received, tasks: int, steps: Sequence[Step]) -> Saver | None:
    """Make what keeps the results of so many tasks as new versions; None if nothing is kept.

    Raises InvalidRequest when there is not one file to make a version of for each task.
    """
    if not what.targets:
        return None
    who, library = actor(), core().library
    _refuse_keeping(who)
    if len(what.targets) != tasks:
        raise InvalidRequest(
            f"Expected one {_TARGET} for each result, {tasks} in all, got {len(what.targets)}.",
            details=[
                {"field": _TARGET, "expected": f"{tasks} ids", "received": str(len(what.targets))}
            ],
        )
    tools = [step.tool_id for step in steps]

    def save(index: int, result: TaskResult) -> str | None:
        # Several files, or a report, are no version of a picture.
        if len(result.outputs) != 1:
            return None
        return library.add_version(who, what.targets[index], _new(result), tools).id

    return save


def _targets(settings: dict[str, Any]) -> tuple[str, ...]:
    sent: list[Any] = request.form.getlist(_TARGET)
    if _TARGET in settings:
        value = settings.pop(_TARGET)
        sent += value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) and item for item in sent):
        raise InvalidRequest(
            f"{_TARGET}: expected the id of a file in the library.",
            details=[{"field": _TARGET, "expected": "an id", "received": "something else"}],
        )
    return tuple(dict.fromkeys(sent))


def _referred(folder: JobFolder) -> list[TaskInput]:
    return [
        _borrowed(folder, found[1], field)
        for field, value in request.form.items(multi=True)
        if (found := _REFERENCE.fullmatch(value))
    ]


def _borrowed(folder: JobFolder, file_id: str, field: str) -> TaskInput:
    """Have a file of the library in the job's folder, where it stays even if it is deleted."""
    row = core().library.find(actor(), file_id, "files:read")
    place = folder.new_input()
    borrow(core().library.blobs.local(row.digest), place)
    return TaskInput(path=str(place), name=row.name, field=field)


def _new(result: TaskResult) -> NewFile:
    output = result.outputs[0]
    return NewFile(
        path=Path(output.path),
        name=output.name,
        media_type=output.media_type,
        width=output.width,
        height=output.height,
    )


def _refuse_keeping(who: Actor) -> None:
    if not allowed(who, "files:change"):
        raise refusal(who, "files:change")
