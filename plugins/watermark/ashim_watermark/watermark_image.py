"""Image Watermark: a logo over a picture, in a corner or all over it."""

from collections.abc import Iterable

import pyvips
from pydantic import Field

from ashim_core.plugin import ImageTool, Tool, ToolSettings, canvas, hookimpl
from ashim_watermark.blending import Blend, blended
from ashim_watermark.layers import faded, scaled, turned
from ashim_watermark.placing import Position, corner, tiled
from ashim_watermark.squares import ready


class WatermarkImageSettings(ToolSettings):
    example = {"position": "bottom-right", "scale": 30, "opacity": 80}
    legacy_names = {"blendMode": "blend"}

    position: Position = Field(
        default="bottom-right", description="Where the watermark is, without tile."
    )
    scale: float = Field(
        default=25,
        gt=0,
        le=100,
        description="Width of the watermark in percent of the picture's; it is never higher than "
        "the picture.",
    )
    opacity: float = Field(
        default=50,
        ge=0,
        le=100,
        description="Percent of the opacity that the watermark has by itself.",
    )
    rotation: float = Field(
        default=0, ge=-360, le=360, description="Degrees that it is turned clockwise."
    )
    margin: int = Field(
        default=20,
        ge=0,
        le=10_000,
        description="Pixels between the watermark and the edges that it is at.",
    )
    tile: bool = Field(
        default=False, description="Repeat it over the whole picture, in staggered rows."
    )
    tile_spacing: int = Field(
        default=40, ge=0, le=10_000, description="Pixels between two of them with tile."
    )
    blend: Blend = Field(default="over", description="How its colours meet those of the picture.")


def watermark(
    image: pyvips.Image, settings: WatermarkImageSettings, mark: pyvips.Image
) -> pyvips.Image:
    """Put a second picture over the first: in a corner, in the middle, or all over it."""
    width = max(1, round(image.width * settings.scale / 100))
    layer = ready(faded(scaled(mark, width, image.height), settings.opacity))
    layer = turned(layer, settings.rotation)
    if settings.tile:
        layer = canvas.with_alpha(layer)  # for the gaps between them
        return blended(image, tiled(image, layer, settings.tile_spacing), 0, 0, settings.blend)
    left, top = corner(image, layer, settings.position, settings.margin)
    return blended(image, layer, left, top, settings.blend)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "watermark-image",
        watermark,
        WatermarkImageSettings,
        category="watermark",
        name="Image Watermark",
        streams=True,
        second="watermark",
    )
