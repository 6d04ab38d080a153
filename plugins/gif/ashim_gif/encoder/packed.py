"""Frames as a GIF sees them: a pixel is a colour, or nothing."""

from typing import TYPE_CHECKING, Any

import pyvips

from ashim_core.plugin import from_numpy, to_numpy

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Packed = numpy.typing.NDArray[numpy.uint32]
    """Each pixel as one number: 255, blue, green and red from the highest byte; 0 for nothing."""
    Mask = numpy.typing.NDArray[numpy.bool_]
    Indices = numpy.typing.NDArray[numpy.uint8]
    Places = numpy.typing.NDArray[numpy.int16]

_SEEN = 128
"""The alpha from which on a pixel is seen."""


def packed(frame: pyvips.Image) -> "Packed":
    """Compute a frame in 8-bit sRGB or grey. What is more than half transparent is nothing."""
    import numpy

    pixels: Any = to_numpy(frame)
    result = numpy.empty(pixels.shape[:2], numpy.uint32)
    channels = _channels(result)
    channels[:, :, :3] = pixels[:, :, :1] if frame.bands < 3 else pixels[:, :, :3]
    channels[:, :, 3] = 255
    if frame.hasalpha():
        result[pixels[:, :, -1] < _SEEN] = 0
    return result


def rgb(colours: "Packed") -> "Indices":
    """Give red, green and blue of some colours, an array of shape (count, 3)."""
    return colours.astype("<u4").view("uint8").reshape(-1, 4)[:, :3]


def packed_rgb(colours: "Indices") -> "Packed":
    """Give the colours of an array of shape (count, 3)."""
    import numpy

    result = numpy.empty(len(colours), numpy.uint32)
    _channels(result)[:, :3] = colours
    _channels(result)[:, 3] = 255
    return result


def picture(part: "Packed", seen: "Mask") -> pyvips.Image:
    """Give a part as a picture with alpha, of which only some pixels are seen."""
    import numpy

    return from_numpy(_channels(numpy.where(seen, part, numpy.uint32(0))))


def _channels(colours: "Packed") -> "Indices":
    return colours.view("uint8").reshape(*colours.shape, 4)
