"""Image Composition: one picture layered on top of another."""

from collections.abc import Iterable
from typing import Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl
from ashim_watermark.blending import Blend, blended
from ashim_watermark.layers import faded, scaled, turned
from ashim_watermark.placing import Position, corner, tiled
from ashim_watermark.squares import ready


class ComposeSettings(ToolSettings):
    example = {"x": 60, "y": 40, "opacity": 90, "blend": "screen"}
    legacy_names = {"blendMode": "blend"}

    x: int | None = Field(
        default=None,
        ge=-32_767,
        le=32_767,
        description="Left edge of the overlay in pixels; 0 if neither this nor a position is "
        "given. What is outside of the picture isn't seen.",
        examples=[60],
    )
    y: int | None = Field(
        default=None,
        ge=-32_767,
        le=32_767,
        description="Top edge of the overlay in pixels; 0 if neither this nor a position is given.",
        examples=[40],
    )
    position: Position | None = Field(
        default=None, description="Where the overlay is, in place of x and y.", examples=["center"]
    )
    scale: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="Width of the overlay in percent of the picture's, never higher than the "
        "picture; as large as it is if not given.",
        examples=[50],
    )
    opacity: float = Field(
        default=100,
        ge=0,
        le=100,
        description="Percent of the opacity that the overlay has by itself.",
    )
    blend: Blend = Field(default="over", description="How its colours meet those of the picture.")
    rotation: float = Field(
        default=0, ge=-360, le=360, description="Degrees that it is turned clockwise."
    )
    tile: bool = Field(
        default=False, description="Repeat it over the whole picture, in staggered rows."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.position and (self.x is not None or self.y is not None):
            raise ValueError("either position, or x and y, not both")
        return self


def compose(image: pyvips.Image, settings: ComposeSettings, over: pyvips.Image) -> pyvips.Image:
    """Layer a second picture on top of the first, where and how the settings say."""
    if settings.scale is not None:
        over = scaled(over, max(1, round(image.width * settings.scale / 100)), image.height)
    layer = ready(faded(over, settings.opacity))
    layer = turned(layer, settings.rotation)
    if settings.tile:
        return blended(image, tiled(image, layer, 0), 0, 0, settings.blend)
    left, top = settings.x or 0, settings.y or 0
    if settings.position:
        left, top = corner(image, layer, settings.position, 0)
    return blended(image, layer, left, top, settings.blend)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "compose",
        compose,
        ComposeSettings,
        category="watermark",
        name="Image Composition",
        streams=True,
        second="overlay",
    )
