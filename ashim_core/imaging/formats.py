"""The picture formats that are known here, and the setting that names one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from ashim_core.imaging.codec import Codec, Subsampling
from ashim_core.imaging.cost import USUAL, Cost
from ashim_core.imaging.encoders import ENCODERS, Encoder, encoder_of

SYNONYMS: Mapping[str, str] = MappingProxyType({"jpg": "jpeg", "tif": "tiff", "heic": "heif"})
WRITTEN = "x-formats"
"""What in the schema of settings marks a format that can be chosen, and has to be installed."""


def _canonical(value: object) -> object:
    return SYNONYMS.get(value.lower(), value.lower()) if isinstance(value, str) else value


ChromaSubsampling = Annotated[
    Subsampling,
    Field(
        description="Whether JPEG, AVIF and HEIF store colour with half the resolution of "
        "brightness, which saves bytes and blurs the edges of coloured letters. 4:4:4: full; "
        "4:2:0: half; auto: full for JPEG and AVIF from quality 90 on. Other formats ignore it."
    ),
]
"""A setting for how fine colour is stored; `auto` is what to give as its default."""

FORMAT_ALIASES = BeforeValidator(_canonical)
"""Have a setting that names a format understand jpg, tif and heic, and capital letters."""


def _known(value: str, info: ValidationInfo) -> str:
    """Refuse what no format is called, that is here or could be."""
    names = choices(info.context if isinstance(info.context, Formats) else CORE_FORMATS)
    if value not in names:
        *others, last = [f"'{name}'" for name in names]
        expected = f"{', '.join(others)} or {last}"
        raise PydanticCustomError("format", "Input should be {expected}", {"expected": expected})
    return value


FormatName = Annotated[
    str,
    FORMAT_ALIASES,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", WRITTEN: True}),
]
"""A setting that names an output format; `jpg`, `tif` and `heic` are understood.

Any that is written here can be chosen, those of codecs, too.
"""


@dataclass(frozen=True)
class Format:
    """What one format can carry, and what reads and writes it.

    extension, media_type: of what is written. extensions, media_types: by which others know it.
    profile: it can hold an ICC profile.
    animated: it holds several frames, or pages.
    quality: the default quality of a lossy encoder, 1 to 100; None for lossless formats.
    loader: the libvips loader that reads it; no other loader is ever tried on an upload.
    encoder: how it is written; None for a format that is only read.
    codec: of the package that brings it, which reads it then.
    cost: what a megapixel takes.
    package: the distribution that brings it; empty for the core.
    """

    name: str
    media_type: str
    extension: str
    alpha: bool
    animated: bool
    profile: bool
    quality: int | None
    loader: str = ""
    encoder: Encoder | None = None
    codec: Codec | None = None
    package: str = ""
    cost: Cost = USUAL
    extensions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


_COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        "jpeg": Cost(read=0.02, write=0.05),
        "png": Cost(read=0.03, write=0.2),  # deflate, at level 6
        "webp": Cost(read=0.06, write=0.3),
        "avif": Cost(read=0.15, write=0.3),  # at the efforts that large pictures get
        "tiff": Cost(read=0.02, write=0.2),  # deflate
        "gif": Cost(read=0.03, write=0.7),  # its 256 colours are looked for in all pixels
    }
)
"""As measured with 12 and 48 megapixels, rounded up; what is lossy at quality 90 or 95."""
_EXTENSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"jpeg": ("jpeg", "jpe", "jfif"), "avif": ("avifs",), "tiff": ("tif",)}
)
_MEDIA_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"jpeg": ("image/jpg", "image/pjpeg"), "avif": ("image/avif-sequence",)}
)


def _core(  # noqa: PLR0917
    name: str,
    extension: str,
    loader: str,
    alpha: bool,
    animated: bool,
    profile: bool,
    quality: int | None,
) -> Format:
    return Format(
        name=name,
        media_type=f"image/{name}",
        extension=extension,
        alpha=alpha,
        animated=animated,
        profile=profile,
        quality=quality,
        loader=loader,
        encoder=ENCODERS[name],
        cost=_COSTS[name],
        extensions=_EXTENSIONS.get(name, ()),
        media_types=_MEDIA_TYPES.get(name, ()),
    )


WRITTEN_BY_PACKAGES = ("heif",)
"""Who asks for one of these is told which package brings it."""
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        item.name: item
        for item in (
            _core("jpeg", "jpg", "jpegload", False, False, True, 80),
            _core("png", "png", "pngload", True, False, True, None),
            _core("webp", "webp", "webpload", True, True, True, 80),
            _core("avif", "avif", "heifload", True, False, True, 50),
            _core("tiff", "tiff", "tiffload", True, True, True, None),
            _core("gif", "gif", "gifload", True, True, False, None),
        )
    }
)
"""What the core reads and writes by itself."""


class Formats:
    """Every format of this process: those of the core, and those of codecs, which are asked first.

    Filled once by discovery, then only read.
    """

    def __init__(self) -> None:
        self._formats = dict(FORMATS)

    def add(self, codec: Codec, package: str) -> None:
        """Add the format of a package; ValueError when the name is taken."""
        if codec.name in self._formats:
            raise ValueError(f"expected a new format, got '{codec.name}' again")
        self._formats[codec.name] = Format(
            name=codec.name,
            media_type=codec.media_type,
            extension=codec.extension,
            alpha=codec.alpha,
            animated=codec.animated,
            profile=False,
            quality=codec.quality,
            encoder=encoder_of(codec) if codec.write else None,
            codec=codec,
            package=package,
            cost=codec.cost,
            extensions=codec.extensions,
            media_types=codec.media_types,
        )

    def get(self, name: str) -> Format | None:
        """Give a format by its name."""
        return self._formats.get(name)

    def __iter__(self) -> Iterator[Format]:
        return iter(self._formats.values())

    @property
    def readable(self) -> Sequence[str]:
        """Name what can be read."""
        return list(self._formats)

    @property
    def writable(self) -> Sequence[str]:
        """Name what can be written."""
        return [item.name for item in self if item.encoder]

    @property
    def codecs(self) -> Sequence[Codec]:
        """Give the codecs of packages."""
        return [item.codec for item in self if item.codec]


CORE_FORMATS = Formats()
"""For where no packages are: the core's own formats."""


def choices(formats: Formats) -> list[str]:
    """Name what can be asked for: what is written here, and what a package is known to write."""
    return [*dict.fromkeys((*formats.writable, *WRITTEN_BY_PACKAGES))]
