"""The run of a file tool: its files, a folder for what it makes, and what came of it."""

import mimetypes
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from ashim_core.engine.fused import Surroundings, plugin_failure
from ashim_core.engine.report import sound_report
from ashim_core.engine.task import Output, StepReport, TaskResult
from ashim_core.errors import AshimError, InvalidImage, PluginFailure
from ashim_core.gives import FOLDERS, MANY, REPORT
from ashim_core.imaging.header import read_header
from ashim_core.imaging.pictures import Pictures
from ashim_core.names import safe_name
from ashim_core.tool import Context, FileTool, InputFile, ToolSettings


def run_files(
    tool: FileTool, settings: ToolSettings, files: Sequence[InputFile], around: Surroundings
) -> TaskResult:
    """Run a tool that takes files, and describe what it has made or reported."""
    context = _context(tool, settings, files, around)
    begin = time.perf_counter()
    try:
        _check_kinds(tool, files, context.pictures)
        outcome = tool.run(context)
        reports = isinstance(outcome, Mapping | BaseModel)
        report = sound_report(tool, outcome) if reports else None
        kind = tool.gives.kind(settings)
        paths = () if reports else map(Path, outcome)
        outputs = tuple(_output(path, around, tool, kind) for path in paths)
        _check_kind(tool, kind, report, outputs)
        took = StepReport(
            tool_id=tool.id,
            ms=round(1000 * (time.perf_counter() - begin), 1),
            size=None if report is not None else sum(item.size for item in outputs),
        )
        return TaskResult(
            outputs=outputs,
            report=report,
            facts=None if report is not None else around.said.facts(),
            many=kind in MANY,
            losses=tuple(context.pictures.losses),
            notes=tuple(around.said.notes),
            steps=(took,),
        )
    except AshimError:
        raise
    # A stranger's function may raise anything; the caller gets a code, not a stack trace.
    except (Exception, SystemExit) as error:
        raise plugin_failure(tool.id, error) from error


def _check_kinds(tool: FileTool, files: Sequence[InputFile], pictures: Pictures) -> None:
    """Refuse files of other kinds than the tool takes."""
    for file in files if tool.takes else ():
        received = pictures.called(pictures.kind(file.path)).media_type
        if received not in tool.takes:
            expected = " or ".join(tool.takes)
            raise InvalidImage(
                f"Invalid image: {tool.id} takes {expected}, received {received}.",
                details=[{"field": file.field, "expected": expected, "received": received}],
            )


def _check_kind(
    tool: FileTool, kind: str | None, report: object, outputs: Sequence[Output]
) -> None:
    """Hold what a tool gave against what it has declared; PluginFailure."""
    if report is None and not outputs:
        raise PluginFailure(f"The tool '{tool.id}' gave neither a file nor a report.")
    if kind is None:
        return
    if report is not None:
        right, gave = kind == REPORT, "a report"
    else:
        right = kind in MANY or (kind != REPORT and len(outputs) == 1)
        gave = f"{len(outputs)} file(s)"
    if not right:
        raise PluginFailure(f"The tool '{tool.id}' gives {kind}, it said, and gave {gave}.")


def _context(
    tool: FileTool, settings: ToolSettings, files: Sequence[InputFile], around: Surroundings
) -> Context[ToolSettings]:
    work = around.said.work(tool, around.above, around.extras.get, around.host)
    return Context(
        **vars(work),
        inputs=files,
        settings=settings,
        workdir=around.folder,
        pictures=Pictures(
            around.limits, around.formats, strict=around.strict, allow=around.above.allow
        ),
    )


def _output(path: Path, around: Surroundings, tool: FileTool, kind: str | None) -> Output:
    """Describe a file that a tool has made: by its content if it is a picture, else by its name."""
    if not (path.is_file() and path.resolve().is_relative_to(around.folder.resolve())):
        raise PluginFailure(f"The tool '{tool.id}' returned {path.name}, which it didn't make.")
    plain = Output(
        path=str(path),
        name=_name(path, around, kind),
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


def _name(path: Path, around: Surroundings, kind: str | None) -> str:
    """Name a file that a tool has made, with the folder that it lies in if that counts."""
    name = safe_name(path.name)
    if kind == FOLDERS and path.parent != around.folder:
        return f"{safe_name(path.parent.name)}/{name}"
    return name
