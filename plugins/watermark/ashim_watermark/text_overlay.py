"""Text Overlay: a caption on a picture, with a box behind it and a shadow below it."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import WHITE, Colour, ImageTool, Tool, ToolSettings, hookimpl
from ashim_watermark.blending import drawn_on
from ashim_watermark.layers import boxed, faded, like, shadowed
from ashim_watermark.placing import Position, corner, turned_within, usual_margin
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.faces import Face
from ashim_watermark.text.typesetting import Align, Style
from ashim_watermark.text.wording import Wording, is_plain

_STRIP = "#000000b3"
"""What is behind a text if it is only said that something shall be."""


class TextOverlaySettings(ToolSettings):
    example = {"text": "A day by the sea", "background": "#000000b3", "borderRadius": 12}

    text: Wording = Field(
        description="What to write, in any script; lines are broken where they get too wide.",
        examples=["A day by the sea"],
    )
    font: Face = Field(default="FiraGO", description="The typeface.")
    font_size: float = Field(
        default=48,
        ge=8,
        le=1000,
        description="Size of the font in pixels. Text that is larger than the picture gets smaller "
        "until it fits.",
    )
    color: Colour = Field(default=WHITE, description="Colour of the text; emoji keep their own.")
    opacity: float = Field(
        default=100, ge=0, le=100, description="Percent, of the text with its box and shadow."
    )
    x: int | None = Field(
        default=None,
        ge=-32_767,
        le=32_767,
        description="Left edge of the box around the text, in pixels; if not given, the position "
        "says it.",
        examples=[40],
    )
    y: int | None = Field(
        default=None,
        ge=-32_767,
        le=32_767,
        description="Top edge of the box around the text, in pixels; if not given, the position "
        "says it.",
        examples=[40],
    )
    position: Position = Field(default="bottom", description="Where the box is, without x and y.")
    margin: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="Pixels between the box and the edges that it is at; if not given, half of the "
        "font size, but not more than a tenth of the picture.",
        examples=[24],
    )
    max_width: int | None = Field(
        default=None,
        ge=1,
        le=32_767,
        description="Pixels after which lines are broken; if not given, what the picture has room "
        "for.",
        examples=[400],
    )
    align: Align = Field(default="center", description="How lines lie below each other.")
    rotation: float = Field(
        default=0,
        ge=-360,
        le=360,
        description="Degrees that text and box are turned clockwise about their middle.",
    )
    background: Colour | None = Field(
        default=None,
        description="Colour of the box behind the text; none if not given.",
        examples=["#00000080"],
    )
    padding: int | None = Field(
        default=None,
        ge=0,
        le=2000,
        description="Pixels between the text and the edges of its box; if not given, 0 without a "
        "background, else a quarter of the font size.",
        examples=[16],
    )
    border_radius: float = Field(
        default=0,
        ge=0,
        le=2000,
        description="Radius of the corners of the box in pixels; half of its shorter side makes "
        "them round.",
    )
    shadow: bool = Field(default=True, description="A soft shadow, of the text or of its box.")
    shadow_color: Colour = Field(default=Colour.parse(_STRIP), description="Colour of the shadow.")
    shadow_blur: float = Field(
        default=3, ge=0, le=100, description="Pixels over which the shadow fades out."
    )
    shadow_offset_x: int = Field(
        default=2, ge=-200, le=200, description="Pixels that the shadow is moved to the right."
    )
    shadow_offset_y: int = Field(
        default=2, ge=-200, le=200, description="Pixels that the shadow is moved down."
    )

    @model_validator(mode="before")
    @classmethod
    def _box_by_a_switch(cls, data: Any) -> Any:
        """Understand `backgroundBox` and `backgroundColor`, as older clients say it."""
        if not isinstance(data, dict) or not data.keys() & {"backgroundBox", "backgroundColor"}:
            return data
        if "background" in data:
            raise ValueError("either background, or backgroundBox and backgroundColor, not both")
        rest = dict(data)
        wanted, colour = rest.pop("backgroundBox", False), rest.pop("backgroundColor", _STRIP)
        if not isinstance(wanted, bool):
            raise ValueError("true or false for backgroundBox")
        return {**rest, "background": colour} if wanted else rest

    @model_validator(mode="after")
    def _a_whole_place(self) -> Self:
        if (self.x is None) != (self.y is None):
            raise ValueError("x and y together, or neither")
        return self


def overlay(image: pyvips.Image, settings: TextOverlaySettings) -> pyvips.Image:
    """Write a text on a picture: at a place, with a box behind it and a shadow below it."""
    if not settings.opacity:
        return image
    margin = settings.margin
    if margin is None:
        margin = usual_margin(image, settings.font_size)
    room = _room(image, settings, margin)
    box = turned_within(partial(_box, settings), settings.rotation, *room)
    if settings.x is None or settings.y is None:
        left, top = corner(image, box, settings.position, margin)
    else:
        left, top = settings.x, settings.y
    if settings.shadow:
        blur, colour = settings.shadow_blur, settings.shadow_color
        moved = settings.shadow_offset_x, settings.shadow_offset_y
        body = settings.background or settings.color
        glass = body.alpha or settings.color.alpha
        box, inward, downward = shadowed(box, colour, blur, *moved, glass=glass)
        left, top = left - inward, top - downward
    layer = faded(box, settings.opacity)
    layer = like(image, layer) if is_grey(settings) else layer
    return drawn_on(image, layer, left, top)


def _room(image: pyvips.Image, settings: TextOverlaySettings, margin: int) -> tuple[int, int]:
    """Say how large the box may be: within the margins, or from its place to the far edges."""
    if settings.x is None or settings.y is None:
        return image.width - 2 * margin, image.height - 2 * margin
    return image.width - max(settings.x, 0), image.height - max(settings.y, 0)


def _box(settings: TextOverlaySettings, width: int, height: int, factor: float) -> pyvips.Image:
    """Draw the text with what is directly around it.

    factor: of the size of the text, for the box to fit when it is turned.
    """
    usual = round(settings.font_size * factor / 4) if settings.background else 0
    padding = usual if settings.padding is None else settings.padding
    width, height = max(width - 2 * padding, 1), max(height - 2 * padding, 1)
    style = Style(settings.font, settings.font_size * factor, settings.color, settings.align)
    text = draw(settings.text, style, min(settings.max_width or width, width), height)
    if settings.background is None and not padding:
        return text
    return boxed(text, settings.background, padding, settings.border_radius)


def is_grey(settings: TextOverlaySettings) -> bool:
    """Say whether nothing is drawn that has a colour."""
    colours = [settings.color]
    colours += [settings.background] if settings.background else []
    colours += [settings.shadow_color] if settings.shadow else []
    return is_plain(settings.text) and all(colour.neutral for colour in colours)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "text-overlay",
        overlay,
        TextOverlaySettings,
        category="watermark",
        name="Text Overlay",
        streams=True,
        keeps_colour=is_grey,
    )
