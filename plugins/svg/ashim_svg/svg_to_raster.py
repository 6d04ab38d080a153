"""SVG to Raster: a drawing as a picture of any size."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import (
    TRANSPARENT,
    Colour,
    Context,
    Encoding,
    FileTool,
    FormatName,
    Outcome,
    Size,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
    result_name,
)
from ashim_svg.rendering import drawn, read

_ID = "svg-to-raster"
_CSS_DPI = 96
"""Pixels in an inch of CSS."""
_SIDE = 32_767
_SECONDS_A_MEGAPIXEL = 0.3


class SvgToRasterSettings(ToolSettings):
    legacy_names = {"outputFormat": "format", "backgroundColor": "background"}

    format: FormatName = Field(default="png", description="The format of the picture.")
    width: int | None = Field(
        default=None,
        ge=1,
        le=_SIDE,
        description="Width in pixels; the height follows. With a height, too, the drawing fits "
        "into both.",
        examples=[800],
    )
    height: int | None = Field(
        default=None,
        ge=1,
        le=_SIDE,
        description="Height in pixels; the width follows.",
        examples=[600],
    )
    scale: float = Field(
        default=1, ge=0.01, le=100, description="How many times its own size the drawing gets."
    )
    dpi: float = Field(
        default=_CSS_DPI,
        ge=36,
        le=2400,
        description="Pixels for each inch of the drawing; with 96 a pixel of the drawing is one of "
        "the picture. Without effect if a width or a height is given.",
    )
    background: Colour = Field(
        default=TRANSPARENT,
        description="What is behind the drawing; what is transparent is white in a format without "
        "alpha.",
    )
    quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Quality of a lossy format; its own default if not given.",
        examples=[85],
    )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if "scale" in self.model_fields_set and (self.width or self.height):
            raise ValueError("either scale, or width and height, not both")
        return self


def svg_to_raster(context: Context[SvgToRasterSettings]) -> Outcome:
    """Draw an SVG as a picture: at its own size, scaled, at a density, or fitted into a size."""
    file, settings, pictures = context.inputs[0], context.settings, context.pictures
    drawing = read(file.path.read_bytes())
    size = _size(drawing.size, settings)
    encoding = Encoding(settings.format, quality=settings.quality)
    pictures.check(*size, encoding)
    pictures.allow(_SECONDS_A_MEGAPIXEL * size.width * size.height / 1e6)
    image = drawn(drawing, size)
    if settings.background.alpha:
        image = canvas.over(_filled(image, settings.background), image)
    place = context.workdir / Path(result_name(file.name, _ID, "png")).stem
    return [pictures.save(image, place, encoding)]


def _size(own: Size, settings: SvgToRasterSettings) -> Size:
    """Say how large the picture is going to be; no side is less than a pixel."""
    bounds = ((settings.width, own.width), (settings.height, own.height))
    factors = [most / side for most, side in bounds if most]
    factor = min(factors) if factors else settings.scale * settings.dpi / _CSS_DPI
    return Size(*(max(1, round(side * factor)) for side in own))


def _filled(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Give a picture of the same size and of one colour."""
    values = [*colour[:3]] if colour.opaque else [*colour]
    return image.new_from_image(values).copy(interpretation="srgb")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        _ID,
        svg_to_raster,
        SvgToRasterSettings,
        category="format",
        name="SVG to Raster",
        takes=("image/svg+xml",),
        gives="picture",
    )
