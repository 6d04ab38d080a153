"""Perceptual hashes: pictures that look alike have hashes of which few bits differ.

A difference hash tells for each cell of a grid whether it is brighter than its neighbour: 64 bits
from side to side and 64 from top to bottom (N. Krawetz, "Kind of like that", 2013). So that a copy
that was cut a little at any side is found, too, a picture has such hashes of its inner parts.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyvips

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Bits = NDArray[numpy.uint8]
    Floats = NDArray[numpy.float64]

SIDE = 64
"""Pixels of a thumbnail that a hash is made of."""
_CELLS = 8
_CUTS = (0.0, 0.035)
"""Shares of a side that may be cut off at either end."""
_BRIGHTER = 2.5
"""Levels that a cell has to be brighter by, so that noise in a sky makes no difference."""
_PLAIN = 2.0
"""Levels of deviation up to which there is nothing in a picture but a colour."""
_SAME_COLOUR = 12.0
"""Levels that the mean colours of two plain pictures may differ."""


class Hash(NamedTuple):
    """What a picture looks like.

    parts: of shape (16, 16): 128 bits for the whole picture, and for 15 inner parts of it.
    plain: it is one colour all over. colour: the mean level of red, green and blue.
    """

    parts: "Bits"
    plain: bool
    colour: "Floats"


def hashed(image: pyvips.Image) -> Hash:
    """Make the hash of a picture; what is transparent counts as white."""
    import numpy

    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    image = image.colourspace("srgb") if image.bands < 3 else image
    # A few pixels in each cell have to be right, not sharp.
    small = image.resize(SIDE / image.width, vscale=SIDE / image.height, kernel="linear")
    pixels = numpy.frombuffer(small.write_to_memory(), numpy.uint8).reshape(SIDE, SIDE, 3)
    grey = pixels @ numpy.array([0.299, 0.587, 0.114])
    return Hash(_parts(grey), bool(grey.std() < _PLAIN), pixels.mean(axis=(0, 1)))


def _parts(grey: "Floats") -> "Bits":
    import numpy

    across = _means(grey, _CELLS, _CELLS + 1)
    down = _means(grey, _CELLS + 1, _CELLS)
    bits = numpy.concatenate(
        [
            (across[..., 1:] - across[..., :-1] > _BRIGHTER).reshape(-1, _CELLS**2),
            (down[:, 1:] - down[:, :-1] > _BRIGHTER).reshape(-1, _CELLS**2),
        ],
        axis=1,
    )
    return numpy.packbits(bits, axis=1)


def _means(grey: "Floats", rows: int, columns: int) -> "Floats":
    """Give the mean of each cell of a grid over each part: shape (parts, rows, columns)."""
    cuts = len(_CUTS) ** 2
    sums = _weights(rows) @ grey @ _weights(columns).T
    cells = sums.reshape(cuts, rows, cuts, columns).transpose(0, 2, 1, 3)
    means: Floats = cells.reshape(cuts * cuts, rows, columns)
    return means


@cache
def _weights(cells: int) -> "Floats":
    """Say how much each pixel of a row counts in each cell, for every way to cut the row."""
    import numpy

    pixels = numpy.arange(SIDE)
    found = []
    for begin in _CUTS:
        for end in _CUTS:
            edges = numpy.linspace(begin * SIDE, (1 - end) * SIDE, cells + 1)
            left, right = edges[:-1, None], edges[1:, None]
            overlap = numpy.minimum(right, pixels + 1) - numpy.maximum(left, pixels)
            found.append(overlap.clip(min=0) / (right - left))
    return numpy.concatenate(found)


def distances(one: Hash, others: "Bits") -> "Floats":
    """Give the distance of one picture to each of several: 0 for equal ones, 32 for strangers.

    It is half the bits that differ between the whole of one picture and the nearest part of the
    other, so from 0 to 64, as with hashes of 64 bits. others: their parts, of shape (n, 16, 16).
    """
    import numpy

    whole_there = numpy.bitwise_count(others ^ one.parts[0]).sum(axis=2, dtype=int).min(axis=1)
    whole_here = (
        numpy.bitwise_count(others[:, :1] ^ one.parts[None]).sum(axis=2, dtype=int).min(axis=1)
    )
    nearest: Floats = numpy.minimum(whole_there, whole_here) / 2
    return nearest


def differs_in_colour(one: Hash, other: Hash) -> bool:
    """Say whether two pictures can't be copies as one of them is plain, and in another colour."""
    if not (one.plain or other.plain):
        return False
    return one.plain != other.plain or bool(abs(one.colour - other.colour).max() > _SAME_COLOUR)
