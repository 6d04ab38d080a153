"""Pictures of frames."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ashim_core.plugin import Context, Encoding, InputFile, result_name
from ashim_gif.refusal import check_frame, reading
from ashim_gif.settings import GifToolsSettings
from ashim_gif.writing import place_for

Job = Context[GifToolsSettings]


def extracted(context: Job, file: InputFile) -> Iterator[Path]:
    """Write the frames that are wanted as pictures, in their order."""
    picture = context.pictures.open(file.path, animated=True)
    numbers = wanted(context.settings, len(picture.frames))
    context.tell(frames=len(picture.frames))
    with reading(file, picture):
        for done, number in enumerate(numbers):
            context.progress(100 * done / len(numbers), f"Frame {number}")
            place = context.workdir / _name(context.settings, file, number)
            yield context.pictures.save(picture.frames[number], place, _encoding(context.settings))


def first(context: Job, file: InputFile) -> Path:
    """Write the first frame as a picture."""
    picture = context.pictures.open(file.path)
    with reading(file, picture):
        return context.pictures.save(picture, place_for(context), _encoding(context.settings))


def wanted(settings: GifToolsSettings, count: int) -> range:
    """Give the numbers of the frames that are wanted; ToolError if one isn't there."""
    if settings.way == "single":
        number = settings.frame_number or 0
        check_frame("frameNumber", number, count)
        return range(number, number + 1)
    start = settings.frame_start or 0
    end = count - 1 if settings.frame_end is None else settings.frame_end
    check_frame("frameStart", start, count)
    check_frame("frameEnd", end, count)
    return range(start, end + 1)


def _name(settings: GifToolsSettings, file: InputFile, number: int) -> str:
    """Name the file of a frame, without its extension."""
    if settings.way == "single":
        return PurePosixPath(result_name(file.name, f"frame{number}", "x")).stem
    return f"frame_{number:04}"


def _encoding(settings: GifToolsSettings) -> Encoding:
    given = "quality" in settings.model_fields_set
    return Encoding(settings.extract_format, quality=settings.quality if given else None)
