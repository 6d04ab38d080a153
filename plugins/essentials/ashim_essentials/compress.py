"""Compress: fewer bytes, by quality or down to a size that the result must not exceed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, Self

import pyvips
from pydantic import Field, model_validator

from ashim_core.plugin import (
    ChromaSubsampling,
    Encoding,
    FormatName,
    ImageTool,
    Tool,
    ToolSettings,
    hookimpl,
)


class CompressSettings(ToolSettings):
    example = {"quality": 60}
    legacy_names = {"targetSizeKb": "targetSizeKB"}

    quality: int = Field(
        default=80,
        ge=1,
        le=100,
        description="Quality of a lossy format; lossless formats ignore it. Given together with "
        "targetSizeKB it is the highest quality that the result may have.",
        examples=[60],
    )
    format: FormatName | None = Field(
        default=None, description="The format of the result; that of the input if not given."
    )
    target_size_kb: float | None = Field(
        default=None,
        gt=0,
        le=1_048_576,
        description="Kilobytes, 1024 bytes each, that the result must not exceed; it gets the best "
        "quality that fits. PNG, TIFF and GIF lose detail or colours only if they must.",
        examples=[200],
    )
    mode: Literal["quality", "targetSize"] | None = Field(
        default=None,
        description="quality: targetSizeKB is not used. targetSize: targetSizeKB is needed. "
        "Without a mode targetSizeKB is used if it is given.",
    )

    chroma_subsampling: ChromaSubsampling = "auto"

    @model_validator(mode="after")
    def _target_for_its_mode(self) -> Self:
        if self.mode == "targetSize" and self.target_size_kb is None:
            raise ValueError("a targetSizeKB with mode=targetSize")
        return self


def encoding(settings: CompressSettings, current: Encoding) -> Encoding:
    """Turn quality and target into what the encoder gets."""
    wanted = Encoding(
        settings.format or current.format,
        background=current.background,
        subsampling=settings.chroma_subsampling,
        no_larger=True,
    )
    if settings.target_size_kb is None or settings.mode == "quality":
        return replace(wanted, quality=settings.quality)
    highest = settings.quality if "quality" in settings.model_fields_set else None
    most = max(1, int(settings.target_size_kb * 1024))
    return replace(wanted, quality=highest, max_bytes=most)


def compress(image: pyvips.Image, settings: CompressSettings) -> pyvips.Image:
    """Make the file of a picture smaller, by quality or to a target size; never make it larger."""
    return image


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "compress",
        compress,
        CompressSettings,
        category="essentials",
        streams=True,
        keeps_colour=True,
        encode=encoding,
    )
