"""What is found: symbols with what they say and where they are, and the names of their kinds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Symbology = Literal[
    "QRCode",
    "MicroQRCode",
    "rMQR",
    "DataMatrix",
    "Aztec",
    "PDF417",
    "MicroPDF417",
    "MaxiCode",
    "EAN-13",
    "EAN-8",
    "UPC-A",
    "UPC-E",
    "Code39",
    "Code93",
    "Code128",
    "ITF",
    "Codabar",
    "DataBar",
    "DataBarExpanded",
    "DataBarLimited",
    "Telepen",
    "other",
]
LINEAR = frozenset(
    {
        *("EAN-13", "EAN-8", "UPC-A", "UPC-E", "Code39", "Code93", "Code128", "ITF", "Codabar"),
        *("DataBar", "DataBarExpanded", "DataBarLimited", "Telepen"),
    }
)
"""Those of bars alone, which are read along a line."""
_UNSURE = frozenset({"ITF", "UPC-E", "EAN-8", "Codabar", "Telepen", "DataBarLimited"})
"""Those whose check finds few mistakes, or that have none."""
_REACH, _LESS = 0.75, 1.5
"""Of the size of a symbol, how far around it others may be parts of it, and how much smaller."""
_NEAR = 0.5
"""Of its own size, how far apart the middles of one symbol may be to two readers."""


class Point(NamedTuple):
    """In pixels, from the top left of the upright picture."""

    x: float
    y: float


@dataclass(frozen=True)
class Symbol:
    """One symbol that was read.

    corners: top left, top right, bottom right and bottom left of the symbol as it is printed.
    level: how much of it may be damaged, where its kind has that.
    article: the number of 13 digits that those of EAN and UPC stand for.
    readers: those that have read it.
    """

    type: Symbology
    text: str
    content: bytes
    corners: tuple[Point, Point, Point, Point]
    readers: tuple[str, ...]
    level: str | None = None
    article: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """What is the same for two readers that call a symbol by different names."""
        return ("article", self.article) if self.article else (self.type, self.text)

    @property
    def middle(self) -> Point:
        """The middle of its corners."""
        return Point(
            sum(corner.x for corner in self.corners) / 4,
            sum(corner.y for corner in self.corners) / 4,
        )

    @property
    def size(self) -> float:
        """The longest distance between two of its corners."""
        return max(math.dist(one, other) for one in self.corners for other in self.corners)

    @property
    def orientation(self) -> int:
        """Degrees that it is turned clockwise, 0 to 359."""
        left, right = self.corners[0], self.corners[1]
        return round(math.degrees(math.atan2(right.y - left.y, right.x - left.x))) % 360


def merged(found: Sequence[Symbol]) -> list[Symbol]:
    """Make one of what several readers or looks have found at the same place.

    The first that was found says where it is. Bars that were read askew, or by half, are left out.
    They are sorted from top to bottom, then left to right.
    """
    kept: list[Symbol] = []
    for symbol in found:
        for index, other in enumerate(kept):
            if _same(symbol, other):
                readers = tuple(dict.fromkeys((*other.readers, *symbol.readers)))
                kept[index] = replace(other, readers=readers)
                break
        else:
            kept.append(symbol)
    sound = [one for one in kept if not any(_askew(one, other) for other in kept)]
    return sorted(sound, key=lambda symbol: (round(symbol.middle.y), round(symbol.middle.x)))


def _same(one: Symbol, other: Symbol) -> bool:
    if one.identity != other.identity:
        return False
    apart = math.dist(one.middle, other.middle)
    return apart <= _NEAR * max(one.size, other.size)


def _askew(one: Symbol, other: Symbol) -> bool:
    """Say whether a symbol is but a part of another one, or bars of it that look like others.

    That happens to kinds that hardly check what they read.
    """
    if one is other or one.type not in _UNSURE or other.type not in LINEAR:
        return False
    if math.dist(one.middle, other.middle) > _REACH * other.size:
        return False
    if one.type == other.type and one.text in other.text:
        return True
    return len(one.readers) < len(other.readers) or _LESS * one.size < other.size
