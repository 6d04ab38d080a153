"""One picture operation written twice: for Pillow and for libvips."""

from collections.abc import Iterable

import PIL.Image
import pyvips

from ashim_core.plugin import ImageTool, Tool, ToolSettings, hookimpl

WIDTH = 1200


class Nothing(ToolSettings):
    """No settings."""


def grey_pillow(image: PIL.Image.Image, settings: Nothing) -> PIL.Image.Image:
    """Make a small grey picture with Pillow."""
    size = (WIDTH, round(image.height * WIDTH / image.width))
    return image.resize(size, PIL.Image.Resampling.LANCZOS).convert("L")


def grey_libvips(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Make a small grey picture with libvips."""
    return image.resize(WIDTH / image.width).colourspace("b-w")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool("grey-pillow", grey_pillow, Nothing, category="adjustments")
    yield ImageTool("grey-libvips", grey_libvips, Nothing, category="adjustments", streams=True)
