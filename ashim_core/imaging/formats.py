"""The picture formats of the core, and how a result shall be encoded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from ashim_core.colour import WHITE, Colour

OutputFormat = Literal["jpeg", "png", "webp", "avif", "tiff", "gif", "heif"]
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
SYNONYMS: Mapping[str, OutputFormat] = MappingProxyType(
    {"jpg": "jpeg", "tif": "tiff", "heic": "heif"}
)


def _canonical(value: object) -> object:
    return SYNONYMS.get(value.lower(), value.lower()) if isinstance(value, str) else value


FormatName = Annotated[OutputFormat, BeforeValidator(_canonical)]
"""A setting that names an output format; `jpg`, `tif` and `heic` are understood."""


@dataclass(frozen=True)
class Format:
    """What one format can carry.

    loader: the libvips loader that reads it; no other loader is ever tried on an upload.
    quality: the default quality of a lossy encoder, 1 to 100; None for lossless formats.
    """

    name: OutputFormat
    media_type: str
    extension: str
    loader: str
    alpha: bool
    animated: bool
    quality: int | None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        item.name: item
        for item in (
            Format("jpeg", "image/jpeg", "jpg", "jpegload", False, False, 80),
            Format("png", "image/png", "png", "pngload", True, False, None),
            Format("webp", "image/webp", "webp", "webpload", True, True, 80),
            Format("avif", "image/avif", "avif", "heifload", True, False, 50),
            Format("tiff", "image/tiff", "tiff", "tiffload", True, False, None),
            Format("gif", "image/gif", "gif", "gifload", True, True, None),
        )
    }
)


@dataclass(frozen=True)
class Encoding:
    """How the result is going to be written.

    quality: 1 to 100; None is the format's default. With `max_bytes` it is the highest tried.
    max_bytes: the result must not be larger; reached by lowering the quality.
    background: what shows through where the format can't hold alpha.
    """

    format: OutputFormat
    quality: int | None = None
    max_bytes: int | None = None
    background: Colour = WHITE

    def keeping_alpha(self) -> "Encoding":
        """Give the same encoding in a format that can hold alpha: PNG if this one can't."""
        if self.format in FORMATS and not FORMATS[self.format].alpha:
            return replace(self, format="png", quality=None)
        return self
