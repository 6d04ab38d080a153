"""Crop: cut a region out of a picture, as a rectangle, a circle or with rounded corners."""

import re
from collections.abc import Iterable
from typing import Literal, Self

import pyvips
from pydantic import Field, field_validator, model_validator

from ashim_core.plugin import (
    TRANSPARENT,
    Colour,
    Encoding,
    ImageTool,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
)
from ashim_essentials.region import Axis, lengths

_RATIO = re.compile(r"(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?")
_ROUNDING = 0.1
"""The usual radius of round corners, as a share of the shorter side."""
_MOST = 1_000_000
"""Far more than any picture has: a region outside of the picture is another error."""


class CropSettings(ToolSettings):
    example = {"left": 10, "top": 10, "width": 80, "height": 80, "unit": "percent"}

    left: float | None = Field(
        default=None,
        ge=0,
        le=_MOST,
        description="Left edge of the region; if not given, the region is centred across.",
        examples=[100],
    )
    top: float | None = Field(
        default=None,
        ge=0,
        le=_MOST,
        description="Top edge of the region; if not given, the region is centred up and down.",
        examples=[50],
    )
    width: float | None = Field(
        default=None,
        gt=0,
        le=_MOST,
        description="Width of the region; if not given, as wide as fits.",
        examples=[800],
    )
    height: float | None = Field(
        default=None,
        gt=0,
        le=_MOST,
        description="Height of the region; if not given, as high as fits.",
        examples=[600],
    )
    unit: Literal["px", "percent"] = Field(
        default="px",
        description="What left, top, width and height count: pixels, or hundredths of the "
        "picture's width and height. They are rounded to whole pixels.",
    )
    aspect_ratio: str | None = Field(
        default=None,
        max_length=16,
        description="Proportions of the region, such as 16:9 or 1.5. With width or height the "
        "other one follows; with both or none the region is the largest that they allow.",
        examples=["16:9"],
    )
    shape: Literal["rectangle", "circle", "rounded"] = Field(
        default="rectangle",
        description="rectangle: the region as it is. circle: the largest circle in the middle of "
        "it. rounded: the region with round corners.",
    )
    border_radius: float | None = Field(
        default=None,
        ge=0,
        le=_MOST,
        description="Radius of shape=rounded in pixels, at most half the shorter side; a tenth of "
        "the shorter side if not given.",
        examples=[24],
    )
    background: Colour = Field(
        default=TRANSPARENT,
        description="Fills the corners of shape=circle and shape=rounded. Unless it is opaque, the "
        "result of a JPEG becomes a PNG.",
        examples=["#ffffff"],
    )

    @field_validator("aspect_ratio")
    @classmethod
    def _two_positive_numbers(cls, text: str | None) -> str | None:
        if text is not None and _ratio(text) == 0:
            raise ValueError("two positive numbers such as 16:9, or one such as 1.5")
        return text

    @model_validator(mode="after")
    def _something_to_cut(self) -> Self:
        region = (self.left, self.top, self.width, self.height, self.aspect_ratio)
        if self.shape == "rectangle" and all(value is None for value in region):
            raise ValueError("at least one of left, top, width, height, aspectRatio or shape")
        return self


def _ratio(text: str) -> float:
    """Read proportions; 0 is what makes no sense."""
    match = _RATIO.fullmatch(text)
    width, height = (float(part or 1) for part in match.groups()) if match else (0.0, 0.0)
    return width / height if height else 0.0


def encoding(settings: CropSettings, current: Encoding) -> Encoding:
    """Choose a format that can hold the transparency of the corners."""
    if settings.shape == "rectangle" or settings.background.opaque:
        return current
    return current.keeping_alpha()


def crop(image: pyvips.Image, settings: CropSettings) -> pyvips.Image:
    """Cut a region out of a picture: a rectangle, a circle, or one with round corners."""
    across = Axis.of(("left", "width"), (settings.left, settings.width), image.width, settings.unit)
    down = Axis.of(("top", "height"), (settings.top, settings.height), image.height, settings.unit)
    ratio = _ratio(settings.aspect_ratio) if settings.aspect_ratio else None
    width, height = lengths(across, down, ratio)
    (left, columns), (top, rows) = across.place(width), down.place(height)
    shorter = min(columns, rows)
    if settings.shape == "circle":
        left, top = left + (columns - shorter) // 2, top + (rows - shorter) // 2
        columns = rows = shorter
    region = image.crop(left, top, columns, rows)
    if settings.shape == "rectangle":
        return region
    radius = settings.border_radius if settings.shape == "rounded" else shorter / 2
    if radius is None:
        radius = shorter * _ROUNDING
    return canvas.round_corners(region, min(radius, shorter / 2), settings.background)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "crop",
        crop,
        CropSettings,
        category="essentials",
        streams=True,
        keeps_colour=lambda settings: settings.background.neutral,
        encode=encoding,
    )
