"""Favicon: every icon that a site needs, from one picture."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    TRANSPARENT,
    WHITE,
    Colour,
    Context,
    DecodeFailed,
    Encoding,
    FileTool,
    InputFile,
    Outcome,
    Tool,
    ToolSettings,
    hookimpl,
)
from ashim_optimization.icons.drawing import MASTER, Fit, Look, icon, prepared
from ashim_optimization.icons.ico import ico
from ashim_optimization.icons.site import folders, manifest, snippet

_ICO_SIDES = (16, 32, 48)
_SIDES = {
    "favicon-16x16": 16,
    "favicon-32x32": 32,
    "favicon-48x48": 48,
    "android-chrome-192x192": 192,
    "android-chrome-512x512": 512,
}
_APPLE, _APPLE_SIDE = "apple-touch-icon", 180


class FaviconSettings(ToolSettings):
    example = {"padding": 10, "backgroundColor": "#ffffff", "borderRadius": 20}

    padding: float = Field(
        default=0,
        ge=0,
        le=45,
        description="Empty space along each side, in percent of the side of the icon.",
        examples=[10],
    )
    background_color: Colour = Field(
        default=TRANSPARENT,
        description="Shows behind the picture. The Apple icon can't be transparent: it is white "
        "where nothing else is.",
        examples=["#ffffff"],
    )
    border_radius: float = Field(
        default=0,
        ge=0,
        le=50,
        description="Radius of the corners, in percent of the side of the icon; 50 is a circle. "
        "The Apple icon stays square: the device rounds it.",
        examples=[20],
    )
    fit: Fit = Field(
        default="cover",
        description="What to do with pictures that aren't square. cover: cut off what overhangs, "
        "the same on both sides. contain: show all of it.",
    )


def favicon(context: Context[FaviconSettings]) -> Outcome:
    """Make all icons of a site, with an ICO of three sizes, a manifest and the lines of HTML."""
    made: list[Path] = []
    places = folders(file.name for file in context.inputs)
    for index, (file, name) in enumerate(zip(context.inputs, places, strict=True)):
        context.progress(100 * index / len(context.inputs), file.name)
        folder = context.workdir
        if len(context.inputs) > 1:
            folder /= name
            folder.mkdir()
        made += _icons(context, file, folder)
    return made


def _icons(context: Context[FaviconSettings], file: InputFile, folder: Path) -> Iterator[Path]:
    """Make the files for one picture."""
    settings = context.settings
    look = Look(
        settings.padding / 100,
        settings.border_radius / 100,
        settings.background_color,
    )
    picture = _opened(context, file)

    def save(name: str, drawn: pyvips.Image) -> Path:
        return context.pictures.save(drawn, folder / name, Encoding("png"))

    for name, side in _SIDES.items():
        yield save(name, icon(picture, side, look))
    apple = icon(picture, _APPLE_SIDE, Look(look.padding, 0, look.background))
    yield save(_APPLE, apple.flatten(background=list(WHITE[:3])))
    small = [icon(picture, side, look) for side in _ICO_SIDES]
    title = PurePosixPath(file.name).stem
    for name, content in {
        "favicon.ico": ico(small),
        "manifest.json": manifest(title, look.background).encode(),
        "favicon-snippet.html": snippet().encode(),
    }.items():
        path = folder / name
        path.write_bytes(content)
        yield path


def _opened(context: Context[FaviconSettings], file: InputFile) -> pyvips.Image:
    """Decode a picture, no larger than the icons need it."""
    fit, size = context.settings.fit, context.pictures.header(file.path).upright
    shrink = max(1.0, (min(size) if fit == "cover" else max(size)) / MASTER)
    try:
        return prepared(context.pictures.open(file.path, shrink=shrink).frames[0], fit)
    except pyvips.Error as error:
        raise DecodeFailed(
            f"The picture '{file.name}' can't be decoded: it is damaged or cut off.",
        ) from error


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "favicon",
        favicon,
        FaviconSettings,
        category="optimization",
        name="Favicon generator",
        files=(1, 200),
        gives="folders",
    )
