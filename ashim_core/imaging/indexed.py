"""PNG of few colours: a palette, or grey of fewer than 8 bits; nothing is lost.

Source: PNG Specification, third edition, sections 11.2.1 to 11.3.1.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyvips

from ashim_core.imaging.encoders import Options

if TYPE_CHECKING:
    from pathlib import Path

    import numpy
    import numpy.typing

    Colours = numpy.typing.NDArray[numpy.uint32]
    Indices = numpy.typing.NDArray[numpy.uint8]

MOST_PIXELS = 40_000_000
"""More take too much memory: of each pixel there are its bands and its index."""
_MOST_COLOURS = 256
_PART = 1_000_000
"""Pixels that are looked at together."""
_SLOT_BITS = 22
_SEEDS = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F)
"""Odd factors that spread colours over the slots of a table. 256 collide once in 130 times."""
_GREYS = {1: 255, 2: 85, 4: 17}
"""Bits of a pixel, and what its values are multiples of once they are brought to 8 bits."""


def write_indexed(image: pyvips.Image, profile: bytes | None, path: "Path") -> bool:
    """Write a PNG of few colours; False, and no file, where there are too many.

    image: 8 bits, 1 to 4 bands, in memory.
    """
    if image.bands == 1 and (bits := _grey_bits(image)):
        keep = "icc" if profile else "none"
        options: Options = {"bitdepth": bits, "compression": 9, "filter": "none", "keep": keep}
        getattr(image, "pngsave")(str(path), **options)  # noqa: B009 - its stub knows no keywords
        return True
    found = _indexed(_packed(image))
    if found is None:
        return False
    colours, indices = found
    _save(indices.reshape(image.height, image.width), colours, profile, path)
    return True


def _grey_bits(image: pyvips.Image) -> int | None:
    """Give the fewest bits that hold all values of a grey picture; None if that is 8."""
    used = image.hist_find().numpy().ravel().nonzero()[0]
    fitting = (bits for bits, step in _GREYS.items() if not (used % step).any())
    return next(fitting, None)


def _packed(image: pyvips.Image) -> "Colours":
    """Give each pixel as one number: alpha in the highest byte, then blue, green and red."""
    import numpy

    bands = image.numpy().reshape(-1, image.bands)
    packed = numpy.empty(len(bands), numpy.uint32)
    bytes_of = packed.view(numpy.uint8).reshape(-1, 4)
    grey = image.bands < 3
    bytes_of[:, :3] = bands[:, :1] if grey else bands[:, :3]
    bytes_of[:, 3] = bands[:, -1] if image.bands in (2, 4) else 255
    return packed


def _indexed(pixels: "Colours") -> "tuple[Colours, Indices] | None":
    """Give the colours, transparent ones first, and which of them each pixel has."""
    for seed in _SEEDS:
        colours = _colours(pixels, seed)
        if colours is None:
            return None
        if len(colours):
            return colours, _indices(pixels, colours, seed)
    return None


def _slots(pixels: "Colours", seed: int) -> "Iterator[tuple[slice, Colours]]":
    """Give parts of the pixels, and the slot of each one of a part."""
    import numpy

    for start in range(0, len(pixels), _PART):
        part = slice(start, start + _PART)
        yield part, (pixels[part] * numpy.uint32(seed)) >> numpy.uint32(32 - _SLOT_BITS)


def _colours(pixels: "Colours", seed: int) -> "Colours | None":
    """Give all colours in order; None if they are too many, nothing if two share a slot."""
    import numpy

    table = numpy.zeros(1 << _SLOT_BITS, numpy.uint32)
    used = numpy.zeros(1 << _SLOT_BITS, bool)
    for part, slots in _slots(pixels, seed):
        fresh = slots[~used[slots]]
        table[slots] = numpy.where(used[slots], table[slots], pixels[part])
        used[fresh] = True
        if numpy.count_nonzero(used) > _MOST_COLOURS:
            return None
        if (table[slots] != pixels[part]).any():
            return table[:0]
    return numpy.sort(table[used])


def _indices(pixels: "Colours", colours: "Colours", seed: int) -> "Indices":
    import numpy

    table = numpy.zeros(1 << _SLOT_BITS, numpy.uint8)
    for _, slots in _slots(colours, seed):
        table[slots] = numpy.arange(len(colours))
    indices = numpy.empty(len(pixels), numpy.uint8)
    for part, slots in _slots(pixels, seed):
        indices[part] = table[slots]
    return indices


def _save(indices: "Indices", colours: "Colours", profile: bytes | None, path: "Path") -> None:
    from PIL import Image

    entries = colours.astype("<u4").view("uint8").reshape(-1, 4)
    picture = Image.fromarray(indices, "P")
    picture.putpalette(entries[:, :3].tobytes())
    # The sort has put the highest alpha last: what is opaque at the end needs no entry.
    alphas = entries[:, 3].tobytes().rstrip(b"\xff")
    bits = next(bits for bits in (1, 2, 4, 8) if len(colours) <= 1 << bits)
    more = {"transparency": alphas} if alphas else {}
    picture.save(path, "png", bits=bits, compress_level=9, icc_profile=profile, **more)
