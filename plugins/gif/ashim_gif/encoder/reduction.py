"""Fewer colours than there are: a palette that is kept for as long as it fits, and dithering."""

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import pyvips

from ashim_core.plugin import from_numpy
from ashim_gif.encoder.changes import Change
from ashim_gif.encoder.packed import picture, rgb

if TYPE_CHECKING:
    import numpy.typing

    from ashim_gif.encoder.packed import Indices, Packed

    Distances = numpy.typing.NDArray[numpy.float32]

MOST = 255
"""Colours beside the one entry for what isn't drawn."""
_SAMPLE = 60_000
"""Pixels that a palette is made of: it is as good as one of all pixels, and much quicker."""
_LOOKED_AT = 4096
"""Pixels by which it is seen whether a palette still fits, and what its colours weigh."""
_WORSE, _SLACK = 1.25, 3.0
"""A palette fits while the error is at most so many times what it was, and this on top of it."""
_ROW = 256
_EXACT = 4
"""The least effort at which libvips takes the colours of a palette as they are."""
_SCREEN_END = 13


class Reduced(NamedTuple):
    """A frame that was brought to fewer colours.

    table: of its colours, of 2, 4, 8 … 256 entries. data: its compressed numbers.
    """

    table: bytes
    transparent: int | None
    data: bytes


class Reduction:
    """Brings frames to a palette, one after the other.

    colours: the most that a frame gets, 2 to 256. dither: 0 to 1. effort: 1 to 10.
    """

    def __init__(self, colours: int, dither: float, effort: int) -> None:
        self._most = min(colours, MOST)
        self._dither, self._effort = dither, effort
        self._palette: Indices | None = None
        self._error = 0.0

    def reduced(self, change: Change) -> Reduced:
        """Bring what has changed of a frame to few colours."""
        pixels = change.part[change.changed]
        palette = self._fitting(pixels)
        image = picture(change.part, change.changed).copy()
        image.set_type(pyvips.GValue.array_int_type, "gif-palette", [*map(_word, palette)])
        return _parts(
            _gif(image, reuse=True, dither=self._dither, effort=max(self._effort, _EXACT))
        )

    def _fitting(self, pixels: "Packed") -> "Indices":
        """Give the palette of the frames before while it fits, else a new one."""
        seen = rgb(pixels[:: max(1, len(pixels) // _LOOKED_AT)])
        enough = self._error * _WORSE + _SLACK
        if self._palette is not None and _error(seen, self._palette) <= enough:
            return self._palette
        self._palette = self._made(rgb(pixels[:: max(1, len(pixels) // _SAMPLE)]))
        self._error = _error(seen, self._palette)
        return self._palette

    def _made(self, sample: "Indices") -> "Indices":
        """Find the colours that stand for some others best."""
        import numpy

        # Whole rows, of which the last may show pixels of the first ones once more.
        rows = -(-len(sample) // _ROW)
        strip = numpy.resize(sample, (rows, _ROW, 3))
        bits = max(1, (self._most - 1).bit_length())
        data = _gif(from_numpy(strip), bitdepth=bits, dither=0, effort=self._effort)
        found = numpy.frombuffer(_parts(data).table, numpy.uint8).reshape(-1, 3)
        some = sample[:: max(1, len(sample) // _LOOKED_AT)]
        nearest = _distances(some, found).argmin(axis=1)
        weights = 1 + numpy.bincount(nearest, minlength=len(found))
        return _merged(found, weights, self._most)


def _error(pixels: "Indices", palette: "Indices") -> float:
    """Give the mean square of how far pixels are from the nearest colour."""
    return float(_distances(pixels, palette).min(axis=1).mean())


def _distances(pixels: "Indices", palette: "Indices") -> "Distances":
    """Give the square of the distance of each pixel to each colour."""
    import numpy

    one, other = pixels.astype(numpy.float32), palette.astype(numpy.float32)
    product = one @ other.T
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :]
    distances: Distances = (squares - 2 * product).clip(min=0)
    return distances


def _merged(colours: "Indices", weights: Any, most: int) -> "Indices":
    """Put the two colours together that this costs least, until there are few enough.

    The cost is that of Ward: how much the squares of all distances grow by it.
    """
    import numpy

    means = colours.astype(numpy.float32)
    weights = weights.astype(numpy.float32)
    while len(means) > most:
        share = weights[:, None] * weights[None, :] / (weights[:, None] + weights[None, :])
        costs = _distances(means, means) * share  # type: ignore[arg-type]
        numpy.fill_diagonal(costs, numpy.inf)
        one, other = divmod(int(costs.argmin()), len(means))
        both = weights[one] + weights[other]
        means[one] = (means[one] * weights[one] + means[other] * weights[other]) / both
        weights[one] = both
        means, weights = numpy.delete(means, other, 0), numpy.delete(weights, other)
    return means.round().astype(numpy.uint8)


def _word(colour: "Indices") -> int:
    """Write an opaque colour as libvips does: its bytes in memory are red, green, blue, alpha."""
    (word,) = struct.unpack("=i", bytes((*colour.tolist(), 255)))
    return int(word)


def _gif(image: pyvips.Image, **options: Any) -> bytes:
    data: bytes = image.gifsave_buffer(**options)
    return data


def _parts(gif: bytes) -> Reduced:
    """Take a GIF of one frame, as libvips writes it, apart."""
    flags, at = gif[10], _SCREEN_END
    table = gif[at : at + (3 << (flags & 7) + 1)] if flags & 0x80 else b""
    at += len(table)
    transparent = None
    while gif[at] == 0x21:
        if gif[at + 1] == 0xF9 and gif[at + 3] & 1:
            transparent = gif[at + 6]
        at = _after(gif, at + 2)
    flags, at = gif[at + 9], at + 10
    if flags & 0x80:
        table = gif[at : at + (3 << (flags & 7) + 1)]
        at += len(table)
    return Reduced(table, transparent, gif[at : _after(gif, at + 1)])


def _after(gif: bytes, at: int) -> int:
    """Skip blocks up to and with the empty one that ends them."""
    while length := gif[at]:
        at += length + 1
    return at + 1
