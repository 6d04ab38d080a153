"""From arrays to the core's pictures, in every depth."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyvips

from ashim_core.plugin import from_numpy, from_pillow, to_numpy

if TYPE_CHECKING:
    import numpy
    import numpy.typing
    import PIL.Image
    import PIL.ImageFile

    Pixels = numpy.typing.NDArray[Any]

_FORMATS = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}
_STRIP = 64
"""Rows."""


def picture(pixels: "Pixels", interpretation: str) -> pyvips.Image:
    """Take an array of shape (height, width, bands); interpretation: a colour space of libvips."""
    height, width, bands = pixels.shape
    kind = _FORMATS[pixels.dtype.name]
    image = pyvips.Image.new_from_memory(pixels.tobytes(), width, height, bands, kind)
    return image.copy(interpretation=interpretation)


def plain(pixels: "Pixels") -> pyvips.Image:
    """Take an array of 8 or 16 bits of grey or RGB, with alpha or without."""
    deep = pixels.dtype.name == "uint16"
    if pixels.shape[2] < 3:
        return picture(pixels, "grey16" if deep else "b-w")
    return picture(pixels, "rgb16" if deep else "srgb")


def linear(pixels: "Pixels") -> pyvips.Image:
    """Take an array of linear light, 1 being white: grey or RGB, with alpha or without."""
    import numpy

    if pixels.shape[2] < 3:
        pixels = numpy.concatenate([*[pixels[:, :, :1]] * 3, pixels[:, :, 1:]], axis=2)
    pixels = numpy.nan_to_num(pixels.astype(numpy.float32, copy=False), posinf=1.0, neginf=0.0)
    image = picture(pixels[:, :, :3], "scrgb").colourspace("srgb")
    if pixels.shape[2] == 3:
        return image
    alpha = (pixels[:, :, 3:].clip(0, 1) * 255).round().astype(numpy.uint8)
    return image.bandjoin(picture(alpha, "b-w"))


def linear_in_strips(height: int, strip: Callable[[slice], "Pixels"]) -> pyvips.Image:
    """Take linear light some rows at a time, for as floats it takes four times the memory."""
    import numpy

    parts = [
        to_numpy(linear(strip(slice(top, min(height, top + _STRIP)))))
        for top in range(0, height, _STRIP)
    ]
    image: pyvips.Image = from_numpy(numpy.concatenate(parts))
    return image


def opened(kind: "type[PIL.ImageFile.ImageFile]", path: Path) -> "PIL.Image.Image":
    """Have one decoder of Pillow, and no other, read a header.

    `Image.open` would refuse large pictures as bombs, in its own words; that is the core's to do.
    """
    return kind(path)


def decoded(image: "PIL.Image.Image") -> pyvips.Image:
    """Decode an opened picture."""
    with image:
        image.load()
        return from_pillow(image.convert("L") if image.mode == "1" else image)
