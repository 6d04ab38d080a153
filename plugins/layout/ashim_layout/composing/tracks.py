"""Where the columns and rows of a grid begin and end: whole pixels, with equal gaps."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple


class Track(NamedTuple):
    """A column or a row: its first pixel, and the first that no longer belongs to it."""

    start: int
    end: int


def tracks(shares: Sequence[int], length: int, gap: int) -> list[Track]:
    """Divide a length by shares, with a gap before, between and after them.

    Where the gaps leave nothing, tracks are empty.
    """
    room = max(0, length - gap * (len(shares) + 1))
    whole = sum(shares)
    # Rounding the sums, not the parts: what one track loses, the next one gets.
    bounds = [round(room * part / whole) for part in accumulate(shares, initial=0)]
    return [
        Track(start + gap * number, end + gap * number)
        for number, (start, end) in enumerate(pairwise(bounds), 1)
    ]


def widest_gap(shares: Sequence[int], length: int, gap: int) -> int:
    """Give the widest gap up to `gap` that leaves at least one pixel of every track."""
    while gap and any(start == end for start, end in tracks(shares, length, gap)):
        gap -= 1
    return gap
