"""Frames that come one by one, for those who read them in any order: kept in a file."""

import mmap
from collections.abc import Iterable
from pathlib import Path

import pyvips

from ashim_core.plugin import Size, canvas


def spooled(frames: Iterable[pyvips.Image], size: Size, path: Path) -> tuple[pyvips.Image, ...]:
    """Compute frames of one size, one in memory at a time; give them in sRGB with alpha.

    path: of the file, which is gone as soon as nobody needs the frames any more.
    """
    count = 0
    with path.open("w+b") as file:
        path.unlink()
        for frame in frames:
            coloured = frame if frame.bands > 2 else frame.colourspace("srgb")
            file.write(canvas.with_alpha(coloured).write_to_memory())
            count += 1
        file.flush()
        pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    width, height = size
    strip = pyvips.Image.new_from_memory(memoryview(pixels), width, height * count, 4, "uchar")
    strip = strip.copy(interpretation="srgb")
    return tuple(strip.crop(0, height * number, width, height) for number in range(count))
