"""Convert: write a picture in another format."""

from collections.abc import Iterable

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    ChromaSubsampling,
    Encoding,
    FormatName,
    ImageTool,
    Tool,
    ToolSettings,
    hookimpl,
)


class ConvertSettings(ToolSettings):
    example = {"format": "webp", "quality": 80}

    format: FormatName = Field(
        description="The format of the result; jpg, tif and heic are understood, too.",
        examples=["webp"],
    )
    quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Quality of a lossy format; the default is 80 for jpeg and webp, 50 for avif "
        "and 60 for heif. The lossless png, tiff and gif ignore it.",
        examples=[80],
    )
    chroma_subsampling: ChromaSubsampling = "auto"


def encoding(settings: ConvertSettings, current: Encoding) -> Encoding:
    """Write in the format that was asked for."""
    return Encoding(
        settings.format,
        settings.quality,
        background=current.background,
        subsampling=settings.chroma_subsampling,
    )


def convert(image: pyvips.Image, settings: ConvertSettings) -> pyvips.Image:
    """Write a picture in another format."""
    return image


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "convert",
        convert,
        ConvertSettings,
        category="essentials",
        streams=True,
        keeps_colour=True,
        encode=encoding,
    )
