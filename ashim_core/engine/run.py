"""Runs the steps of a task. Consecutive picture tools share one decode and one encode."""

import mimetypes
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ashim_core.engine.own import usable
from ashim_core.engine.pictures import Surroundings, plugin_failure, run_pictures
from ashim_core.engine.report import sound_facts, sound_report
from ashim_core.engine.seconds import parted, seconds_of
from ashim_core.engine.task import Output, StepReport, Task, TaskInput, TaskResult
from ashim_core.engine.validate import validate_settings
from ashim_core.errors import AshimError, NoFile, PluginFailure, TooManyFiles
from ashim_core.imaging.cost import Allow, never_mind
from ashim_core.imaging.header import read_header
from ashim_core.imaging.pictures import Pictures
from ashim_core.names import safe_name
from ashim_core.registry import Registry
from ashim_core.tool import Context, FileTool, ImageTool, InputFile, Tool, ToolSettings

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class BoundStep:
    """A tool with its validated settings."""

    tool: Tool
    settings: ToolSettings


def run_task(
    task: Task, registry: Registry, progress: Progress, allow: Allow = never_mind
) -> TaskResult:
    """Run all steps of a task in this process; its outputs lie in the task's folder.

    allow: hears what the pixels are going to cost, before they are worked on.
    """
    steps = [
        BoundStep(tool := usable(registry, step.tool_id), validate_settings(tool, step.settings))
        for step in task.steps
    ]
    mains, others = parted(task.inputs, seconds_of(step.tool for step in steps))
    files = [_file(item) for item in mains]
    seconds = {item.field: _file(item) for item in others}
    result = TaskResult()
    losses: list[str] = []
    notes: list[str] = []
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
                progress=_part(progress, number, len(runs)),
                strict=task.strict,
                seconds=seconds,
                allow=allow,
            )
            result = _run(run, files, around)
        _forget(files, task)
        losses += result.losses
        notes += result.notes
        reports += result.steps
        files = [InputFile(Path(item.path), item.name) for item in result.outputs]
    return result.model_copy(
        update={"losses": tuple(losses), "notes": tuple(notes), "steps": tuple(reports)}
    )


def _file(item: TaskInput) -> InputFile:
    return InputFile(Path(item.path), item.name, item.field)


def _part(progress: Progress, number: int, count: int) -> Progress:
    """Give the progress of one part of the work as progress of the whole."""
    return lambda percent, message: progress((100 * number + percent) / count, message)


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
    return _run_file_tool(steps[0], files, around)


def _run_file_tool(step: BoundStep, files: list[InputFile], around: Surroundings) -> TaskResult:
    folder = around.folder
    notes: list[str] = []
    facts: dict[str, Any] = {}
    more = [around.seconds[step.tool.second]] if step.tool.second else []
    context = Context(
        [*files, *more],
        step.settings,
        folder,
        around.progress,
        cancelled=lambda: False,
        pictures=Pictures(around.limits, around.formats, strict=around.strict, allow=around.allow),
        note=notes.append,
        tell=facts.update,
    )
    begin = time.perf_counter()
    try:
        outcome = step.tool.run(context)
        report = sound_report(step.tool, outcome) if isinstance(outcome, Mapping) else None
        paths = () if isinstance(outcome, Mapping) else outcome
        outputs = tuple(_output(Path(path), around, step) for path in paths)
        if report is None and not outputs:
            raise PluginFailure(f"The tool '{step.tool.id}' gave neither a file nor a report.")
        took = StepReport(
            tool_id=step.tool.id,
            ms=round(1000 * (time.perf_counter() - begin), 1),
            size=None if report is not None else sum(item.size for item in outputs),
        )
        return TaskResult(
            outputs=outputs,
            report=report,
            facts=None if report is not None else sound_facts(step.tool, facts),
            many=isinstance(step.tool, FileTool) and step.tool.many,
            losses=tuple(context.pictures.losses),
            notes=tuple(notes),
            steps=(took,),
        )
    except AshimError:
        raise
    # A stranger's function may raise anything; the caller gets a code, not a stack trace.
    except (Exception, SystemExit) as error:
        raise plugin_failure(step.tool.id, error) from error


def _output(path: Path, around: Surroundings, step: BoundStep) -> Output:
    """Describe a file that a tool has made: by its content if it is a picture, else by its name."""
    if not (path.is_file() and path.resolve().is_relative_to(around.folder.resolve())):
        raise PluginFailure(
            f"The tool '{step.tool.id}' returned {path.name}, which it didn't make."
        )
    plain = Output(
        path=str(path),
        name=_name(path, around, step.tool),
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        size=path.stat().st_size,
    )
    try:
        header = read_header(path, around.limits, around.formats)
    except AshimError:
        return plain
    width, height = header.upright
    known = {"media_type": header.format.media_type, "width": width, "height": height}
    return plain.model_copy(update=known)


def _name(path: Path, around: Surroundings, tool: Tool) -> str:
    """Name a file that a tool has made, with the folder that it lies in if that counts."""
    name = safe_name(path.name)
    if isinstance(tool, FileTool) and tool.folders and path.parent != around.folder:
        return f"{safe_name(path.parent.name)}/{name}"
    return name
