"""Resize: change the size of a picture, by sides, by percentage or to a social media preset."""

from collections.abc import Iterable
from typing import Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import (
    TRANSPARENT,
    Colour,
    ImageTool,
    Shrink,
    Size,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
)
from ashim_essentials.geometry import Fit, Geometry, fitted, scaled
from ashim_essentials.presets import PRESETS, Preset


class ResizeSettings(ToolSettings):
    example = {"width": 800, "height": 600}

    width: int | None = Field(
        default=None, ge=1, le=32_767, description="Target width in pixels.", examples=[800]
    )
    height: int | None = Field(
        default=None, ge=1, le=32_767, description="Target height in pixels.", examples=[600]
    )
    fit: Fit = Field(
        default="cover",
        description="What to do when both sides are given and the proportions differ. cover: fill "
        "the box and crop what overhangs at the centre. contain: fit into the box and fill the "
        "rest with the background. fill: stretch. inside: the largest size within the box. "
        "outside: the smallest size that covers the box.",
    )
    percentage: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description="Scale both sides to this percentage; overrides width and height.",
        examples=[50],
    )
    without_enlargement: bool = Field(
        default=False, description="Never make either side larger than it is."
    )
    preset: Preset | None = Field(
        default=None,
        description="A social media size, instead of width and height.",
        examples=["instagram-story"],
    )
    background: Colour = Field(
        default=TRANSPARENT,
        description="Fills the rest of the box with fit=contain; transparent is white where the "
        "output format has no alpha.",
        examples=["#ffffff"],
    )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.preset and (self.width or self.height or self.percentage):
            raise ValueError("either preset, or width, height or percentage, not both")
        if not (self.preset or self.width or self.height or self.percentage):
            raise ValueError("at least one of width, height, percentage or preset")
        return self


def geometry(settings: ResizeSettings, size: Size) -> Geometry:
    """Work out the sizes for a picture of `size`. All results are at least one pixel."""
    keep = settings.without_enlargement
    if settings.percentage:
        return fitted(size, scaled(size, settings.percentage / 100), "fill", keep)
    if settings.preset:
        return fitted(size, Size(*PRESETS[settings.preset]), settings.fit, keep)
    if settings.width and settings.height:
        return fitted(size, Size(settings.width, settings.height), settings.fit, keep)
    return fitted(size, _other_side(settings, size), "fill", keep)


def _other_side(settings: ResizeSettings, size: Size) -> Size:
    """Let the side that was not given follow the one that was."""
    if settings.width:
        width = min(settings.width, size.width if settings.without_enlargement else settings.width)
        return Size(width, max(1, round(size.height * width / size.width)))
    height = settings.height or size.height
    if settings.without_enlargement:
        height = min(height, size.height)
    return Size(max(1, round(size.width * height / size.height)), height)


def shrink(settings: ResizeSettings, size: Size) -> Shrink[ResizeSettings] | None:
    """Let the decoder skip detail that the resize would throw away."""
    whole, box = geometry(settings, size)
    factor = min(size.width / whole.width, size.height / whole.height)
    if factor < 2:
        return None
    # Sizes in pixels mean the same for a smaller decode; only cover and contain keep a box.
    fit: Fit = settings.fit if whole != box else "fill"
    absolute = ResizeSettings(
        width=box.width, height=box.height, fit=fit, background=settings.background
    )
    return Shrink(factor, absolute)


def resize(image: pyvips.Image, settings: ResizeSettings) -> pyvips.Image:
    """Change the size of a picture: by sides, by percentage, or to a social media preset."""
    whole, box = geometry(settings, Size(image.width, image.height))
    picture = canvas.resampled(image, *whole)
    if box == whole:
        return picture
    if settings.fit == "contain":
        return canvas.place(picture, *box, settings.background)
    left, top = (whole.width - box.width) // 2, (whole.height - box.height) // 2
    return picture.crop(left, top, box.width, box.height)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "resize",
        resize,
        ResizeSettings,
        category="essentials",
        streams=True,
        keeps_colour=lambda settings: settings.background.neutral,
        shrink=shrink,
    )
