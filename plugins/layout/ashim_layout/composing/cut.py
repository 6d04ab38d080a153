"""Which part of a picture is shown, and at which size."""

from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

import pyvips

from ashim_core.plugin import Size, canvas

_MARGIN = 4
"""Pixels that enlarging looks at beyond those that it is to show."""


@dataclass(frozen=True)
class Cut:
    """A part of a picture.

    whole: the size that the picture is brought to.
    left, top, size: the part of that which is shown.
    """

    whole: Size
    left: int
    top: int
    size: Size

    @classmethod
    def nothing(cls, whole: Size) -> "Cut":
        """Show all of a picture at a size."""
        return cls(whole, 0, 0, whole)

    def shrink(self, size: Size) -> float:
        """Say how many times smaller a picture of this size may be decoded."""
        return max(1.0, min(size.width / self.whole.width, size.height / self.whole.height))


def cover(size: Size, box: Size, *, zoom: float = 1, pan: tuple[float, float] = (0, 0)) -> Cut:
    """Fill a box with the middle of a picture.

    zoom: how many times larger than it must be.
    pan: how far to move away from the middle, across and down, in percent of what is possible.
    """
    scale = zoom * max(box.width / size.width, box.height / size.height)
    whole = Size(
        max(box.width, round(size.width * scale)), max(box.height, round(size.height * scale))
    )
    left, top = (
        round((outer - inner) / 2 * (1 + percent / 100))
        for outer, inner, percent in zip(whole, box, pan, strict=True)
    )
    return Cut(whole, left, top, box)


def contain(size: Size, box: Size, *, enlarge: bool = True) -> Cut:
    """Show all of a picture, as large as a box allows."""
    scale = min(box.width / size.width, box.height / size.height)
    if scale >= 1 and not enlarge:
        return Cut.nothing(size)
    width, height = max(1, round(size.width * scale)), max(1, round(size.height * scale))
    return Cut.nothing(Size(min(box.width, width), min(box.height, height)))


def drawn(picture: pyvips.Image, cut: Cut) -> pyvips.Image:
    """Cut a part out of a picture that may have been decoded smaller than it is."""
    across = _axis(picture.width, cut.whole.width, cut.left, cut.size.width)
    down = _axis(picture.height, cut.whole.height, cut.top, cut.size.height)
    part = picture.crop(across.start, down.start, across.length, down.length)
    part = canvas.resampled(part, across.scaled, down.scaled)
    return part.crop(across.shown, down.shown, *cut.size)


class _Axis(NamedTuple):
    """Along one side: what is taken of the picture, what becomes of it, and what of that is shown.

    start, length: in pixels of the picture. scaled, shown: in pixels of the result.
    """

    start: int
    length: int
    scaled: int
    shown: int


def _axis(length: int, whole: int, first: int, count: int) -> _Axis:
    """Look at no more of a picture that is enlarged than is shown: all of it may be immense."""
    if whole <= length:
        return _Axis(0, length, whole, first)
    scale = whole / length
    start = max(0, floor(first / scale) - _MARGIN)
    end = min(length, ceil((first + count) / scale) + _MARGIN)
    if (start, end) == (0, length):
        return _Axis(0, length, whole, first)
    scaled = max(count, round((end - start) * scale))
    shown = min(max(0, first - round(start * scale)), scaled - count)
    return _Axis(start, end - start, scaled, shown)
