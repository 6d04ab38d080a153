"""Optimize for Web: the smallest file that still looks right, no larger than it is shown."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    FORMAT_ALIASES,
    ChromaSubsampling,
    Decoded,
    Encoding,
    ImageTool,
    Shrink,
    Size,
    Tool,
    ToolSettings,
    canvas,
    hookimpl,
)
from ashim_optimization.choice import choose

_LONGEST = 32_767
_EVERYWHERE = frozenset({"webp"})
"""What every browser reads besides JPEG, PNG and GIF, whatever it says it accepts."""


WebFormat = Annotated[
    Literal["auto", "jpeg", "webp", "avif", "png"],
    FORMAT_ALIASES,
]
MediaType = Annotated[str, Field(max_length=255)]


class OptimizeForWebSettings(ToolSettings):
    example = {"format": "auto", "maxWidthPx": 1600}
    legacy_names = {"maxWidth": "maxWidthPx", "maxHeightPx": "maxHeight"}
    negotiated = "accept"

    format: WebFormat = Field(
        default="auto",
        description="The format of the result. auto looks at the picture: an animation becomes "
        "WebP; a drawing becomes lossless WebP, a photograph AVIF if `accept` names it, else WebP. "
        "Where WebP isn't accepted they become GIF, PNG, and JPEG or, with transparency, PNG.",
        examples=["webp"],
    )
    quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Quality of a lossy format; the default is 80 for jpeg and webp and 50 for "
        "avif. What is lossless ignores it.",
        examples=[80],
    )
    max_width_px: int | None = Field(
        default=None,
        ge=1,
        le=_LONGEST,
        description="The result is at most so wide, in pixels; it is never enlarged.",
        examples=[1600],
    )
    max_height: int | None = Field(
        default=None,
        ge=1,
        le=_LONGEST,
        description="The result is at most so high, in pixels; it is never enlarged.",
        examples=[1200],
    )
    progressive: bool = Field(
        default=True,
        description="A JPEG shows the whole picture early, from coarse to fine, while it loads; "
        "it is a little smaller, too. Other formats ignore this.",
    )
    chroma_subsampling: ChromaSubsampling = "auto"
    strip_metadata: bool = Field(
        default=True,
        description="Drop EXIF, with the place where the picture was taken, XMP and IPTC. "
        "false: they stay as far as the format holds them, and so does the colour profile, but no "
        "embedded thumbnail.",
    )
    accept: list[MediaType] | None = Field(
        default=None,
        max_length=32,
        description="Media types that whoever shows the picture accepts, as in the Accept header "
        "of a request; only format=auto looks at it. It chooses WebP or AVIF only if image/webp or "
        "image/avif is named; a wildcard stands for WebP. JPEG, PNG and GIF are always accepted. "
        "Not given: what the Accept header of the request says, if it names any; else WebP is "
        "accepted and AVIF isn't.",
        examples=[["image/avif", "image/webp"]],
    )


class _Exactly(OptimizeForWebSettings):
    """The greatest sides are those of the result, whatever the decoder made of the picture."""


def accepted(settings: OptimizeForWebSettings) -> frozenset[str]:
    """Say which formats besides those that everything reads may be chosen."""
    if settings.accept is None:
        return _EVERYWHERE
    found: set[str] = set()
    for item in settings.accept:
        media_type, *parameters = (text.strip().lower() for text in item.split(";"))
        if any(_refuses(parameter) for parameter in parameters):
            continue
        if media_type in ("*/*", "image/*"):
            found |= _EVERYWHERE
        elif media_type in ("image/webp", "image/avif"):
            found.add(media_type.removeprefix("image/"))
    return frozenset(found)


def _refuses(parameter: str) -> bool:
    """Say whether a parameter of a media type is the weight 0, which means: not this one."""
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in ("", "0.", ".")


def encoding(settings: OptimizeForWebSettings, current: Encoding) -> Encoding:
    """Say how the result is written; with auto, how it is found out."""
    wanted = Encoding(
        "webp" if settings.format == "auto" else settings.format,
        settings.quality,
        background=current.background,
        progressive=settings.progressive,
        keep_metadata=not settings.strip_metadata,
        subsampling=settings.chroma_subsampling,
        no_larger=True,
    )
    if settings.format != "auto":
        return wanted
    return replace(wanted, choose=partial(chosen, wanted, accepted(settings)))


def chosen(wanted: Encoding, accepted: frozenset[str], picture: Decoded) -> Encoding:
    """Give the encoding for a finished picture."""
    choice = choose(picture, accepted, wanted.quality)
    quality = None if choice.lossless or choice.format == "gif" else wanted.quality
    return replace(wanted, format=choice.format, quality=quality, lossless=choice.lossless)


def target(settings: OptimizeForWebSettings, size: Size) -> Size:
    """Work out the size of the result for a picture of `size`."""
    width, height = settings.max_width_px or size.width, settings.max_height or size.height
    if isinstance(settings, _Exactly):
        return Size(width, height)
    scale = min(1, width / size.width, height / size.height)
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def shrink(settings: OptimizeForWebSettings, size: Size) -> Shrink[OptimizeForWebSettings] | None:
    """Let the decoder skip detail that would be thrown away."""
    small = target(settings, size)
    factor = min(size.width / small.width, size.height / small.height)
    if factor < 2:
        return None
    return Shrink(factor, _Exactly(max_width_px=small.width, max_height=small.height))


def optimize(image: pyvips.Image, settings: OptimizeForWebSettings) -> pyvips.Image:
    """Make a picture ready for a web page: a fitting format, a bounded size, no metadata."""
    size = Size(image.width, image.height)
    return canvas.resampled(image, *target(settings, size))


def preview(image: pyvips.Image, settings: OptimizeForWebSettings) -> pyvips.Image:
    """Make the same picture to look at, with its sizes in the headers; nothing is kept."""
    return optimize(image, settings)


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "optimize-for-web",
        optimize,
        OptimizeForWebSettings,
        category="optimization",
        name="Optimize for Web",
        streams=True,
        keeps_colour=True,
        shrink=shrink,
        encode=encoding,
        actions=[
            # What it makes is all that there is to see of it.
            ImageTool(
                "preview",
                preview,
                OptimizeForWebSettings,
                category="optimization",
                streams=True,
                keeps_colour=True,
                shrink=shrink,
                encode=encoding,
            ),
        ],
    )
