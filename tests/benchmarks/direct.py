"""The best that libvips can do in one process: the measure of what everything around it costs."""

from pathlib import Path
from typing import Any

import pyvips

from ashim_core.executors.worker import harden_libvips

QUALITY = 80
WIDTH = 800
BARE: dict[str, Any] = {"keep": "none"}
"""Arguments of a saver that drops all metadata, as the core's do."""


def prepare() -> None:
    """Set up libvips as the workers do: one thread, no cache."""
    harden_libvips()


def resize_jpeg(path: Path, shrink: int) -> bytes:
    """Make a JPEG 800 wide; the decoder skips what the resize would throw away."""
    image = pyvips.Image.jpegload(str(path), access="sequential", shrink=shrink)
    small = image.resize(WIDTH / image.width)
    return bytes(small.jpegsave_buffer(Q=QUALITY, optimize_coding=True, **BARE))


def to_webp(path: Path) -> bytes:
    """Convert a PNG to WebP."""
    image = pyvips.Image.pngload(str(path), access="sequential")
    return bytes(image.webpsave_buffer(Q=QUALITY, effort=4, **BARE))


def smaller_than(path: Path, limit: int) -> bytes:
    """Reach a size in bytes as people write it: bisect the quality, decode for every attempt."""
    best = b""
    low, high = 1, 100
    while low <= high:
        quality = (low + high) // 2
        image = pyvips.Image.jpegload(str(path), access="sequential")
        data = bytes(image.jpegsave_buffer(Q=quality, optimize_coding=True, **BARE))
        if len(data) <= limit:
            best, low = data, quality + 1
        else:
            high = quality - 1
    return best
