"""Colours: a picture brought to few of them, so that it has areas at all."""

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import pyvips

from ashim_core.plugin import canvas, from_numpy, to_numpy
from ashim_vectorize.shapes import packed

if TYPE_CHECKING:
    from ashim_vectorize.shapes import Areas, Mask, Rgb

_SEEN = 128
"""The alpha from which on a pixel is traced."""
_ALIKE, _FLAT = 12, 0.75
"""How much the pixels around one may differ for it to lie in a flat area, and the share of such
pixels from which on a picture is a drawing. Photographs have less than 0.5."""
_WINDOW = 3
_SAMPLE, _WEIGHED = 60_000, 4096
"""Pixels that a palette is made of, and those that its colours are weighed by."""
_ROW = 256
_EFFORT = 7


class Poster(NamedTuple):
    """A picture in few colours.

    palette: all colours that there are, an array of shape (count, 3). drawing: it has been one.
    """

    areas: "Areas"
    palette: "Rgb"
    drawing: bool


def posterised(image: pyvips.Image, *, precision: int, difference: int, smooth: bool) -> Poster:
    """Bring a picture to at most 2^precision colours.

    Those of a drawing are the colours of its flat areas, and what differs by less than `difference`
    is one of them. Anything else is freed of noise first, if smooth is set.
    """
    seen = _seen(image)
    picture = canvas.colours_of(image).colourspace("srgb")
    flat = _flat(picture)
    drawing = bool(flat.mean() >= _FLAT)
    if smooth and not drawing:
        picture = picture.median(_WINDOW)
    sample = _sample(to_numpy(picture), flat if drawing else None, seen)
    palette = _palette(sample, precision)
    if drawing:
        palette = _apart(palette, sample, difference)
    areas = packed(to_numpy(_mapped(picture, palette)), seen)
    return Poster(areas, palette, drawing)


def _sample(pixels: "Rgb", *masks: "Mask | None") -> "Rgb":
    """Give pixels that are in all masks, as far as there are any; an array of shape (count, 3)."""
    import numpy

    chosen = numpy.ones(pixels.shape[:2], bool)
    for mask in masks:
        if mask is not None and (chosen & mask).any():
            chosen &= mask
    sample: Rgb = pixels[chosen]
    return sample


def _seen(image: pyvips.Image) -> "Mask | None":
    if not image.hasalpha():
        return None
    seen: Mask = to_numpy(canvas.alpha_of(image))[:, :, 0] >= _SEEN
    return seen


def _flat(picture: pyvips.Image) -> "Mask":
    """Say which pixels look like all those around them."""
    import numpy

    if min(picture.width, picture.height) < _WINDOW:
        return numpy.ones((picture.height, picture.width), bool)
    most, least = (picture.rank(_WINDOW, _WINDOW, index) for index in (_WINDOW**2 - 1, 0))
    flat: Mask = to_numpy((most - least <= _ALIKE).bandand())[:, :, 0] > 0
    return flat


def _palette(sample: "Rgb", precision: int) -> "Rgb":
    """Find the colours that stand for some others best."""
    import numpy

    sample = sample[:: max(1, len(sample) // _SAMPLE)]
    rows = -(-len(sample) // _ROW)
    strip = from_numpy(numpy.resize(sample, (rows, _ROW, 3)))
    gif = _as_gif(strip, bitdepth=precision, dither=0, effort=_EFFORT)
    words: Any = gif.get("gif-palette")
    colours = [_unpacked(word) for word in words]
    return numpy.unique(numpy.array(colours, numpy.uint8), axis=0)


def _apart(palette: "Rgb", sample: "Rgb", difference: int) -> "Rgb":
    """Leave out colours that nothing has, and those too near to one that more pixels have."""
    import numpy

    some = sample[:: max(1, len(sample) // _WEIGHED)].astype(numpy.int32)
    colours = palette.astype(numpy.int32)
    distances = ((some[:, None] - colours[None]) ** 2).sum(axis=2)
    weights = numpy.bincount(distances.argmin(axis=1), minlength=len(colours))
    kept: list[Any] = []
    for index in numpy.argsort(-weights, kind="stable"):
        nearest = min((((colours[index] - one) ** 2).sum() for one in kept), default=None)
        if nearest is None or (weights[index] and nearest >= difference**2):
            kept.append(colours[index])
    return numpy.array(kept, numpy.uint8)


def _mapped(picture: pyvips.Image, palette: "Rgb") -> pyvips.Image:
    """Give each pixel the nearest colour of a palette."""
    image = picture.copy()
    image.set_type(pyvips.GValue.array_int_type, "gif-palette", [*map(_word, palette)])
    result = _as_gif(image, reuse=True, dither=0, effort=_EFFORT)
    return canvas.colours_of(result).colourspace("srgb")


def _as_gif(image: pyvips.Image, **options: Any) -> pyvips.Image:
    """Write a picture as a GIF, and read it back: that is how libvips gives away its palettes."""
    data: bytes = image.gifsave_buffer(**options)
    result: pyvips.Image = pyvips.Image.gifload_buffer(data)
    return result


def _word(colour: "Rgb") -> int:
    """Write an opaque colour as libvips does: its bytes in memory are red, green, blue, alpha."""
    (word,) = struct.unpack("=i", bytes((*colour.tolist(), 255)))
    return int(word)


def _unpacked(word: int) -> tuple[int, ...]:
    return tuple(struct.pack("=i", word)[:3])
