"""Border & Frame: padding, a border, round corners and a shadow around a picture."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    TRANSPARENT,
    WHITE,
    Colour,
    Decoded,
    Encoding,
    ImageTool,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
)
from ashim_layout.frame.corners import rounded
from ashim_layout.frame.paint import Pattern, gradient, mixed, pattern, tiled
from ashim_layout.frame.pieces import ringed
from ashim_layout.frame.shadow import reach, shadow

_BLACK = Colour(0, 0, 0)


class BorderSettings(ToolSettings):
    example = {"width": 20, "color": "#1a1a1a", "padding": 12}
    legacy_names = {
        "borderWidth": "width",
        "borderColor": "color",
        "cornerRadius": "borderRadius",
    }

    width: int = Field(
        default=10,
        ge=0,
        le=2000,
        description="Width of the border in pixels, on each side; the picture grows by twice that.",
        examples=[20],
    )
    color: Colour = Field(
        default=_BLACK, description="The colour of the border, or the first one of two."
    )
    style: Literal["solid", "gradient", "pattern"] = Field(
        default="solid",
        description="solid: one colour. gradient: from color to secondColor, in the direction of "
        "angle. pattern: both colours as stripes, checks or dots.",
    )
    second_color: Colour = Field(
        default=WHITE,
        description="The other colour of style=gradient and style=pattern.",
    )
    angle: float = Field(
        default=135,
        ge=0,
        le=360,
        description="The direction of style=gradient in degrees, clockwise: 0 is from left to "
        "right, 90 from top to bottom, 135 from top right to bottom left. The two colours are "
        "reached in the outermost pixels.",
        examples=[90],
    )
    pattern: Pattern = Field(
        default="stripes",
        description="What style=pattern shows. stripes: slanted, from bottom left to top right, "
        "both as wide. checks: square fields in turn. dots: round dots of secondColor on color.",
    )
    pattern_size: int = Field(
        default=16,
        ge=2,
        le=500,
        description="Pixels after which style=pattern repeats, across and down.",
        examples=[24],
    )
    border_radius: float = Field(
        default=0,
        ge=0,
        le=2000,
        description="Radius in pixels of the corners of the whole framed picture, at most half its "
        "shorter side.",
        examples=[24],
    )
    padding: int = Field(
        default=0,
        ge=0,
        le=200,
        description="Space between picture and border in pixels, on each side.",
        examples=[12],
    )
    padding_color: Colour = Field(default=WHITE, description="The colour of the padding.")
    shadow: bool = Field(
        default=False,
        description="Draw a soft shadow around the framed picture. Each side grows by as much as "
        "the shadow reaches: twice shadowBlur, and the offset more or less. Nothing shows behind "
        "the picture: what is transparent in it stays so.",
    )
    shadow_blur: int = Field(
        default=15,
        ge=1,
        le=200,
        description="How soft the shadow is: in pixels, twice the sigma of the blur.",
    )
    shadow_offset_x: int = Field(
        default=0, ge=-50, le=50, description="Pixels that the shadow lies further right."
    )
    shadow_offset_y: int = Field(
        default=5, ge=-50, le=50, description="Pixels that the shadow lies further down."
    )
    shadow_color: Colour = Field(default=_BLACK, description="The colour of the shadow.")
    shadow_opacity: float = Field(
        default=40,
        ge=0,
        le=100,
        description="How dense the shadow is where it is strongest, in percent.",
    )
    background: Colour | None = Field(
        default=None,
        description="Fills what is outside of round corners, and the area of the shadow. If not "
        "given, they are transparent. Where anything of the frame is transparent, the result of a "
        "JPEG becomes a PNG, that of a GIF a PNG, or WebP if it is animated.",
        examples=["#ffffff"],
    )

    @property
    def outside(self) -> bool:
        """Say whether anything is to be seen outside of the framed picture."""
        return self.shadow or self.border_radius > 0

    def colours(self) -> Iterator[Colour]:
        """Give the colours that are to be seen, with these settings."""
        if self.padding:
            yield self.padding_color
        if self.width:
            yield self.color
            if self.style != "solid":
                yield self.second_color
        if self.outside:
            yield self.background or TRANSPARENT
        if self.shadow:
            yield self.shadow_color._replace(alpha=255)


class Sides(NamedTuple):
    """Pixels on each side."""

    left: int
    top: int
    right: int
    bottom: int


def encoding(settings: BorderSettings, current: Encoding) -> Encoding:
    """Choose a format that can hold what is transparent in the frame."""
    if all(colour.opaque for colour in settings.colours()):
        return current
    if current.format == "gif":
        return replace(current, choose=_instead_of_gif)
    return current.keeping_alpha()


def _instead_of_gif(picture: Decoded) -> Encoding:
    """A pixel of a GIF is transparent or not, so a soft shadow would be gone."""
    return Encoding("webp", lossless=True) if len(picture.frames) > 1 else Encoding("png")


def border(image: pyvips.Image, settings: BorderSettings) -> pyvips.Image:
    """Frame a picture: padding, a border in colours or patterns, round corners, a soft shadow."""
    for colour in settings.colours():
        image = canvas.ready_for(image, colour)
    image = _bordered(_padded(image, settings), settings)
    return _on_background(image, settings) if settings.outside else image


def _padded(image: pyvips.Image, settings: BorderSettings) -> pyvips.Image:
    return _enlarged(image, settings.padding, settings.padding_color)


def _bordered(image: pyvips.Image, settings: BorderSettings) -> pyvips.Image:
    if settings.style == "solid" or not settings.width:
        return _enlarged(image, settings.width, settings.color)
    more = 2 * settings.width
    around = _painted(image, image.width + more, image.height + more, settings)
    return ringed(image, around, settings.width, settings.width)


def _enlarged(image: pyvips.Image, by: int, colour: Colour) -> pyvips.Image:
    if not by:
        return image
    return image.embed(
        by,
        by,
        image.width + 2 * by,
        image.height + 2 * by,
        extend="background",
        background=canvas.fill_values(image, colour),
    )


def _painted(
    image: pyvips.Image, width: int, height: int, settings: BorderSettings
) -> pyvips.Image:
    """Paint a whole canvas with two colours, in the bands of the picture."""
    colours = settings.color, settings.second_color
    if settings.style == "gradient":
        return mixed(gradient(width, height, settings.angle), *colours, image)
    tile = mixed(pattern(settings.pattern, settings.pattern_size), *colours, image)
    return tiled(tile, width, height)


def _on_background(image: pyvips.Image, settings: BorderSettings) -> pyvips.Image:
    """Round the corners, and put the background with the shadow on it around the picture."""
    radius = min(settings.border_radius, min(image.width, image.height) / 2)
    sides = _room(settings)
    width = sides.left + image.width + sides.right
    height = sides.top + image.height + sides.bottom
    density = pyvips.Image.black(width, height)
    if settings.shadow:
        space = reach(settings.shadow_blur)
        density = shadow(image.width, image.height, radius, settings.shadow_blur).embed(
            sides.left + settings.shadow_offset_x - space,
            sides.top + settings.shadow_offset_y - space,
            width,
            height,
        )
    around = _shaded(density, image, settings)
    under = around.crop(sides.left, sides.top, image.width, image.height)
    return ringed(rounded(image, under, radius), around, sides.left, sides.top)


def _room(settings: BorderSettings) -> Sides:
    """Say how much the shadow needs on each side."""
    if not settings.shadow:
        return Sides(0, 0, 0, 0)
    space, across, down = (
        reach(settings.shadow_blur),
        settings.shadow_offset_x,
        settings.shadow_offset_y,
    )
    return Sides(*(max(0, space + by) for by in (-across, -down, across, down)))


def _shaded(density: pyvips.Image, image: pyvips.Image, settings: BorderSettings) -> pyvips.Image:
    """Show the background through a shadow, in the bands of the picture."""
    colour = settings.shadow_color
    share = pyvips.Image.identity() * (settings.shadow_opacity / 100 * colour.alpha / 255**2)
    table = mixed(share, settings.background or TRANSPARENT, colour._replace(alpha=255), image)
    return density.maplut(table.copy_memory()).copy(interpretation=image.interpretation)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "border",
        border,
        BorderSettings,
        category="layout",
        name="Border & Frame",
        streams=True,
        keeps_colour=lambda settings: all(colour.neutral for colour in settings.colours()),
        encode=encoding,
    )
