"""Fewer bytes for the same film: never more than came in, and nothing lost that wasn't given up."""

from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pyvips

from ashim_core.plugin import Context, InputFile
from ashim_gif.film import Film
from ashim_gif.retiming import retimed
from ashim_gif.settings import GifToolsSettings
from ashim_gif.times import LONGEST_MS
from ashim_gif.writing import Source, format_for, place_for, tell, write

_KEPT = "size: the file was kept as it came, as its encoding is no smaller"
_LOSSY = "size: the file was kept as it came, as a WebP with losses needs a quality to get smaller"
_ALL_COLOURS = 256
Job = Context[GifToolsSettings]


def optimized(context: Job, file: InputFile, film: Film, source: Source) -> Path:
    """Write a film anew without frames that only repeat the one before; or give it as it came."""
    settings = context.settings
    own = format_for(context, source) == source.format
    kept = _as_it_came(context, file, film, source) if own else None
    if kept and source.lossy and "quality" not in settings.model_fields_set:
        return _kept(context, film, kept, _LOSSY)
    written = write(context, distinct(film), source)
    lost = written.reduced and settings.colors == _ALL_COLOURS
    if kept and (lost or written.path.stat().st_size >= kept.stat().st_size):
        return _kept(context, film, kept, _KEPT)
    return written.said(context)


def _as_it_came(context: Job, file: InputFile, film: Film, source: Source) -> Path | None:
    """Copy the file without what it says besides its film; None if that can't be done."""
    place = context.workdir / "kept"
    loop = context.settings.loop if len(film.delays) > 1 else None
    return place if retimed(file.path, source.format, place, None, loop) else None


def _kept(context: Job, film: Film, path: Path, why: str) -> Path:
    context.note(why)
    loop = context.settings.loop
    tell(context, film if loop is None else replace(film, loop=loop))
    place = place_for(context)
    extension = context.pictures.called(context.pictures.kind(path)).extension
    return path.replace(place.with_name(f"{place.name}.{extension}"))


def distinct(film: Film) -> Film:
    """Leave frames out that repeat the one before, which stays for their times, too."""
    frames: list[pyvips.Image] = []
    delays: list[int] = []
    before = b""
    for frame, delay in zip(film.frames, film.delays, strict=True):
        digest = blake2b(frame.write_to_memory()).digest()
        if digest == before and delays[-1] + delay <= LONGEST_MS:
            delays[-1] += delay
        else:
            frames.append(frame)
            delays.append(delay)
        before = digest
    return Film(tuple(frames), film.size, tuple(delays), film.loop)
