"""Other times for a film: as far as its format allows, in the file as it came."""

from dataclasses import replace
from pathlib import Path

from ashim_core.plugin import Context, InputFile
from ashim_gif.film import Film
from ashim_gif.retiming import retimed
from ashim_gif.settings import GifToolsSettings
from ashim_gif.times import LONGEST_MS, SHORTEST_MS, Times, faster
from ashim_gif.writing import ANIMATED, Source, format_for, place_for, tell, write

_ANEW = frozenset({"colors", "dither", "effort", "quality"})
"""Settings that ask for frames to be encoded anew."""
Job = Context[GifToolsSettings]


def timed(context: Job, film: Film) -> Film:
    """Give a film the times that were asked for."""
    settings = context.settings
    if settings.delay is not None:
        times = Times((settings.delay,) * len(film.delays))
    else:
        times = faster(film.delays, settings.speed_factor or 1)
    if times.clamped:
        context.note(
            f"speed: {times.clamped} of {len(film.delays)} frames were held to the "
            f"{SHORTEST_MS} to {LONGEST_MS} ms that are shown as they are said"
        )
    return replace(film, delays=times.delays)


def paced(context: Job, file: InputFile, film: Film, source: Source) -> Path:
    """Change times and loop, without a change to any frame if that can be."""
    settings = context.settings
    slower = settings.action == "speed"
    changed = timed(context, film) if slower else film
    if settings.loop is not None:
        changed = replace(changed, loop=settings.loop)
    if _stays(context, film, source):
        place = place_for(context)
        extension = context.pictures.called(source.format).extension
        path = place.with_name(f"{place.name}.{extension}")
        delays = changed.delays if slower else None
        if retimed(file.path, source.format, path, delays, settings.loop):
            tell(context, changed)
            for frame in film.frames:  # damage shows now
                frame.avg()
            return path
    return write(context, changed, source).said(context)


def _stays(context: Job, film: Film, source: Source) -> bool:
    """Say whether the frames can be left as they are in the file."""
    same = source.format in ANIMATED and format_for(context, source) == source.format
    return same and len(film.delays) > 1 and not context.settings.model_fields_set & _ANEW
