"""Text Watermark: a text over a picture, in a corner or all over it."""

from collections.abc import Iterable
from typing import Any

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import Colour, ImageTool, Tool, ToolSettings, canvas, hookimpl
from ashim_watermark.layers import faded, like
from ashim_watermark.placing import Position, corner, tiled
from ashim_watermark.text.drawing import Style, draw
from ashim_watermark.text.faces import Face
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
        "the font size.",
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
    style = Style(settings.font, settings.font_size, settings.color, align="center")
    margin = _chosen(settings.margin, settings.font_size / 2)
    room = 0 if settings.tile else 2 * margin
    width, height = max(image.width - room, 1), max(image.height - room, 1)
    layer = faded(draw(settings.text, style, width, height), settings.opacity)
    layer = canvas.turned(layer, settings.rotation).copy_memory()
    if is_grey(settings):
        layer = like(image, layer)
    if settings.tile:
        spacing = _chosen(settings.tile_spacing, 2 * settings.font_size)
        return canvas.lay(image, tiled(image, layer, spacing), 0, 0)
    return canvas.lay(image, layer, *corner(image, layer, settings.position, margin))


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
