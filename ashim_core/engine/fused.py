"""The fused run: one picture decoded once, taken through picture tools, encoded once."""

import errno
import logging
import operator
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.engine.above import Above
from ashim_core.engine.losses import Plan, losses_of, metadata_lost
from ashim_core.engine.said import Said
from ashim_core.engine.task import Output, StepReport, TaskResult
from ashim_core.engine.writing import Result, write
from ashim_core.errors import AshimError, OutOfMemory, PluginFailure, StorageFull, WouldLose
from ashim_core.host import NOWHERE, Host
from ashim_core.imaging import pixels
from ashim_core.imaging.cost import of_step
from ashim_core.imaging.decode import decode, settle
from ashim_core.imaging.decoded import Decoded
from ashim_core.imaging.encode import format_of, prepare, writing_seconds
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import Format, Formats
from ashim_core.imaging.header import Header, check_pixels, open_header, read_header
from ashim_core.imaging.refusal import refused_pixels
from ashim_core.limits import Limits
from ashim_core.names import result_name
from ashim_core.signature import PixelType
from ashim_core.tool import ImageTool, InputFile, Size, Tool, ToolSettings

logger = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_MEMORY = ("out of memory", "Insufficient memory")
"""What libvips says, and libjpeg."""

PictureStep = tuple[ImageTool, ToolSettings]

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


@dataclass(frozen=True)
class Surroundings:
    """What a run works with besides its steps and its file.

    strict: fail before anything of the picture is lost.
    extras: the extra files of its steps, by their fields.
    said: what its tools have said.
    """

    folder: Path
    limits: Limits
    formats: Formats
    above: Above
    strict: bool = False
    host: Host = NOWHERE
    extras: Mapping[str, InputFile] = field(default_factory=dict)
    said: Said = field(default_factory=Said)


def run_pictures(steps: Sequence[PictureStep], file: InputFile, around: Surroundings) -> TaskResult:
    """Take one file through consecutive picture tools and write one result."""
    header, opened = open_header(file.path, around.limits, around.formats)
    encoding = _encoding(steps, header)
    format = format_of(encoding, around.formats)
    plan = _plan(steps, header, format)
    last = steps[-1][0]
    try:
        extras = _Extras(around)
        picture, unchanged, clock = _process(steps, header, opened, plan, around, extras)
        if encoding.choose:
            picture = _in_memory(picture)
            encoding = encoding.choose(picture)
            format = format_of(encoding, around.formats)
        encoding = _fitting(picture, encoding, header, format)
        format = format_of(encoding, around.formats)
        path = around.folder / f"result.{format.extension}"
        around.above.progress(100 * len(steps) / (len(steps) + 1), "Writing")
        writable = prepare(picture, encoding, format)
        losses = [*losses_of(header, plan, writable.metadata), *extras.losses, *writable.losses]
        if losses and around.strict:
            raise _would_lose(losses)
        around.above.allow(writing_seconds(writable, encoding, format))
        result = Result(header, plan, writable, encoding, format, unchanged, around.above.allow)
        written = write(result, path)
        if written.as_it_came:  # nothing has happened to its pixels
            losses = list(metadata_lost(header, writable.metadata))
        notes = [*header.remarks, *around.said.notes, *written.notes]
    except pyvips.Error as error:
        # The pixels are computed while they are written, so this says nothing about the step.
        raise _at(len(steps) - 1, _blame(header, last, error)) from error
    clock.lap(len(steps) - 1)
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
    return TaskResult(
        outputs=(output,),
        facts=around.said.facts(),
        losses=tuple(losses),
        notes=tuple(notes),
        steps=tuple(reports),
    )


def _plan(steps: Sequence[PictureStep], header: Header, format: Format) -> Plan:
    """Say what of the input can be taken along, as tools and output are what they are."""
    plain = (
        header.frames == 1
        and header.bits == 8
        and header.bands >= 3
        and not (header.cmyk or header.range)
    )
    return Plan(
        animated=format.animated and all(tool.animation == "each" for tool, _ in steps),
        keep_profile=header.wide
        and header.format.codec is None  # their pictures come as sRGB
        and plain
        and format.profile
        and all(tool.keeps_colour(settings) for tool, settings in steps),
    )


def _would_lose(losses: Sequence[str]) -> WouldLose:
    return WouldLose(
        f"The result would lose something: {'; '.join(losses)}.",
        details=[
            {"field": "strict", "expected": "nothing to be lost", "received": loss}
            for loss in losses
        ],
    )


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


def _encoding(steps: Sequence[PictureStep], header: Header) -> Encoding:
    """Keep the format of the input unless a step decides otherwise, or nothing here writes it."""
    encoding = Encoding(header.format.name if header.format.encoder else "png")
    for tool, settings in steps:
        if tool.encode:
            encoding = tool.encode(settings, encoding)
    return encoding


def _fitting(picture: Decoded, encoding: Encoding, header: Header, format: Format) -> Encoding:
    """Take another format where the one of the input, which nobody has asked for, is too small."""
    codec, frame = format.codec, picture.frames[0]
    if not (codec and codec.instead and format == header.format):
        return encoding
    if max(frame.width, frame.height) <= codec.side:
        return encoding
    return replace(encoding, format=codec.instead, quality=None)


