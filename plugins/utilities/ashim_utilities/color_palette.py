"""Color Palette: the few colours that stand for all of a picture."""

import colorsys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    Context,
    FileTool,
    Outcome,
    Report,
    Size,
    Tool,
    ToolError,
    ToolSettings,
    hookimpl,
    to_numpy,
)
from ashim_utilities.palette.clusters import Swatch, swatches

if TYPE_CHECKING:
    from ashim_utilities.palette.oklab import Bytes

_SIDE = 256
"""Pixels of the longer side that are looked at, at most: more change no colour."""
_VISIBLE = 128
"""Alpha from which on a pixel has a colour."""

Form = Literal["hex", "rgb", "hsl"]


class ColorPaletteSettings(ToolSettings):
    count: int = Field(
        default=8,
        ge=1,
        le=32,
        description="How many colours at most; fewer, if the picture has no more that can be told "
        "apart.",
    )
    format: Form = Field(
        default="hex",
        description="How `colors` are written: hex as #1e90ff, rgb as rgb(30, 144, 255), hsl as "
        "hsl(210, 100%, 56%).",
    )


Level = Annotated[int, Field(ge=0, le=255)]


class PaletteColor(Report):
    """One colour, and how much of the picture is like it."""

    hex: str = Field(description="As #rrggbb.")
    rgb: tuple[Level, Level, Level]
    hsl: tuple[int, int, int] = Field(description="Degrees, and twice percent.")
    share: float = Field(ge=0, le=100, description="Percent of the visible pixels.")


class ColorPaletteReport(Report):
    """The colours of a picture, the commonest first."""

    filename: str = Field(description="What the caller called the file.")
    colors: list[str] = Field(description="Written as asked for.")
    palette: list[PaletteColor] = Field(description="The same colours with their shares.")
    count: int


def color_palette(context: Context[ColorPaletteSettings]) -> Outcome:
    """Report the main colours of a picture and how much of it each one has."""
    file, settings = context.inputs[0], context.settings
    size = Size(*context.pictures.header(file.path).upright)
    image = context.pictures.open(file.path, shrink=max(1, max(size) / _SIDE)).frames[0]
    found = swatches(_visible(_fewer(image), file.name), settings.count)
    colours = [_described(swatch) for swatch in found]
    return ColorPaletteReport(
        filename=file.name,
        colors=[_written(colour, settings.format) for colour in colours],
        palette=colours,
        count=len(colours),
    )


def _fewer(image: pyvips.Image) -> pyvips.Image:
    """Leave out pixels rather than mix them, which would make colours that aren't there."""
    step = max(1, max(image.width, image.height) // _SIDE)
    return image.subsample(min(step, image.width), min(step, image.height))


def _visible(image: pyvips.Image, name: str) -> "Bytes":
    """Give the colours of the pixels that can be seen, one in each row."""
    pixels = to_numpy(image.colourspace("srgb"))
    colours: Bytes = pixels[..., :3].reshape(-1, 3)
    if image.hasalpha():
        colours = colours[pixels[..., 3].reshape(-1) >= _VISIBLE]
    if not len(colours):
        raise ToolError(f"{name}: nothing of the picture can be seen.", code="NOTHING_VISIBLE")
    return colours


def _described(swatch: Swatch) -> PaletteColor:
    red, green, blue = swatch.colour
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    return PaletteColor(
        hex=f"#{red:02x}{green:02x}{blue:02x}",
        rgb=swatch.colour,
        hsl=(round(360 * hue) % 360, round(100 * saturation), round(100 * lightness)),
        share=round(100 * swatch.share, 2),
    )


def _written(colour: PaletteColor, form: Form) -> str:
    if form == "hex":
        return colour.hex
    if form == "rgb":
        return f"rgb({', '.join(map(str, colour.rgb))})"
    hue, saturation, lightness = colour.hsl
    return f"hsl({hue}, {saturation}%, {lightness}%)"


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "color-palette",
        color_palette,
        ColorPaletteSettings,
        category="utilities",
        gives="report",
        report=ColorPaletteReport,
    )
