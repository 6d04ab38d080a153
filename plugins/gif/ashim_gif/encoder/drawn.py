"""One frame with its colours as they are, in the smallest of the ways that are tried."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ashim_gif.encoder.changes import Change, touched
from ashim_gif.encoder.lzw import compressed
from ashim_gif.encoder.table import Table, distinct

if TYPE_CHECKING:
    from ashim_gif.encoder.packed import Mask

_ALL_OF_IT, _WHOLE_RUNS = 4, 7
"""The efforts from which on further ways are tried."""
_SMALL = 32
"""Colours up to which a table of its own may pay for shorter codes."""


class Drawn(NamedTuple):
    """A compressed frame, and the table that its numbers belong to.

    shared: it is the table of the whole film; else it goes along with the frame.
    """

    data: bytes
    table: Table
    shared: bool

    @property
    def size(self) -> int:
        return len(self.data) + (0 if self.shared else len(self.table.data))


def drawn(change: Change, film: Table, effort: int, colours: int) -> Drawn | None:
    """Compress a change without losing a colour; None if it has too many of them.

    film: the table of the whole film so far.  colours: the most that it may have.
    """
    found = [way for mask in _masks(change, effort) for way in _ways(change, mask, film, colours)]
    return min(found, key=lambda way: way.size, default=None)


def _masks(change: Change, effort: int) -> Iterator["Mask"]:
    """Say which pixels may be drawn: what has changed, and for the sake of the codes some more."""
    yield change.changed
    if change.changed.all() or not change.changed.any():
        return
    if effort >= _ALL_OF_IT and (change.part != 0).all():
        yield change.part != 0
    if effort >= _WHOLE_RUNS:
        yield touched(change.part, change.changed)


def _ways(change: Change, mask: "Mask", film: Table, most: int) -> Iterator[Drawn]:
    colours = distinct(change.part[mask])
    if colours is None or len(colours) > most:
        return
    # Some decoders clear to the first colour unless the frame speaks of transparency.
    transparent = change.clears or not mask.all()
    shared = film.holding(colours, transparent)
    if shared is not None:
        yield _with(shared, change, mask, shared=True)
    own = Table().holding(colours, transparent)
    if own is not None and (shared is None or (len(own) <= _SMALL and own.bits < shared.bits)):
        yield _with(own, change, mask, shared=False)


def _with(table: Table, change: Change, mask: "Mask", *, shared: bool) -> Drawn:
    numbers = table.numbers(change.part, mask)
    bits = max(1, int(numbers.max()).bit_length())
    return Drawn(compressed(numbers, bits), table, shared)
