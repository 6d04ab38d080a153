"""The end of every action that makes an animation: its format is chosen, and it is written."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pyvips

from ashim_core.plugin import (
    Animation,
    Context,
    Decoded,
    Encoding,
    InputFile,
    ToolError,
    result_name,
)
from ashim_gif.encoder.writer import Ways, write_gif
from ashim_gif.film import Film
from ashim_gif.refusal import check_readable
from ashim_gif.retiming.webp import is_lossless
from ashim_gif.settings import GifToolsSettings
from ashim_gif.spool import spooled

TOOL = "gif-tools"
"""The tool whose name results carry."""
ANIMATED = ("gif", "webp", "apng")
"""The formats that a film can have."""
_LARGE = 8
"""Megapixels of a frame from which on several of them in memory are too much."""
_DRAWING, _SEARCHING, _SEARCHED = 0.9, 8e-6, 60_000
"""CPU seconds for a megapixel of a GIF, and for each pixel that the palette of a frame is made of,
of which there are at most so many."""

_NO_PALETTE = dict.fromkeys(("colors", "dither", "effort"), "only a GIF has a palette")
_IGNORED: Mapping[str, Mapping[str, str]] = {
    "gif": {"quality": "gif is lossless"},
    "webp": _NO_PALETTE,
    "apng": {**_NO_PALETTE, "quality": "apng is lossless"},
}
_BY_LARGE = dict.fromkeys(
    ("colors", "dither", "effort"),
    f"frames of more than {_LARGE} megapixels are written with the least memory",
)


class Source(NamedTuple):
    """What the first file is. lossy: its pixels have lost something already."""

    format: str
    lossy: bool


def source_of(context: Context[GifToolsSettings], file: InputFile) -> Source:
    """Look at the header of a file."""
    format = context.pictures.header(file.path).format
    lossy = format.quality is not None
    if format.name == "webp":
        lossy = not is_lossless(file.path)
    return Source(format.name, lossy)


def format_for(context: Context[GifToolsSettings], source: Source) -> str:
    """Name the format that was asked for: that of the file if it can hold a film, else GIF."""
    if context.settings.format != "auto":
        return context.settings.format
    return source.format if source.format in ANIMATED else "gif"


def place_for(context: Context[GifToolsSettings]) -> Path:
    """Say where the result goes, without its extension."""
    return context.workdir / PurePosixPath(result_name(context.inputs[0].name, TOOL, "x")).stem


def tell(context: Context[GifToolsSettings], film: Film) -> None:
    """Tell programs how the result plays."""
    context.tell(frames=len(film.delays), duration=sum(film.delays), loop=film.loop)


class Written(NamedTuple):
    """A film that was written. reduced: how many frames were brought to fewer colours."""

    path: Path
    reduced: int = 0
    frames: int = 0

    def said(self, context: Context[GifToolsSettings]) -> Path:
        """Tell people of colours that are gone; give the file."""
        if self.reduced:
            most = context.settings.colors
            context.note(
                f"colours: {self.reduced} of {self.frames} frames had more than {most}, and were "
                "brought to fewer"
            )
        return self.path


def write(context: Context[GifToolsSettings], film: Film, source: Source) -> Written:
    """Write a film in the format that was asked for."""
    settings = context.settings
    if settings.loop is not None:
        film = replace(film, loop=settings.loop)
    encoding = _encoding(settings, format_for(context, source), source)
    context.pictures.check(*film.size, encoding, frames=len(film.delays))
    tell(context, film)
    large = film.megapixels / len(film.delays) > _LARGE
    ignored = {**(_BY_LARGE if large else {}), **_IGNORED[encoding.format]}
    for name in sorted(settings.model_fields_set & ignored.keys()):
        context.note(f"{name}: ignored, {ignored[name]}")
    if encoding.format == "gif" and not large:
        return _as_gif(context, film)
    return Written(_by_the_core(context, film, encoding))


def _encoding(settings: GifToolsSettings, format: str, source: Source) -> Encoding:
    """Write without loss what has lost nothing, unless a quality is asked for."""
    if format != "webp":
        return Encoding(format)
    if "quality" in settings.model_fields_set or source.lossy:
        return Encoding(format, quality=settings.quality)
    return Encoding(format, lossless=True)


def _as_gif(context: Context[GifToolsSettings], film: Film) -> Written:
    settings, count = context.settings, len(film.delays)
    searched = min(_SEARCHED, 1_000_000 * film.megapixels / count) * count
    context.pictures.allow(_DRAWING * film.megapixels + _SEARCHING * searched)
    place = place_for(context)
    path = place.with_name(f"{place.name}.gif")
    ways = Ways(settings.colors, settings.dither, settings.effort)
    reduced = write_gif(path, _counted(context, film), film.delays, film.loop, ways)
    return Written(path, reduced, count)


def _counted(context: Context[GifToolsSettings], film: Film) -> Iterator[pyvips.Image]:
    count = len(film.delays)
    for number, frame in enumerate(film.frames):
        context.progress(100 * number / count, f"Frame {number + 1} of {count}")
        yield frame


def _by_the_core(context: Context[GifToolsSettings], film: Film, encoding: Encoding) -> Path:
    frames = film.frames
    if not isinstance(frames, tuple):
        frames = spooled(_counted(context, film), film.size, context.workdir / "frames")
    picture = Decoded(frames, Animation(film.delays, film.loop) if len(frames) > 1 else None)
    try:
        return context.pictures.save(picture, place_for(context), encoding)
    except pyvips.Error as error:
        if film.megapixels / len(frames) <= _LARGE:
            raise
        check_readable(picture)
        raise ToolError(
            f"Frames of {film.size.width} x {film.size.height} pixels take more memory than a task "
            f"may use to be written as {encoding.format.upper()}: expected smaller ones.",
            code="OUT_OF_MEMORY",
        ) from error
