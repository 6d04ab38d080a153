"""Where pictures lie that are joined: their sizes, the places next to each other, the canvas."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from statistics import median
from typing import Literal

from ashim_core.plugin import Size
from ashim_layout.composing.cut import Cut, contain, cover

Direction = Literal["horizontal", "vertical", "grid"]
ResizeMode = Literal["fit", "original", "stretch", "crop"]
Alignment = Literal["start", "center", "end"]

_SHARE_BEFORE = {"start": 0.0, "center": 0.5, "end": 1.0}
"""How much of the free space lies before a picture."""


@dataclass(frozen=True)
class Arrangement:
    """How pictures are joined. columns: of a grid."""

    direction: Direction
    mode: ResizeMode
    alignment: Alignment
    gap: int
    border: int
    columns: int


@dataclass(frozen=True)
class Piece:
    """What is shown of one picture, and where."""

    cut: Cut
    left: int
    top: int


@dataclass(frozen=True)
class Plan:
    """A canvas, and what lies on it."""

    size: Size
    pieces: tuple[Piece, ...]


def planned(sizes: Sequence[Size], how: Arrangement) -> Plan:
    """Work out sizes and places for pictures of some sizes."""
    cuts = [_cut(size, box, how.mode) for size, box in zip(sizes, _boxes(sizes, how), strict=True)]
    shown = [cut.size for cut in cuts]
    widths, heights = _cells(shown, how)
    lefts, tops = _starts(widths, how), _starts(heights, how)
    before = _SHARE_BEFORE[how.alignment]

    def piece(number: int, cut: Cut) -> Piece:
        row, column = divmod(number, len(widths))
        left = lefts[column] + int((widths[column] - cut.size.width) * before)
        top = tops[row] + int((heights[row] - cut.size.height) * before)
        return Piece(cut, left, top)

    return Plan(
        Size(_end(lefts, widths, how), _end(tops, heights, how)),
        tuple(piece(number, cut) for number, cut in enumerate(cuts)),
    )


def _boxes(sizes: Sequence[Size], how: Arrangement) -> list[Size]:
    """Give the size that each picture is brought to, or has to keep within."""
    if how.direction == "horizontal":
        height = min(size.height for size in sizes)
        return [Size(size.width, height) for size in sizes]
    if how.direction == "vertical":
        width = min(size.width for size in sizes)
        return [Size(width, size.height) for size in sizes]
    width = int(median(size.width for size in sizes))
    height = int(median(size.height for size in sizes))
    return [Size(width, height)] * len(sizes)


def _cut(size: Size, box: Size, mode: ResizeMode) -> Cut:
    if mode == "original":
        return Cut.nothing(size)
    if mode == "stretch":
        return Cut.nothing(box)
    if mode == "crop":
        return cover(size, box)
    return contain(size, box, enlarge=False)


def _cells(shown: Sequence[Size], how: Arrangement) -> tuple[list[int], list[int]]:
    """Give the widths of the columns and the heights of the rows."""
    widths, heights = [size.width for size in shown], [size.height for size in shown]
    if how.direction == "horizontal":
        return widths, [max(heights)]
    if how.direction == "vertical":
        return [max(widths)], heights
    columns = min(how.columns, len(shown))
    return [max(widths)] * columns, [max(heights)] * ceil(len(shown) / columns)


def _starts(lengths: Sequence[int], how: Arrangement) -> list[int]:
    return list(accumulate((length + how.gap for length in lengths[:-1]), initial=how.border))


def _end(starts: Sequence[int], lengths: Sequence[int], how: Arrangement) -> int:
    return starts[-1] + lengths[-1] + how.border
