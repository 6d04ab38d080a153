"""Two steps that photographs often go through, and that read them from top to bottom."""

from collections.abc import Iterable

import pyvips
from pydantic import Field

from ashim_core.plugin import Encoding, ImageTool, Tool, ToolSettings, hookimpl

_MARK_WIDTH, _MARK_HEIGHT, _MARGIN = 800, 200, 100
_MARK = [255, 255, 255, 90]


class PhotoSettings(ToolSettings):
    quality: int | None = Field(
        default=None, ge=1, le=100, description="Quality that the result is written with."
    )


def tone(image: pyvips.Image, settings: PhotoSettings) -> pyvips.Image:
    """Raise the contrast a little."""
    return (image * 1.1 - 8).cast("uchar")


def mark(image: pyvips.Image, settings: PhotoSettings) -> pyvips.Image:
    """Put a half transparent field into the lower right corner."""
    field = pyvips.Image.black(_MARK_WIDTH, _MARK_HEIGHT, bands=4) + _MARK
    field = field.cast("uchar").copy(interpretation="srgb")
    left = image.width - _MARK_WIDTH - _MARGIN
    top = image.height - _MARK_HEIGHT - _MARGIN
    return image.composite2(field, "over", x=left, y=top).flatten()


def encoding(settings: PhotoSettings, current: Encoding) -> Encoding:
    """Keep the format, and write it with the quality that was asked for."""
    return Encoding(current.format, settings.quality or current.quality)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    for id, run in (("tone", tone), ("mark", mark)):
        yield ImageTool(
            id, run, PhotoSettings, category="adjustments", streams=True, encode=encoding
        )
