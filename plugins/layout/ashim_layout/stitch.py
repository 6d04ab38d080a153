"""Stitch: pictures joined side by side, one below the other, or in a grid."""

from collections.abc import Iterable

from pydantic import Field

from ashim_core.plugin import (
    TRANSPARENT,
    WHITE,
    ChromaSubsampling,
    Colour,
    Context,
    Encoding,
    FileTool,
    Outcome,
    Tool,
    ToolSettings,
    about,
    hookimpl,
)
from ashim_layout.composing.corners import rounded
from ashim_layout.composing.joining import Alignment, Arrangement, Direction, ResizeMode, planned
from ashim_layout.composing.output import Format
from ashim_layout.composing.sheet import Sheet
from ashim_layout.composing.sources import Source
from ashim_layout.templates import squarest


class StitchSettings(ToolSettings):
    example = {"direction": "vertical", "gap": 10}
    legacy_names = {"cornerRadius": "borderRadius", "outputFormat": "format"}

    direction: Direction = Field(
        default="horizontal",
        description="horizontal: side by side. vertical: one below the other. grid: row by row.",
    )
    grid_columns: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Columns of direction=grid, no more than there are files; if not given, as "
        "many as make the grid as square as possible.",
        examples=[3],
    )
    resize_mode: ResizeMode = Field(
        default="fit",
        description="What to do about different sizes. What they are brought to is the smallest "
        "height if they lie side by side, the smallest width if one below the other, and in a grid "
        "the median width and height. fit: keep the proportions; in a grid stay within both and "
        "never get larger. original: keep the sizes. stretch: to exactly that, a row keeps the "
        "widths and a column the heights. crop: the same, but cut off on both sides instead.",
    )
    alignment: Alignment = Field(
        default="center",
        description="Where pictures lie that are smaller than their row or column: start is its "
        "top or left side. In a grid both ways.",
    )
    gap: int = Field(default=0, ge=0, le=1000, description="Pixels between the pictures.")
    border: int = Field(default=0, ge=0, le=500, description="Pixels around all of them.")
    border_radius: float = Field(
        default=0,
        ge=0,
        le=500,
        description="Radius of the corners of the whole result in pixels, at most half the shorter "
        "side. They are transparent, or white in a JPEG.",
    )
    background_color: Colour = Field(
        default=WHITE,
        description="Shows wherever a picture isn't; transparent is white in a JPEG.",
    )
    format: Format = Field(default="png", description="The format of the result.")
    quality: int = Field(
        default=90, ge=1, le=100, description="Quality of a JPEG, WebP or AVIF; PNG ignores it."
    )
    chroma_subsampling: ChromaSubsampling = "auto"


def stitch(context: Context[StitchSettings]) -> Outcome:
    """Join pictures to one: side by side, one below the other, or in a grid."""
    settings = context.settings
    sources = [Source(file, context.pictures) for file in context.inputs]
    plan = planned([source.size for source in sources], _arrangement(settings, len(sources)))
    encoding = Encoding(
        settings.format, quality=settings.quality, subsampling=settings.chroma_subsampling
    )
    context.pictures.check(*plan.size, encoding)
    coloured = any(source.coloured for source in sources)
    sheet = Sheet(plan.size, settings.background_color, coloured=coloured)
    for number, (source, piece) in enumerate(zip(sources, plan.pieces, strict=True)):
        context.progress(100 * number / len(sources), source.file.name)
        with about(source.file):
            sheet.put(sheet.ready(source.part(piece.cut)), piece.left, piece.top)
    image = rounded(sheet.image(), settings.border_radius, TRANSPARENT)
    return [context.pictures.save(image, context.workdir / "stitch", encoding)]


def _arrangement(settings: StitchSettings, files: int) -> Arrangement:
    return Arrangement(
        settings.direction,
        settings.resize_mode,
        settings.alignment,
        settings.gap,
        settings.border,
        settings.grid_columns or squarest(files),
    )


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "stitch",
        stitch,
        StitchSettings,
        category="layout",
        name="Stitch / Combine",
        files=(2, 200),
        gives="picture",
    )
