"""Text Watermark: a text over a picture, in a corner or all over it."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import Colour, ImageTool, Tool, ToolSettings, hookimpl
from ashim_watermark.blending import blended, drawn_on
from ashim_watermark.layers import faded, like, turned
from ashim_watermark.placing import Position, corner, tiled, turned_within, usual_margin
from ashim_watermark.squares import ready
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.faces import Face
from ashim_watermark.text.typesetting import Style
from ashim_watermark.text.wording import Wording, is_plain

_BLACK = Colour(0, 0, 0)


class WatermarkTextSettings(ToolSettings):
    example = {"text": "© 2025", "fontSize": 60, "color": "#ffffff", "position": "bottom-right"}

    text: Wording = Field(
        description="What to write, in any script; lines are broken where they get too wide.",
        examples=["© 2025"],
    )
    font: Face = Field(default="FiraGO", description="The typeface.")
    font_size: float = Field(
        default=48,
        ge=8,
        le=1000,
        description="Size of the font in pixels. Text that is larger than the picture gets smaller "
        "until it fits.",
    )
    color: Colour = Field(
        default=_BLACK, description="Colour of the text; emoji keep their own.", examples=["white"]
    )
    opacity: float = Field(
        default=50, ge=0, le=100, description="Percent: 0 is invisible, 100 covers the picture."
    )
    position: Position = Field(default="center", description="Where the text is, without tile.")
    margin: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="Pixels between the text and the edges that it is at; if not given, half of "
        "the font size, but not more than a tenth of the picture.",
        examples=[24],
    )
    rotation: float = Field(
        default=0, ge=-360, le=360, description="Degrees that the text is turned clockwise."
    )
    tile: bool = Field(
        default=False, description="Repeat the text over the whole picture, in staggered rows."
    )
    tile_spacing: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="Pixels between two texts with tile; if not given, twice the font size.",
        examples=[100],
    )

    @model_validator(mode="before")
    @classmethod
    def _tiled_position(cls, data: Any) -> Any:
        """Understand the position `tiled`, as older clients say it."""
        if isinstance(data, dict) and data.get("position") == "tiled":
            if data.get("tile") is False:
                raise ValueError("either the position tiled, or tile false, not both")
            rest = {name: value for name, value in data.items() if name != "position"}
            return {**rest, "tile": True}
        return data


def watermark(image: pyvips.Image, settings: WatermarkTextSettings) -> pyvips.Image:
    """Write a text over a picture: in a corner, in the middle, or repeated all over it."""
    if not settings.opacity:
        return image
    write = partial(_written, settings)
    if settings.tile:
        layer = turned(write(image.width, image.height, 1), settings.rotation)
        spacing = _chosen(settings.tile_spacing, 2 * settings.font_size)
        field = tiled(image, ready(_fit(image, layer, settings)), spacing)
        return blended(image, field, 0, 0, "over")
    margin = _chosen(settings.margin, usual_margin(image, settings.font_size))
    room = image.width - 2 * margin, image.height - 2 * margin
    layer = turned_within(write, settings.rotation, *room)
    layer = _fit(image, layer, settings)
    return drawn_on(image, layer, *corner(image, layer, settings.position, margin))


def _written(
    settings: WatermarkTextSettings, width: int, height: int, factor: float
) -> pyvips.Image:
    """Draw the text. factor: of its size, for it to fit when it is turned."""
    style = Style(settings.font, settings.font_size * factor, settings.color, align="center")
    return faded(draw(settings.text, style, width, height), settings.opacity)


def _fit(image: pyvips.Image, layer: pyvips.Image, settings: WatermarkTextSettings) -> pyvips.Image:
    """Have a grey picture stay one where nothing coloured comes in."""
    return like(image, layer) if is_grey(settings) else layer


def is_grey(settings: WatermarkTextSettings) -> bool:
    """Say whether nothing is drawn that has a colour."""
    return settings.color.neutral and is_plain(settings.text)


def _chosen(value: int | None, usual: float) -> int:
    return round(usual) if value is None else value


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "watermark-text",
        watermark,
        WatermarkTextSettings,
        category="watermark",
        name="Text Watermark",
        streams=True,
        keeps_colour=is_grey,
    )
