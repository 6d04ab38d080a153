"""The fused run: one picture decoded once, taken through picture tools, encoded once."""

import errno
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.engine.task import Output, StepReport, TaskResult
from ashim_core.errors import AshimError, OutOfMemory, PluginFailure, StorageFull
from ashim_core.imaging import pixels
from ashim_core.imaging.decode import Decoded, damaged, decode, settle
from ashim_core.imaging.encode import encode, format_of, prepare
from ashim_core.imaging.formats import Encoding
from ashim_core.imaging.header import Header, check_pixels, open_lazily, read_header
from ashim_core.imaging.target_size import encode_to_size
from ashim_core.limits import Limits
from ashim_core.names import result_name
from ashim_core.tool import ImageTool, InputFile, PixelType, Size, Tool, ToolSettings

logger = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)

PictureStep = tuple[ImageTool, ToolSettings]
Progress = Callable[[float, str], None]

FROM_CORE: dict[PixelType, Callable[[pyvips.Image], Any]] = {
    "pyvips": lambda image: image,
    "pillow": pixels.to_pillow,
    "numpy": pixels.to_numpy,
}
TO_CORE: dict[PixelType, Callable[[Any], pyvips.Image]] = {
    "pyvips": lambda image: image,
    "pillow": pixels.from_pillow,
    "numpy": pixels.from_numpy,
}


def run_pictures(
    steps: Sequence[PictureStep], file: InputFile, folder: Path, limits: Limits, progress: Progress
) -> TaskResult:
    """Take one file through consecutive picture tools and write one result."""
    header = read_header(file.path, limits)
    encoding = _encoding(steps, header)
    format = format_of(encoding)
    animated = format.animated and all(tool.animation == "each" for tool, _ in steps)
    path = folder / f"result.{format.extension}"
    last = steps[-1][0]
    try:
        picture, clock = _process(steps, header, animated, limits, progress)
        progress(100 * len(steps) / (len(steps) + 1), "Writing")
        notes = _write(picture, encoding, path)
    except pyvips.Error as error:
        # The pixels are computed while they are written, so this says nothing about the step.
        raise _at(len(steps) - 1, _blame(header, last, error)) from error
    clock.lap(len(steps) - 1)
    if header.frames > 1 and not animated:
        notes.append(f"animation: only the first of {header.frames} frames was kept")
    output = Output(
        path=str(path),
        name=result_name(file.name, last.id, format.extension),
        media_type=format.media_type,
        size=path.stat().st_size,
        width=picture.frames[0].width,
        height=picture.frames[0].height,
    )
    reports = [
        StepReport(tool_id=tool.id, ms=round(clock.laps.get(number, 0), 1))
        for number, (tool, _) in enumerate(steps)
    ]
    reports[-1] = reports[-1].model_copy(update={"size": output.size})
    return TaskResult(outputs=(output,), notes=tuple(notes), steps=tuple(reports))


class _Clock:
    """Milliseconds that each step took, by its number."""

    def __init__(self) -> None:
        self.laps: dict[int, float] = {}
        self._last = time.perf_counter()

    def lap(self, number: int) -> None:
        now = time.perf_counter()
        self.laps[number] = self.laps.get(number, 0) + 1000 * (now - self._last)
        self._last = now


def _at(number: int, error: AshimError) -> AshimError:
    """Have an error know the step that it comes from."""
    error.step = number
    return error


def _write(picture: Decoded, encoding: Encoding, path: Path) -> list[str]:
    """Encode the picture once; say what got lost."""
    writable = prepare(picture, encoding)
    if encoding.max_bytes:
        return [*writable.notes, encode_to_size(writable, encoding, path)]
    encode(writable, encoding, path)
    return [*writable.notes]


def _encoding(steps: Sequence[PictureStep], header: Header) -> Encoding:
    """Keep the format of the input unless a step decides otherwise."""
    encoding = Encoding(header.format.name)
    for tool, settings in steps:
        if tool.encode:
            encoding = tool.encode(settings, encoding)
    return encoding


def _process(
    steps: Sequence[PictureStep],
    header: Header,
    animated: bool,
    limits: Limits,
    progress: Progress,
) -> tuple[Decoded, _Clock]:
    clock = _Clock()
    first, settings = steps[0]
    shrink = 1.0
    if first.shrink and header.frames == 1 and (plan := first.shrink(settings, _size(header))):
        shrink, settings = plan.factor, plan.settings
    picture = decode(header, stream=first.streams(settings), shrink=shrink, animated=animated)
    settled = True  # the source itself can be read as the first step needs it
    for index, (tool, given) in enumerate(steps):
        progress(100 * index / (len(steps) + 1), tool.name)
        if not (settled or tool.streams(given)):
            picture = _in_memory(picture)
        try:
            picture = _apply(tool, settings if index == 0 else given, picture)
            _check_size(picture, limits, tool)
        except AshimError as error:
            raise _at(index, error) from error.__cause__
        settled = tool.pixels != "pyvips"
        clock.lap(index)
    return picture, clock


def _check_size(picture: Decoded, limits: Limits, tool: Tool) -> None:
    frame = picture.frames[0]
    check_pixels(frame.width, frame.height, len(picture.frames), limits, f"The result of {tool.id}")


def _size(header: Header) -> Size:
    return Size(*header.upright)


def _in_memory(picture: Decoded) -> Decoded:
    """Compute the pixels so far, so that the next step may read them in any order."""
    return replace(picture, frames=tuple(settle(frame) for frame in picture.frames))


def _apply(tool: ImageTool, settings: ToolSettings, picture: Decoded) -> Decoded:
    return replace(picture, frames=tuple(_call(tool, settings, frame) for frame in picture.frames))


def _call(tool: ImageTool, settings: ToolSettings, frame: pyvips.Image) -> pyvips.Image:
    picture = FROM_CORE[tool.pixels](frame)
    try:
        result = TO_CORE[tool.pixels](tool.run(picture, settings))
        if not isinstance(result, pyvips.Image):
            raise TypeError(f"expected a picture, got {type(result).__name__}")
        return result
    except (AshimError, pyvips.Error):
        raise
    except MemoryError as error:
        raise OutOfMemory(f"{tool.id} needs more memory than a task may use.") from error
    # A stranger's function may raise anything; the caller gets a code, not a stack trace.
    except Exception as error:
        raise plugin_failure(tool, error) from error


def plugin_failure(tool: Tool, error: Exception) -> AshimError:
    """Say which tool failed; what it said goes to the log, as it may hold anything."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return StorageFull("The server's storage is full. Nothing was kept.")
    logger.exception("The tool %s failed", tool.id, exc_info=error)
    return PluginFailure(f"The tool '{tool.id}' failed: {type(error).__name__}.")


def _blame(header: Header, tool: Tool, error: pyvips.Error) -> AshimError:
    """Find out whether memory, disk, a damaged file or the tool is behind an error."""
    if os.strerror(errno.ENOSPC) in str(error):
        return StorageFull("The server's storage is full. Nothing was kept.")
    if "out of memory" in str(error):
        return OutOfMemory(f"{tool.id} needs more memory for this picture than a task may use.")
    try:
        open_lazily(header.path, header.format, access="sequential").avg()
    except pyvips.Error:
        return damaged(header)
    return plugin_failure(tool, error)
