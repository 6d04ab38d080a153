"""Where a picture is cut: each side by itself, into parts that leave no pixel out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A part of one side: its first pixel, and how many there are."""

    start: int
    length: int


@dataclass(frozen=True)
class Cuts:
    """The rows and the columns that a picture is cut into."""

    rows: Sequence[Span]
    columns: Sequence[Span]

    @property
    def count(self) -> int:
        """How many parts there are in all."""
        return len(self.rows) * len(self.columns)


def in_parts(side: int, count: int) -> list[Span]:
    """Cut a side into parts of one length; the last one has what is left over, too."""
    length = side // count
    last = (count - 1) * length
    return [*(Span(start, length) for start in range(0, last, length)), Span(last, side - last)]


def by_length(side: int, length: int) -> list[Span]:
    """Cut a side into parts of a given length; the last one may be shorter."""
    return [Span(start, min(length, side - start)) for start in range(0, side, length)]
