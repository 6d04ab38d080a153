"""Pixelate: hide detail behind large square blocks."""

from collections.abc import Iterable

import pyvips
from pydantic import Field

from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl


class PixelateSettings(ToolSettings):
    block: int = Field(default=8, ge=2, le=256, description="Edge of one block, in pixels.")


def pixelate(image: pyvips.Image, settings: PixelateSettings) -> pyvips.Image:
    """Replace every block by its average colour."""
    block = settings.block
    blocks = image.shrink(block, block, ceil=True)
    return blocks.zoom(block, block).crop(0, 0, image.width, image.height)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool("pixelate", pixelate, PixelateSettings, category="adjustments")
