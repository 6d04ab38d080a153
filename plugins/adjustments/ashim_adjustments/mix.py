"""Mixing colours: everything that is linear in red, green and blue, as one matrix and an offset.

The weights and the turn of the hue are those of the filters in CSS, so a preview in a browser shows
what comes out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

Row = tuple[float, float, float]
Rows = tuple[Row, Row, Row]

WEIGHTS: Row = (0.213, 0.715, 0.072)
"""How much red, green and blue add to lightness; together 1."""
UNCHANGED: Rows = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
GREY: Rows = (WEIGHTS, WEIGHTS, WEIGHTS)
SEPIA: Rows = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
NEGATIVE: Rows = ((-1, 0, 0), (0, -1, 0), (0, 0, -1))
COLOUR: Rows = ((0.787, -0.715, -0.072), (-0.213, 0.285, -0.072), (-0.213, -0.715, 0.928))
"""What is left of a colour without the grey of its lightness."""
_QUARTER: Rows = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))
"""The same after a quarter of a turn."""
_SAME = 1e-9


@dataclass(frozen=True)
class Mix:
    """New colours from old ones: how much of red, green and blue is in each, and what is added."""

    rows: Rows = UNCHANGED
    offset: float = 0

    @property
    def apart(self) -> bool:
        """Every channel comes from itself alone."""
        return all(self.rows[i][j] == 0 for i in range(3) for j in range(3) if i != j)

    @property
    def makes_grey(self) -> bool:
        """All channels become the same."""
        return all(row == self.rows[0] for row in self.rows)

    @property
    def keeps_grey(self) -> bool:
        """What is grey before is grey after."""
        sums = [sum(row) for row in self.rows]
        return max(sums) - min(sums) < _SAME


def chain(steps: Sequence[Rows]) -> Rows:
    """Make one matrix of several, the first of which comes first."""
    rows = UNCHANGED
    for step in steps:
        red, green, blue = (_times(row, rows) for row in step)
        rows = (red, green, blue)
    return rows


def saturation(factor: float) -> Rows:
    """Move colours away from the grey of their lightness, or with less than 1 towards it."""
    return _sum(GREY, 1 - factor, UNCHANGED, factor)


def hue(degrees: float) -> Rows:
    """Turn colours around grey; their lightness by the weights stays."""
    angle = radians(degrees)
    return _sum(saturation(cos(angle)), 1, _QUARTER, sin(angle))


def gains(red: float, green: float, blue: float) -> Rows:
    """Multiply each channel."""
    return ((red, 0, 0), (0, green, 0), (0, 0, blue))


def _times(row: Row, rows: Rows) -> Row:
    red, green, blue = (
        sum(share * other[band] for share, other in zip(row, rows, strict=True))
        for band in range(3)
    )
    return red, green, blue


def _sum(one: Rows, much: float, other: Rows, more: float) -> Rows:
    red, green, blue = (
        (much * a[0] + more * b[0], much * a[1] + more * b[1], much * a[2] + more * b[2])
        for a, b in zip(one, other, strict=True)
    )
    return red, green, blue
