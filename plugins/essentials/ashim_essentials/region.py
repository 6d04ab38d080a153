"""Where a crop cuts: whole pixels, worked out from what was given of the region."""

from math import floor
from typing import NamedTuple

from ashim_core.plugin import ToolError

_SLACK = 1e-6
"""Pixels by which sums of percentages may miss the edge."""


class Axis(NamedTuple):
    """One direction of a region, in pixels; None is what was not given.

    edge, extent: the names of the settings that `start` and `length` come from.
    unit: pixels that count as one in these settings.
    """

    edge: str
    extent: str
    start: float | None
    length: float | None
    side: int
    unit: float

    @classmethod
    def of(
        cls, names: tuple[str, str], given: tuple[float | None, float | None], side: int, unit: str
    ) -> "Axis":
        """Read what was given, in pixels or percent of the side."""
        scale = side / 100 if unit == "percent" else 1.0
        start, length = (None if value is None else value * scale for value in given)
        return cls(*names, start, length, side, scale)

    @property
    def room(self) -> float:
        """The length that was given, or else the largest that fits."""
        return self.side - (self.start or 0) if self.length is None else self.length

    def place(self, length: float) -> tuple[int, int]:
        """Give first pixel and number of pixels; ToolError if they are not all in the picture."""
        start = self.start or 0
        if start >= self.side:
            raise self._outside(
                self.edge, f"at least 0 and less than {self._said(self.side)}", start
            )
        if start + length > self.side + _SLACK and _rounded(start) + _rounded(length) > self.side:
            room = self._said(self.side - start)
            raise self._outside(self.extent, f"more than 0 and at most {room}", length)
        first = min(_rounded(start), self.side - 1)
        count = min(max(_rounded(length), 1), self.side - first)
        return (first if self.start is not None else (self.side - count) // 2), count

    def _said(self, pixels: float) -> str:
        return f"{pixels / self.unit:g}"

    def _outside(self, field: str, expected: str, pixels: float) -> ToolError:
        received = self._said(pixels)
        return ToolError(
            f"The region is not inside of the picture, whose {self.extent} is {self.side} pixels: "
            f"expected {expected} for '{field}' but received {received}.",
            code="REGION_OUTSIDE",
            details=[{"field": field, "expected": expected, "received": received}],
        )


def lengths(across: Axis, down: Axis, ratio: float | None) -> tuple[float, float]:
    """Give width and height of the region: what was given or fits, in the ratio if there is one."""
    width, height = across.room, down.room
    if ratio is None:
        return width, height
    if down.length is None and across.length is not None:
        return width, width / ratio
    if across.length is None and down.length is not None:
        return height * ratio, height
    return min(width, height * ratio), min(height, width / ratio)


def _rounded(value: float) -> int:
    return floor(value + 0.5)
