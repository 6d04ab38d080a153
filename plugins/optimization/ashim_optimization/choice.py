"""Which format suits a picture: found out by encoding a small part of it in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import pyvips

from ashim_core.plugin import Decoded

Chosen = Literal["jpeg", "png", "webp", "avif", "gif"]

_SIDE = 256
"""Pictures up to this square are encoded whole; of others as many pixels, in patches."""
_PATCHES = 4
"""Patches across, and down. Many small ones meet more of a picture than few large ones."""
_LONG = 8192
"""Pixels along one side that every encoder takes."""
_WEBP_SIDE = 16_383
"""The longest side of a WebP; that of AVIF is one pixel more."""
_WORTH = 1.25
"""How much larger the result may be where that spares it any loss."""
_QUALITY = 80
_PNG: dict[str, Any] = {"keep": "none", "compression": 6, "filter": "paeth"}


@dataclass(frozen=True)
class Choice:
    """A format, and whether nothing is to be lost in it."""

    format: Chosen
    lossless: bool = False


def choose(picture: Decoded, accepted: frozenset[str], quality: int | None) -> Choice:
    """Choose a format for a finished picture whose pixels are in memory.

    accepted: of `webp` and `avif` those that may be chosen; PNG, JPEG and GIF always may.
    quality: that a lossy format would get.
    """
    if max(picture.frames[0].width, picture.frames[0].height) > _WEBP_SIDE:
        accepted = frozenset()
    if len(picture.frames) > 1:
        return Choice("webp" if "webp" in accepted else "gif")
    part = sample(picture.frames[0])
    if part.hasalpha() and not accepted:
        return Choice("png", lossless=True)
    most = int(_with_loss(part, accepted, quality or _QUALITY) * _WORTH)
    if without_loss := _without_loss(part, accepted, most):
        return without_loss
    if "avif" in accepted:
        return Choice("avif")
    return Choice("webp" if accepted else "jpeg")


def _with_loss(part: pyvips.Image, accepted: frozenset[str], quality: int) -> int:
    """Give the bytes that the part takes in a lossy format; AVIF is too slow to be asked."""
    if accepted:
        return len(part.webpsave_buffer(keep=0, Q=quality, effort=4))
    return len(part.jpegsave_buffer(keep=0, Q=quality, optimize_coding=True))


def _without_loss(part: pyvips.Image, accepted: frozenset[str], most: int) -> Choice | None:
    """Give the lossless format, or None if it takes more than `most` bytes."""
    if "webp" in accepted:  # always smaller than PNG
        size = len(part.webpsave_buffer(keep=0, lossless=True, effort=4))
        return Choice("webp", lossless=True) if size <= most else None
    size = len(part.pngsave_buffer(**_PNG))
    return Choice("png", lossless=True) if size <= most else None


def sample(image: pyvips.Image) -> pyvips.Image:
    """Give a small picture whole, or patches spread evenly over a large one, at its own size."""
    # A picture may be high and narrow, or low and wide.
    width = min(image.width, _LONG, max(_SIDE, ceil(_SIDE * _SIDE / image.height)))
    height = min(image.height, _LONG, _SIDE * _SIDE // width)
    if (width, height) == (image.width, image.height):
        return image
    patch = max(1, width // _PATCHES), max(1, height // _PATCHES)
    patches = [
        image.crop(left, top, *patch)
        for top in _spread(image.height, patch[1])
        for left in _spread(image.width, patch[0])
    ]
    return pyvips.Image.arrayjoin(patches, across=_PATCHES).copy_memory()


def _spread(side: int, part: int) -> Sequence[int]:
    """Give where parts begin that are spread evenly over a side."""
    return [(side - part) * (2 * index + 1) // (2 * _PATCHES) for index in range(_PATCHES)]
