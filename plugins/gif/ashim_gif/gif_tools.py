"""GIF Tools: what is done to an animation as a film, and not to each of its pictures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ashim_core.plugin import Context, FileTool, InputFile, Outcome, Tool, hookimpl
from ashim_gif.belonging import Action
from ashim_gif.extraction import extracted, first
from ashim_gif.film import Film
from ashim_gif.frames import cropped, lettered, resized, rotated
from ashim_gif.info import FilmReport, NoSettings, info
from ashim_gif.joining import joined
from ashim_gif.pace import paced, timed
from ashim_gif.refusal import check_count, reading
from ashim_gif.settings import MOST_FILES, GifToolsSettings
from ashim_gif.smaller import optimized
from ashim_gif.writing import TOOL, source_of, write

Job = Context[GifToolsSettings]


def backwards(context: Job, film: Film) -> Film:
    """Put the last frame first, and play it at another speed if that is asked for."""
    if context.settings.speed_factor is not None:
        film = timed(context, film)
    return replace(film, frames=tuple(film.frames)[::-1], delays=film.delays[::-1])


_CHANGES: Mapping[Action, Callable[[Job, Film], Film]] = {
    "resize": resized,
    "reverse": backwards,
    "rotate": rotated,
    "add-text": lettered,
    "crop": cropped,
}


def gif_tools(context: Job) -> Outcome:
    """Work on an animation: size, bytes, order, speed, frames, text; GIF, WebP or APNG."""
    action, file = context.settings.action, context.inputs[0]
    check_count(action, len(context.inputs), MOST_FILES)
    if action == "extract-frames":
        return extracted(context, file)
    if action == "first-frame":
        return [first(context, file)]
    if action == "from-frames":
        film = joined(context, context.inputs)
        return [write(context, film, source_of(context, file)).said(context)]
    return [_changed(context, file)]


def _changed(context: Job, file: InputFile) -> Path:
    """Make another film of one."""
    action, source = context.settings.action, source_of(context, file)
    picture = context.pictures.open(file.path, animated=True)
    film = Film.of(picture)
    with reading(file, picture):
        if action == "optimize":
            return optimized(context, file, film, source)
        if action in ("speed", "loop"):
            return paced(context, file, film, source)
        return write(context, _CHANGES[action](context, film), source).said(context)


def gives(settings: GifToolsSettings) -> Literal["picture", "files"]:
    """Say what there will be: many pictures, or one."""
    return "files" if settings.action == "extract-frames" else "picture"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        TOOL,
        gif_tools,
        GifToolsSettings,
        category="format",
        name="GIF Tools",
        files=(1, MOST_FILES),
        gives=gives,
        actions=[
            FileTool(
                "info", info, NoSettings, category="format", gives="report", report=FilmReport
            ),
        ],
    )
