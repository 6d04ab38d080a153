"""Encoding to at most so many bytes.

The picture is rendered once; the rung of the encoder's ladder is found on sample strips, which
cost a fraction of the whole, and then confirmed on the whole picture.
"""

from collections.abc import Callable
from pathlib import Path

import pyvips

from ashim_core.errors import TargetUnreachable
from ashim_core.imaging.encode import ENCODERS, Encoder, Options, Writable, format_of, save
from ashim_core.imaging.formats import Encoding

_STRIPS = 6
_STRIP_HEIGHT = 64
"""Rows per strip: a multiple of every codec's block, so that a strip compresses like the whole."""
_WORTH_SAMPLING = 4
"""How many times larger than its sample a picture must be for the sample to pay."""


def encode_to_size(writable: Writable, encoding: Encoding, path: Path) -> None:
    """Write the best result that is not larger than `encoding.max_bytes`.

    Raises TargetUnreachable with the smallest size reached.
    """
    format = format_of(encoding)
    encoder = ENCODERS[format.name]
    limit = encoding.max_bytes or 0
    ladder = encoder.ladder(encoding.quality or 100, writable.pixels)
    image = writable.image.copy_memory()
    search = _Search(image, encoder, ladder, path)
    best = search.first_within(limit, search.guess(limit))
    if best is None:
        raise TargetUnreachable(
            f"The result can't be made smaller than {search.smallest} bytes as {format.name}: "
            f"expected at most {limit}.",
            details=[
                {
                    "field": "targetSizeKB",
                    "expected": f"at least {-(-search.smallest // 1024)}",
                    "received": f"{limit / 1024:g}",
                }
            ],
        )
    search.write(best)


class _Search:
    """Finds the first rung of a ladder whose result fits; sizes fall along the ladder."""

    def __init__(
        self, image: pyvips.Image, encoder: Encoder, ladder: list[Options], path: Path
    ) -> None:
        self._image, self._encoder, self._ladder, self._path = image, encoder, ladder, path
        self._sizes: dict[int, int] = {}
        self._written: int | None = None

    @property
    def smallest(self) -> int:
        return min(self._sizes.values())

    def guess(self, limit: int) -> int:
        """Name the rung that sample strips say is the first to fit."""
        sample = _sample(self._image)
        if sample is None:
            return len(self._ladder) // 2
        share = self._image.height / sample.height
        scratch = self._path.with_suffix(".sample")

        def fits(rung: int) -> bool:
            save(sample, self._encoder, self._ladder[rung], scratch)
            return scratch.stat().st_size * share <= limit

        rung = _first(fits, 0, len(self._ladder) - 1)
        scratch.unlink(missing_ok=True)
        return rung

    def first_within(self, limit: int, guess: int) -> int | None:
        """Bracket the answer around the guess in growing steps, then bisect inside."""
        last = len(self._ladder) - 1
        low, high, step = 0, last, 1
        if self._size(guess) <= limit:
            high = guess
            while (below := high - step) >= 0:
                if self._size(below) > limit:
                    low = below + 1
                    break
                high, step = below, step * 2
        else:
            low = guess + 1
            while (above := min(low + step - 1, last)) >= low:
                if self._size(above) <= limit:
                    high = above
                    break
                low, step = above + 1, step * 2
        if low > last:
            return None
        return _first(lambda rung: self._size(rung) <= limit, low, high)

    def write(self, rung: int) -> None:
        """Leave the file of this rung at the path."""
        if self._written != rung:
            save(self._image, self._encoder, self._ladder[rung], self._path)

    def _size(self, rung: int) -> int:
        if rung not in self._sizes:
            save(self._image, self._encoder, self._ladder[rung], self._path)
            self._sizes[rung] = self._path.stat().st_size
            self._written = rung
        return self._sizes[rung]


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Give the first index for which a monotone condition holds; `high` is taken to hold."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _sample(image: pyvips.Image) -> pyvips.Image | None:
    """Join strips spread evenly over the picture; None where that saves too little."""
    if image.get_typeof("page-height") or image.height < _STRIPS * _STRIP_HEIGHT * _WORTH_SAMPLING:
        return None
    pitch = (image.height - _STRIP_HEIGHT) / (_STRIPS - 1)
    strips = [
        image.crop(0, round(index * pitch), image.width, _STRIP_HEIGHT) for index in range(_STRIPS)
    ]
    return pyvips.Image.arrayjoin(strips, across=1).copy_memory()
