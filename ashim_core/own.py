"""Picture work of the server itself: run in a worker like any tool, but not offered to callers."""

from collections.abc import Iterable
from typing import Annotated

import pyvips
from pydantic import Field

from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.outline import check_outline
from ashim_core.svg import clean
from ashim_core.tool import Context, FileTool, ImageTool, Outcome, Shrink, Size, Tool, ToolSettings

LOGO = "ashim-core:logo"
LOGO_SIDE = 128
THUMBNAIL = "ashim-core:thumbnail"
THUMBNAIL_WIDTH = 300
PREVIEW = "ashim-core:preview"
INSPECT = "ashim-core:inspect"
CLEAN = "clean.svg"
"""What an SVG becomes before it is kept: the same drawing, with nothing in it that can run."""


PreviewSize = Annotated[
    int, Field(ge=16, le=2048, description="Pixels of its longer side, at most.")
]


class NoSettings(ToolSettings):
    """Nothing to set."""


class PreviewSettings(ToolSettings):
    """How large a preview may be."""

    size: PreviewSize


def logo(image: pyvips.Image, settings: NoSettings) -> pyvips.Image:
    """Fit a picture into a square of 128 pixels, never enlarged, with transparency around it."""
    if not image.hasalpha():
        image = image.addalpha()
    small = image.thumbnail_image(LOGO_SIDE, height=LOGO_SIDE, size="down")
    return small.gravity("centre", LOGO_SIDE, LOGO_SIDE, extend="background", background=[0])


def thumbnail(image: pyvips.Image, settings: NoSettings) -> pyvips.Image:
    """Make a picture 300 pixels wide; never larger than it is."""
    # Very high ones would get a thumbnail of any height.
    return image.thumbnail_image(THUMBNAIL_WIDTH, height=10 * THUMBNAIL_WIDTH, size="down")


def preview(image: pyvips.Image, settings: PreviewSettings) -> pyvips.Image:
    """Fit a picture into a square; never larger than it is."""
    return image.thumbnail_image(settings.size, height=settings.size, size="down")


def inspect(context: Context[NoSettings]) -> Outcome:
    """Say what a file is: `media_type`, `extension`, `width` and `height` as it is seen.

    An SVG is made harmless; `clean` says where that is. What nothing here reads has to be made
    like what it begins like.
    """
    file = context.inputs[0]
    kind = context.pictures.kind(file.path)
    known = context.pictures.called(kind)._asdict()
    if kind == "svg":
        drawing = clean(file.path.read_bytes())
        (context.workdir / CLEAN).write_bytes(drawing.data)
        return {**known, "width": drawing.width, "height": drawing.height, "clean": CLEAN}
    try:
        header = context.pictures.header(file.path)
    except FormatNotSupported:
        # A package that reads it may come; until then it is kept as it is.
        check_outline(file.path, kind)
        return {**known, "width": None, "height": None}
    width, height = header.upright
    return {**known, "width": width, "height": height}


def _logo_shrink(settings: NoSettings, size: Size) -> Shrink[NoSettings]:
    return Shrink(max(1.0, max(size) / LOGO_SIDE), settings)


def _thumbnail_shrink(settings: NoSettings, size: Size) -> Shrink[NoSettings]:
    factor = max(size.width / THUMBNAIL_WIDTH, size.height / (10 * THUMBNAIL_WIDTH))
    return Shrink(max(1.0, factor), settings)


def _preview_shrink(settings: PreviewSettings, size: Size) -> Shrink[PreviewSettings]:
    return Shrink(max(1.0, max(size) / settings.size), settings)


def ashim_tools() -> Iterable[Tool]:
    """Give them as any plugin does; none of them is offered to callers."""
    yield ImageTool(
        "logo",
        logo,
        NoSettings,
        category="utilities",
        hidden=True,
        animation="first",
        shrink=_logo_shrink,
        encode=lambda settings, current: Encoding("png"),
    )
    yield ImageTool(
        "thumbnail",
        thumbnail,
        NoSettings,
        category="utilities",
        hidden=True,
        animation="first",
        streams=True,
        shrink=_thumbnail_shrink,
        encode=lambda settings, current: Encoding("jpeg", quality=80),
    )
    yield ImageTool(
        "preview",
        preview,
        PreviewSettings,
        category="utilities",
        hidden=True,
        animation="first",
        streams=True,
        shrink=_preview_shrink,
        encode=lambda settings, current: Encoding("webp", quality=80),
    )
    yield FileTool(
        "inspect", inspect, NoSettings, category="utilities", hidden=True, gives="report"
    )
