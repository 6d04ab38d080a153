"""Encoding to at most so many bytes.

The picture is rendered once. Sample strips, which cost a fraction of the whole, tell which rung of
the encoder's ladder to try; whole encodes then make sure that it fits and that the next better
one does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyvips

from ashim_core.errors import TargetUnreachable
from ashim_core.imaging.encode import Writable, kept, save, written_by
from ashim_core.imaging.encoders import Encoder, Ladder, Options
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import Format

_STRIP = 16
"""Rows of a sample strip: one row of JPEG's largest blocks. Many thin strips tell more than few."""
_SHARE = 6
"""A sample takes one row in so many."""
_ENOUGH = 1_000_000
"""Pixels that a sample need not exceed."""
_TINY = 64 * 64
"""Pixels up to which sizes don't fall steadily along a ladder, and trying every rung is cheap."""
_GIVEN_UP = {"Q": "quality", "bitdepth": "bits per pixel", "dither": "dithering"}
"""What people want to know of a rung, by the saver's names."""
_PATIENCE = 4
"""Whole encodes before the search stops asking the sample and halves what is left."""


def encode_to_size(writable: Writable, encoding: Encoding, format: Format, path: Path) -> Options:
    """Write the best result that is not larger than `encoding.max_bytes`; give what it took.

    Raises TargetUnreachable with the smallest size reached.
    """
    encoder, limit = written_by(format), encoding.max_bytes or 0
    ladder = encoder.ladder(encoding.quality or 100, writable.pixels)
    if "subsample_mode" in writable.extra:
        ladder = replace(ladder, rungs=[r for r in ladder.rungs if "subsample_mode" not in r])
    rendered = replace(writable, image=writable.image.copy_memory())
    attempts = _Attempts(rendered, encoder, ladder.rungs, limit, path)
    try:
        found = _search(attempts, ladder)
    finally:
        attempts.scratch.unlink(missing_ok=True)
    if found is None:
        smallest = min(attempts.sizes)
        raise TargetUnreachable(
            f"The result can't be made smaller than {smallest} bytes as {format.name}: "
            f"expected at most {limit}.",
            details=[
                {
                    "field": "targetSizeKB",
                    "expected": f"at least {-(-smallest // 1024)}",
                    "received": f"{limit / 1024:g}",
                }
            ],
        )
    return ladder.rungs[found]


def met_with(rung: Options) -> str:
    """Say to people what a target took, by the arguments of the saver that met it."""
    taken = [f"{words} {rung[name]}" for name, words in _GIVEN_UP.items() if name in rung]
    return f"targetSizeKB: met {'with ' + ', '.join(taken) if taken else 'without loss'}"


class _Attempts:
    """Encodes of the whole picture; the latest that fits is kept at `path`."""

    def __init__(
        self,
        writable: Writable,
        encoder: Encoder,
        rungs: Sequence[Options],
        limit: int,
        path: Path,
    ) -> None:
        self.writable, self.image = writable, writable.image
        self.encoder, self.rungs, self.limit = encoder, rungs, limit
        self.path, self.scratch = path, path.with_suffix(".scratch")
        self.sizes: list[int] = []

    def fits(self, rung: int) -> bool:
        """Encode the picture at one rung and hold it against the limit."""
        save(self.writable, self.encoder, self.rungs[rung], self.scratch)
        self.sizes.append(self.scratch.stat().st_size)
        if self.sizes[-1] > self.limit:
            return False
        self.scratch.replace(self.path)
        return True


class _Sample:
    """Strips spread evenly over the picture, to guess what the whole takes at any rung."""

    def __init__(self, strips: pyvips.Image, whole: _Attempts) -> None:
        self._strips, self._whole = strips, whole
        self._scale = whole.image.height / strips.height
        self._sizes: dict[int, int] = {}

    def size(self, rung: int) -> int:
        """Give the size of the strips alone."""
        if rung not in self._sizes:
            saver = getattr(self._strips, f"{self._whole.encoder.saver}_buffer")
            keep = kept(self._whole.writable)
            self._sizes[rung] = len(
                saver(keep=keep, **{**self._whole.rungs[rung], **self._whole.writable.extra})
            )
        return self._sizes[rung]

    def first_to_fit(self, low: int, high: int) -> int:
        """Name the rung of `low` to `high` that seems to be the first to fit."""
        return _first(lambda rung: self.size(rung) * self._scale <= self._whole.limit, low, high)

    def learn(self, rung: int) -> None:
        """Correct the scale by the attempt just made."""
        self._scale = self._whole.sizes[-1] / self.size(rung)


def _search(attempts: _Attempts, ladder: Ladder) -> int | None:
    """Leave the best result that fits at its path; give its rung, None if nothing fits."""
    sample = _sample(attempts)
    low, high = 0, len(ladder.rungs)
    if ladder.lossless:
        # A picture is no smaller than its parts: strips past the limit spare the attempt.
        if (sample is None or sample.size(0) <= attempts.limit) and attempts.fits(0):
            return 0
        low = 1
    while low < high:
        rung = _guess(attempts, sample, low, high - 1)
        if attempts.fits(rung):
            high = rung
        else:
            low = rung + 1
        if sample:
            sample.learn(rung)
    return high if high < len(ladder.rungs) else None


def _guess(attempts: _Attempts, sample: _Sample | None, low: int, high: int) -> int:
    if sample and len(attempts.sizes) < _PATIENCE:
        return sample.first_to_fit(low, high)
    tiny = attempts.image.width * attempts.image.height <= _TINY
    return low if tiny else (low + high) // 2


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Give the first index for which a monotone condition holds; `high` is taken to hold."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _sample(whole: _Attempts) -> _Sample | None:
    """Cut strips out of every frame; None where that would save too little, or can't be done."""
    if not whole.encoder.saver:
        return None
    image = whole.image
    page = image.get_page_height()
    rows = min(page / _SHARE, page * _ENOUGH / (image.width * image.height))
    count = max(1, round(rows / _STRIP))
    if page < count * _STRIP * 4:
        return None
    # On the grid of the blocks, or what was a JPEG would compress differently in parts.
    tops = [
        int((index + 0.5) * page / count - _STRIP / 2) // _STRIP * _STRIP for index in range(count)
    ]
    strips = [
        image.crop(0, frame + top, image.width, _STRIP)
        for frame in range(0, image.height, page)
        for top in tops
    ]
    joined = pyvips.Image.arrayjoin(strips, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", count * _STRIP)
    return _Sample(joined.copy_memory(), whole)
