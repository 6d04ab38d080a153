"""Rotate & Flip: turn a picture by any angle, and mirror it."""

from collections.abc import Iterable
from typing import Any, Literal

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import (
    TRANSPARENT,
    WHITE,
    Colour,
    Encoding,
    ImageTool,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
)

_FLIPS = {
    (False, False): "none",
    (True, False): "horizontal",
    (False, True): "vertical",
    (True, True): "both",
}


class RotateSettings(ToolSettings):
    example = {"angle": 30}

    angle: float = Field(
        default=0,
        ge=-36_000,
        le=36_000,
        description="Degrees to turn clockwise. Multiples of 90 lose nothing; any other angle "
        "enlarges the canvas so that the whole picture stays in it.",
        examples=[90],
    )
    flip: Literal["none", "horizontal", "vertical", "both"] = Field(
        default="none",
        description="Mirror after turning. horizontal: left becomes right. vertical: top becomes "
        "bottom. both: both, which is half a turn.",
    )
    background: Colour | None = Field(
        default=None,
        description="Fills the corners that turning opens. If not given, they are transparent, or "
        "white where the output format has no alpha. If it is given and not opaque, the result of "
        "a JPEG becomes a PNG.",
        examples=["#ffffff"],
    )

    @model_validator(mode="before")
    @classmethod
    def _flip_by_two_switches(cls, data: Any) -> Any:
        """Understand `horizontal` and `vertical`, as older clients say it."""
        if not isinstance(data, dict) or not data.keys() & {"horizontal", "vertical"}:
            return data
        if "flip" in data:
            raise ValueError("either flip, or horizontal and vertical, not both")
        rest = dict(data)
        switches = rest.pop("horizontal", False), rest.pop("vertical", False)
        if not all(isinstance(switch, bool) for switch in switches):
            raise ValueError("true or false for horizontal and vertical")
        return {**rest, "flip": _FLIPS[switches]}


def encoding(settings: RotateSettings, current: Encoding) -> Encoding:
    """Choose a format that can hold the transparency of the corners, if it was asked for."""
    background = settings.background
    if settings.angle % 90 == 0 or background is None or background.opaque:
        return current
    return current.keeping_alpha()


def keeps_rows(settings: RotateSettings) -> bool:
    """Say whether every row of the result comes from the same row of the picture."""
    return settings.angle % 360 == 0 and settings.flip in ("none", "horizontal")


def rotate(image: pyvips.Image, settings: RotateSettings) -> pyvips.Image:
    """Turn a picture by any angle, then mirror it."""
    image = canvas.turned(image, settings.angle, settings.background or TRANSPARENT)
    if settings.flip in ("horizontal", "both"):
        image = image.fliphor()
    return image.flipver() if settings.flip in ("vertical", "both") else image


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "rotate",
        rotate,
        RotateSettings,
        category="essentials",
        name="Rotate & Flip",
        streams=keeps_rows,
        keeps_colour=lambda settings: (settings.background or WHITE).neutral,
        encode=encoding,
    )
