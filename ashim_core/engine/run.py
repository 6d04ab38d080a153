"""Runs the steps of a task. Consecutive picture tools share one decode and one encode."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ashim_core.engine.above import NOBODY, Above
from ashim_core.engine.extras import check_extras, extras_of
from ashim_core.engine.files import run_files
from ashim_core.engine.fused import Surroundings, run_pictures
from ashim_core.engine.task import StepReport, Task, TaskInput, TaskResult
from ashim_core.engine.validate import validate_settings
from ashim_core.errors import AshimError, NoFile, TooManyFiles
from ashim_core.registry import Registry
from ashim_core.tool import FileTool, ImageTool, InputFile, Tool, ToolSettings


@dataclass(frozen=True)
class BoundStep:
    """A tool with its validated settings."""

    tool: Tool
    settings: ToolSettings


def run_task(task: Task, registry: Registry, above: Above = NOBODY) -> TaskResult:
    """Run all steps of a task in this process; its outputs lie in the task's folder."""
    steps = [
        BoundStep(
            tool := registry.runnable(step.tool_id),
            validate_settings(tool, step.settings, registry.formats),
        )
        for step in task.steps
    ]
    check_extras(task.extras, extras_of(step.tool for step in steps))
    files = [_file(item) for item in task.inputs]
    extras = {item.field: _file(item) for item in task.extras}
    result = TaskResult()
    losses: list[str] = []
    notes: list[str] = []
    facts: dict[str, Any] = {}
    reports: list[StepReport] = []
    runs = list(_runs(steps))
    for number, run in enumerate(runs):
        folder = Path(task.folder)
        if len(runs) > 1:
            folder /= f"step{number}"
            folder.mkdir()
        with _named_step(len(reports), steps):
            check_file_count(run[0].tool, len(files))
            around = Surroundings(
                folder=folder,
                limits=task.limits,
                formats=registry.formats,
                above=above.of_part(number, len(runs)),
                strict=task.strict,
                host=registry.host,
                extras=extras,
            )
            result = _run(run, files, around)
        _forget(files, task)
        losses += result.losses
        notes += result.notes
        facts |= result.facts or {}
        reports += result.steps
        files = [InputFile(Path(item.path), item.name) for item in result.outputs]
    return result.model_copy(
        update={
            "losses": tuple(losses),
            "notes": tuple(notes),
            "facts": facts or None,
            "steps": tuple(reports),
        }
    )


def _file(item: TaskInput) -> InputFile:
    return InputFile(Path(item.path), item.name, item.field)


def _forget(files: Sequence[InputFile], task: Task) -> None:
    """Remove what one run handed to the next; what the caller sent is the caller's."""
    for file in files:
        if file.path.is_relative_to(task.folder):
            file.path.unlink()


@contextmanager
def _named_step(first: int, steps: Sequence[BoundStep]) -> Iterator[None]:
    """Have an error say which step of several it comes from. first: of the present run."""
    try:
        yield
    except AshimError as error:
        if len(steps) > 1:
            number = first + error.step
            error.message = f"Step {number + 1} ({steps[number].tool.id}): {error.message}"
            error.at_step(number, [step.tool.id for step in steps[:number]])
        raise


def check_file_count(tool: Tool, count: int) -> None:
    """Refuse too few or too many input files for a tool."""
    if tool.min_files <= count <= tool.max_files:
        return
    wanted = (
        str(tool.min_files)
        if tool.min_files == tool.max_files
        else f"{tool.min_files} to {tool.max_files}"
    )
    problem = TooManyFiles if count > tool.max_files else NoFile
    raise problem(
        f"{tool.id} takes {wanted} file(s), received {count}.",
        details=[{"field": "file", "expected": f"{wanted} file(s)", "received": str(count)}],
    )


def _runs(steps: Sequence[BoundStep]) -> Iterator[list[BoundStep]]:
    """Group consecutive picture tools; every other tool stands alone."""
    for fused, group in groupby(steps, key=lambda step: isinstance(step.tool, ImageTool)):
        if fused:
            yield list(group)
        else:
            yield from ([step] for step in group)


def _run(steps: list[BoundStep], files: list[InputFile], around: Surroundings) -> TaskResult:
    tool = steps[0].tool
    if isinstance(tool, ImageTool):
        pairs = [(step.tool, step.settings) for step in steps if isinstance(step.tool, ImageTool)]
        return run_pictures(pairs, files[0], around)
    if not isinstance(tool, FileTool):
        raise TypeError(f"expected a tool for a picture or for files, got {tool!r}")
    return run_files(tool, steps[0].settings, files, around)
