"""Drawings to pixels, by the renderer that libvips brings along: librsvg."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import pyvips

_LOADER = "VipsForeignLoadSvg"
_one_at_a_time = Lock()
"""What is allowed is allowed for the whole process."""


def draw(data: bytes, scale: float = 1) -> pyvips.Image:
    """Draw an SVG that was written here, or made harmless by `clean`: sRGB with alpha, in memory.

    Nothing else: to libvips the renderer is one for trusted files only, and it stays switched off
    for all others. Lengths should be plain numbers: an inch has 72 pixels here, not 96 as in CSS.
    scale: pixels for each of them. Raises pyvips.Error for what is no SVG.
    """
    with _allowed():
        image: pyvips.Image = pyvips.Image.svgload_buffer(data, scale=scale)
        return image.copy(interpretation="srgb").copy_memory()


@contextmanager
def _allowed() -> Iterator[None]:
    with _one_at_a_time:
        pyvips.operation_block_set(_LOADER, False)
        try:
            yield
        finally:
            pyvips.operation_block_set(_LOADER, True)
