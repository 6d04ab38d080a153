"""What a request wants worked on: uploads, files of the library, and where results are kept."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request

from ashim_core.core import Core
from ashim_core.engine.extras import parted
from ashim_core.engine.task import Output, Step, TaskInput, TaskResult
from ashim_core.errors import InvalidRequest
from ashim_core.extra import Extra
from ashim_core.jobs.folders import JobFolder
from ashim_core.library.intake import inspected
from ashim_core.library.service import NewFile
from ashim_core.policy import Action, allowed, refusal
from ashim_core.tool import Tool
from ashim_core.web.context import actor, core
from ashim_core.web.forms import TARGET, referred
from ashim_core.web.uploads import received_parts

_MEDIA_TYPES = 32
_MEDIA_TYPE_LENGTH = 100
"""So many of an `Accept` header are told to a tool, and none that is longer."""
_DRAWING = "image/svg+xml"

Saver = Callable[[int, TaskResult], str | None]
"""Keeps the result of a task, by its number; gives the id of the new version."""


@dataclass(frozen=True)
class Received:
    """Files to work on, and the files of the library that the results are new versions of.

    extras: files that go along with each of them.
    targets: none at all, or one for each task.
    """

    files: list[TaskInput]
    extras: tuple[TaskInput, ...] = ()
    targets: tuple[str, ...] = ()


def received(
    folder: JobFolder, settings: dict[str, Any], extras: Sequence[Extra], *, batch: bool = False
) -> Received:
    """Give the files of the request: uploads, and those of the library that it names.

    extras: what the tools take besides.
    batch: every file is worked on by itself, so extra ones have to be named.

    They are in the order of the form, whichever they are.

    `fileId`, in the form or in the settings, names files to make a new version of; without any
    other file to work on they are what is worked on. `/files/<id>` in a field where a file may be
    is that file. Raises NotFound for files that aren't there, or that the caller may not change or
    see, and Forbidden for callers that have nothing to do with the library.
    """
    targets = _targets(settings)
    if targets:
        _require("files:change")
    for target in targets:
        core().library.find(actor(), target, "files:change")
    files = _files(folder)
    if targets and all(file.field in {extra.name for extra in extras} for file in files):
        files = [*(_borrowed(folder, target, "file") for target in targets), *files]
    mains, others = parted(files, extras, alone=not batch)
    return Received(mains, tuple(others), targets)


def saver(what: Received, tasks: int, steps: Sequence[Step]) -> Saver | None:
    """Make what keeps the results of so many tasks as new versions; None if nothing is kept.

    Raises InvalidRequest when there is not one file to make a version of for each task.
    """
    if not what.targets:
        return None
    who, server = actor(), core()
    if len(what.targets) != tasks:
        raise InvalidRequest(
            f"Expected one {TARGET} for each result, {tasks} in all, got {len(what.targets)}.",
            details=[
                {"field": TARGET, "expected": f"{tasks} ids", "received": str(len(what.targets))}
            ],
        )
    tools = [step.tool_id for step in steps]

    def save(index: int, result: TaskResult) -> str | None:
        # Several files, a report or a text are no version of a picture.
        if len(result.outputs) != 1 or not result.outputs[0].media_type.startswith("image/"):
            return None
        with _keepable(server, result.outputs[0], who.id) as new:
            return server.library.add_version(who, what.targets[index], new, tools).id

    return save


def negotiated(tool: Tool, settings: dict[str, Any]) -> dict[str, Any]:
    """Give the settings of a tool with what the request says that it accepts."""
    name = tool.settings.negotiated
    accepted = [
        value
        for value, weight in request.accept_mimetypes
        if weight > 0 and len(value) <= _MEDIA_TYPE_LENGTH
    ]
    if not name or name in settings or not any(item.startswith("image/") for item in accepted):
        return settings
    return {**settings, name: accepted[:_MEDIA_TYPES]}


def _targets(settings: dict[str, Any]) -> tuple[str, ...]:
    sent: list[Any] = request.form.getlist(TARGET)
    if TARGET in settings:
        value = settings.pop(TARGET)
        also = value if isinstance(value, list) else [value]
        if sent not in ([], also):
            raise _no_target("the same ids in the form and in the settings")
        sent = also
    if not all(isinstance(item, str) and item for item in sent):
        raise _no_target("the id of a file in the library")
    return tuple(sent)


def _no_target(expected: str) -> InvalidRequest:
    return InvalidRequest(
        f"Expected {expected} for '{TARGET}' but received something else.",
        details=[{"field": TARGET, "expected": expected, "received": "something else"}],
    )


def _files(folder: JobFolder) -> list[TaskInput]:
    """Give uploads, and the files of the library that are named, in the order of their parts."""
    found = [
        (field, referred(part) if isinstance(part, str) else part)
        for field, part in received_parts()
    ]
    if any(isinstance(part, str) for _, part in found):
        _require("files:read")
    return [
        _borrowed(folder, part, field) if isinstance(part, str) else part
        for field, part in found
        if part is not None
    ]


def _borrowed(folder: JobFolder, file_id: str, field: str) -> TaskInput:
    """Have a file of the library in the job's folder, where it stays even if it is deleted."""
    row = core().library.find(actor(), file_id, "files:read")
    with core().library.bytes_of(row) as path:
        place = folder.borrow(path)
    return TaskInput(path=str(place), name=row.name, field=field)


@contextmanager
def _keepable(server: Core, output: Output, owner: str) -> Iterator[NewFile]:
    """Give a result as it can be kept: a drawing without what could run, like one from outside."""
    if output.media_type == _DRAWING:
        with server.jobs.work.short_lived() as folder:
            drawing = TaskInput(path=output.path, name=output.name)
            yield inspected(server.jobs, folder, [drawing], owner)[0]
        return
    yield NewFile(
        path=Path(output.path),
        name=output.name,
        media_type=output.media_type,
        width=output.width,
        height=output.height,
    )


def _require(action: Action) -> None:
    """Refuse before looking: what is there is nobody's business who may not use the library."""
    if not allowed(actor(), action):
        raise refusal(actor(), action)
