"""Finding the few colours that stand for all of a picture.

K-means (Lloyd, 1982) in Oklab over the colours that are there, each weighed by its pixels. The
first centre is the commonest colour, and each further one is far from all before it and common, so
that the same picture always has the same palette.
"""

from typing import TYPE_CHECKING, NamedTuple

from ashim_utilities.palette.oklab import from_oklab, to_oklab

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from ashim_utilities.palette.oklab import Bytes, Floats

    Places = NDArray[numpy.intp]

_ROUNDS = 30
_ALIKE = 0.02
"""A distance in Oklab that is just noticeable: colours that near to each other are one."""
_LOW_BITS = 3
"""Of each channel, where colours are so many that they have to be taken together."""
_MOST = 4096


class Swatch(NamedTuple):
    """One colour of a palette. share: of the pixels, 0 to 1."""

    colour: tuple[int, int, int]
    share: float


def swatches(pixels: "Bytes", count: int) -> list[Swatch]:
    """Give up to `count` colours, the commonest first. pixels: sRGB of shape (n, 3), n > 0."""
    colours, weights = _tallied(pixels)
    lab = to_oklab(colours)
    centres = _refined(lab, weights, _begun(lab, weights, count))
    centres, members = _merged(lab, weights, centres)
    return _named(lab, weights, centres, members)


def _tallied(pixels: "Bytes") -> "tuple[Floats, Floats]":
    """Give the colours that are there, and how many pixels each has."""
    import numpy

    keys = pixels.astype(numpy.uint32) @ numpy.array([1 << 16, 1 << 8, 1], numpy.uint32)
    found, counts = numpy.unique(keys, return_counts=True)
    exact = numpy.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(float)
    if len(found) <= _MOST:
        return exact, counts.astype(float)
    coarse = exact.astype(int) >> _LOW_BITS
    _, group = numpy.unique(coarse @ [1 << 16, 1 << 8, 1], return_inverse=True)
    weights = numpy.bincount(group, counts).astype(float)
    sums = [numpy.bincount(group, counts * exact[:, band]) for band in range(3)]
    return numpy.stack(sums, axis=1) / weights[:, None], weights


def _begun(lab: "Floats", weights: "Floats", count: int) -> "Floats":
    """Choose the centres to begin with."""
    chosen = [int(weights.argmax())]
    nearest = _squares(lab, lab[chosen])[:, 0]
    while len(chosen) < count and nearest.max() > _ALIKE**2:
        chosen.append(int((nearest * weights**0.5).argmax()))
        nearest = nearest.clip(max=_squares(lab, lab[chosen[-1:]])[:, 0])
    return lab[chosen]


def _refined(lab: "Floats", weights: "Floats", centres: "Floats") -> "Floats":
    """Move each centre to the middle of what is nearest to it, until nothing moves."""
    import numpy

    for _ in range(_ROUNDS):
        members = _squares(lab, centres).argmin(axis=1)
        moved = _middles(lab, weights, members, centres)
        if numpy.allclose(moved, centres, atol=1e-4):
            return moved
        centres = moved
    return centres


def _middles(lab: "Floats", weights: "Floats", members: "Places", centres: "Floats") -> "Floats":
    import numpy

    sums = numpy.zeros_like(centres)
    numpy.add.at(sums, members, lab * weights[:, None])
    total = numpy.bincount(members, weights, len(centres))[:, None]
    return numpy.where(total > 0, sums / numpy.where(total > 0, total, 1), centres)


def _squares(lab: "Floats", centres: "Floats") -> "Floats":
    """Give the squared distance of each colour to each centre."""
    squares: Floats = ((lab[:, None] - centres[None]) ** 2).sum(axis=2)
    return squares


def _merged(lab: "Floats", weights: "Floats", centres: "Floats") -> "tuple[Floats, Places]":
    """Make one of centres that nobody could tell apart, the nearest two first."""
    import numpy

    while len(centres) > 1:
        apart = _squares(centres, centres)
        numpy.fill_diagonal(apart, numpy.inf)
        one, other = divmod(int(apart.argmin()), len(centres))
        if apart[one, other] > _ALIKE**2:
            break
        kept = numpy.delete(centres, other, axis=0)
        centres = _middles(lab, weights, _squares(lab, kept).argmin(axis=1), kept)
    return centres, _squares(lab, centres).argmin(axis=1)


def _named(lab: "Floats", weights: "Floats", centres: "Floats", members: "Places") -> list[Swatch]:
    import numpy

    shares = numpy.bincount(members, weights, len(centres)) / weights.sum()
    order = sorted(range(len(centres)), key=lambda index: (-shares[index], index))
    colours = from_oklab(centres)
    return [
        Swatch((int(red), int(green), int(blue)), float(shares[index]))
        for index in order
        if shares[index] > 0
        for red, green, blue in [colours[index]]
    ]