class _Extras:
    """Extra pictures, each decoded once, when the first step asks for it.

    losses: what of them is not used.
    """

    def __init__(self, around: Surroundings) -> None:
        self.losses: list[str] = []
        self._around = around
        self._opened: dict[str, pyvips.Image] = {}

    def besides(self, tool: ImageTool, above: Above) -> list[Any]:
        """Give what the function of a tool gets besides its picture and its settings."""
        get = partial(self._get, tool)
        second = [get(tool.second)] if tool.second else []
        return (
            [*second, self._around.said.work(tool, above, get, self._around.host)]
            if tool.wants_work
            else second
        )

    def _get(self, tool: ImageTool, name: str) -> Any:
        """Give one as a tool takes pictures; None if it didn't come."""
        return FROM_CORE[tool.pixels](self._of(name)) if name in self._around.extras else None

    def _of(self, name: str) -> pyvips.Image:
        if name not in self._opened:
            try:
                self._opened[name] = self._open(name)
            except AshimError as error:
                error.message = f"{name}: {error.message}"
                raise
        return self._opened[name]

    def _open(self, name: str) -> pyvips.Image:
        around = self._around
        header = read_header(around.extras[name].path, around.limits, around.formats)
        if header.darkened:
            self.losses.append(f"{header.darkened} in the {name}")
        if (count := max(header.frames, header.sequence)) > 1:
            self.losses.append(
                f"animation: only the first of {count} frames of the {name} was used"
            )
        around.above.allow(header.reading_seconds(animated=False))
        try:
            return settle(decode(header, animated=False).frames[0])
        except pyvips.Error as error:
            raise refused_pixels(header.format.name, error) from error


def _process(  # noqa: PLR0917
    steps: Sequence[PictureStep],
    header: Header,
    opened: pyvips.Image | None,
    plan: Plan,
    around: Surroundings,
    extras: _Extras,
) -> tuple[Decoded, bool, _Clock]:
    """Take the picture through the steps; say whether its pixels are still those of the file."""
    clock = _Clock()
    first, settings = steps[0]
    shrink = 1.0
    if first.shrink and header.frames == 1 and (less := first.shrink(settings, _size(header))):
        shrink, settings = less.factor, less.settings
    around.above.allow(header.reading_seconds(animated=plan.animated))
    picture = decode(
        header,
        stream=first.streams(settings),
        shrink=shrink,
        animated=plan.animated,
        keep_profile=plan.keep_profile,
        opened=opened,
    )
    unchanged = shrink == 1
    settled = True  # the source itself can be read as the first step needs it
    for index, (tool, given) in enumerate(steps):
        above = around.above.of_part(index, len(steps) + 1)
        above.progress(0, tool.name)
        if not (settled or tool.streams(given)):
            picture = _in_memory(picture)
        above.allow(of_step(picture.pixels))
        try:
            wanted = settings if index == 0 else given
            before, picture = picture, _apply((tool, wanted), picture, extras, above)
            unchanged &= all(map(operator.is_, before.frames, picture.frames))
            _check_size(picture, around.limits, tool)
        except AshimError as error:
            raise _at(index, error) from error.__cause__
        settled = tool.pixels != "pyvips"
        clock.lap(index)
    return picture, unchanged, clock


def _check_size(picture: Decoded, limits: Limits, tool: Tool) -> None:
    frame = picture.frames[0]
    check_pixels(frame.width, frame.height, len(picture.frames), limits, f"The result of {tool.id}")


def _size(header: Header) -> Size:
    return Size(*header.upright)


def _in_memory(picture: Decoded) -> Decoded:
    """Compute the pixels so far, so that the next step may read them in any order."""
    return replace(picture, frames=tuple(settle(frame) for frame in picture.frames))


def _apply(step: PictureStep, picture: Decoded, extras: _Extras, above: Above) -> Decoded:
    """Take every frame through a step."""
    count = len(picture.frames)
    frames = tuple(
        _call(step, frame, extras, above.of_part(number, count))
        for number, frame in enumerate(picture.frames)
    )
    return replace(picture, frames=frames)


def _call(step: PictureStep, frame: pyvips.Image, extras: _Extras, above: Above) -> pyvips.Image:
    tool, settings = step
    try:
        besides = extras.besides(tool, above)
        result = TO_CORE[tool.pixels](tool.run(FROM_CORE[tool.pixels](frame), settings, *besides))
        if not isinstance(result, pyvips.Image):
            raise TypeError(f"expected a picture, got {type(result).__name__}")
        return result
    except (AshimError, pyvips.Error):
        raise
    # A stranger's function may raise anything; the caller gets a code, not a stack trace.
    except (Exception, SystemExit) as error:
        raise plugin_failure(tool.id, error) from error


def plugin_failure(tool_id: str, error: BaseException) -> AshimError:
    """Say which tool failed; what it said goes to the log, as it may hold anything."""
    if known := _exhausted(tool_id, error):
        return known
    logger.error("The tool %s failed", tool_id, exc_info=error)
    return PluginFailure(f"The tool '{tool_id}' failed: {type(error).__name__}.")


def _exhausted(tool_id: str, error: BaseException) -> AshimError | None:
    """Say which room there was too little of, if that is what an error is about."""
    if isinstance(error, OSError):
        full = error.errno in _FULL
    else:
        full = isinstance(error, pyvips.Error) and os.strerror(errno.ENOSPC) in str(error)
    if full:
        return StorageFull("The server's storage is full. Nothing was kept.")
    lacking = isinstance(error, pyvips.Error) and any(text in str(error) for text in _NO_MEMORY)
    if lacking or isinstance(error, MemoryError):
        return OutOfMemory(f"{tool_id} needs more memory than a task may use.")
    return None


def _blame(header: Header, tool: Tool, error: pyvips.Error) -> AshimError:
    """Find out whether memory, disk, a damaged file or the tool is behind an error."""
    if known := _exhausted(tool.id, error):
        return known
    if header.format.codec:  # its pixels are in memory, so the file has been read to its end
        return plugin_failure(tool.id, error)
    try:
        for frame in decode(header, stream=True).frames:
            frame.avg()
    except pyvips.Error as again:
        return refused_pixels(header.format.name, again)
    except AshimError as refusal:
        return refusal
    return plugin_failure(tool.id, error)
