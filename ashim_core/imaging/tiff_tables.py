"""Taking out of a TIFF what it says besides its picture, with every byte that stays where it is.

Sources of the layout: TIFF Revision 6.0, section 2 and appendix A; TIFF Technical Note 1.
"""

import mmap
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ashim_core.imaging.structure import Edit

_NEEDED = frozenset(
    {
        *(254, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283),
        *(284, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 334),
        *(338, 339, 340, 341, 347, 512, 513, 514, 529, 530, 531, 532, 34_675),
    }
)
"""Tags without which the picture would look different: of its form, its pixels and its colours."""
_ELSEWHERE = frozenset({330, 519, 520, 521})
"""Tags that lead to what lies elsewhere: further pictures, and the tables of old JPEG."""
_DATA = ((273, 279), (324, 325), (513, 514))
"""Tags that say where pixels lie, and how many bytes of them: strips, tiles, old JPEG."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8}
"""Bytes of a value, by its type."""
_UNSIGNED = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_BIG = 43
_MOST_TABLES = 1000
_MOST_ENTRIES = 4096
"""Tags of a page; real ones have some dozens."""
_MOST_PARTS = 1_000_000
"""Strips or tiles of a page: more take too much memory to be sorted."""


class _Entry(NamedTuple):
    """A tag: as it is stored, and where its value begins and ends."""

    tag: int
    kind: int
    raw: bytes
    start: int
    end: int


class _Table(NamedTuple):
    """A directory: where it begins and ends, its entries, and where the next one is."""

    start: int
    end: int
    entries: tuple[_Entry, ...]
    following: int


class _Layout(NamedTuple):
    """How numbers are written: the byte order, a place, a count of entries; bytes of an entry."""

    order: str
    place: str
    entries: str
    entry: int


def metadata_edits(data: mmap.mmap) -> Iterator[Edit]:
    """Give what to write over, in order: everything that no picture needs becomes zeros.

    Raises LookupError, struct.error or OverflowError where that can't be told.
    """
    layout, at = _begin(data)
    stays = [Edit(0, struct.calcsize(layout.place) * 2)]
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) > _MOST_TABLES:
            raise LookupError("directories")
        seen.add(at)
        table = _table(data, at, layout)
        stays.append(_without(table, layout))
        stays += _values(data, table, layout)
        at = table.following
    yield from _between(sorted(stays), len(data))


def _between(stays: Sequence[Edit], size: int) -> Iterator[Edit]:
    """Have zeros lie between what stays, and tables where they were."""
    at = 0
    for part in stays:
        if part.start > at:
            yield Edit(at, part.start, bytes(part.start - at))
        if part.instead:
            if part.start < at:
                raise LookupError("a directory shares bytes with something else")
            yield part
        at = max(at, part.end)
    if at < size:
        yield Edit(at, size, bytes(size - at))


def _begin(data: mmap.mmap) -> tuple[_Layout, int]:
    order = "<" if data[:2] == b"II" else ">"
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    big = version == _BIG
    place, entries, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    layout = _Layout(order, order + place, order + entries, entry)
    return layout, struct.unpack_from(layout.place, data, 8 if big else 4)[0]


def _table(data: mmap.mmap, at: int, layout: _Layout) -> _Table:
    (count,) = struct.unpack_from(layout.entries, data, at)
    if count > _MOST_ENTRIES:
        raise LookupError("too many tags")
    first = at + struct.calcsize(layout.entries)
    end = first + count * layout.entry
    (following,) = struct.unpack_from(layout.place, data, end)
    starts = range(first, end, layout.entry)
    entries = tuple(_entry(data, start, layout) for start in starts)
    return _Table(at, end + struct.calcsize(layout.place), entries, following)


def _entry(data: mmap.mmap, at: int, layout: _Layout) -> _Entry:
    tag, kind = struct.unpack_from(f"{layout.order}HH", data, at)
    (count,) = struct.unpack_from(layout.place, data, at + 4)
    room = struct.calcsize(layout.place)
    size = _SIZES[kind] * count
    start = at + 4 + room
    if size > room:
        (start,) = struct.unpack_from(layout.place, data, start)
    if start + size > len(data):
        raise LookupError(tag)
    return _Entry(tag, kind, data[at : at + layout.entry], start, start + size)


def _without(table: _Table, layout: _Layout) -> Edit:
    """Write a directory anew, without what nobody needs to see the picture."""
    if any(entry.tag in _ELSEWHERE for entry in table.entries):
        raise LookupError("parts that lie elsewhere")
    needed = [entry for entry in table.entries if entry.tag in _NEEDED]
    count = struct.pack(layout.entries, len(needed))
    following = struct.pack(layout.place, table.following)
    new = count + b"".join(entry.raw for entry in needed) + following
    return Edit(table.start, table.end, new.ljust(table.end - table.start, b"\0"))


def _values(data: mmap.mmap, table: _Table, layout: _Layout) -> Iterator[Edit]:
    """Give where the values lie that stay, and the pixels."""
    found = {entry.tag: entry for entry in table.entries if entry.tag in _NEEDED}
    for entry in found.values():
        if not table.start <= entry.start < table.end:
            yield Edit(entry.start, entry.end)
    for place, size in _DATA:
        if place in found and size in found:
            starts, sizes = (_numbers(data, found[tag], layout) for tag in (place, size))
            for at, many in zip(starts, sizes, strict=False):
                yield Edit(at, at + many)


def _numbers(data: mmap.mmap, entry: _Entry, layout: _Layout) -> tuple[int, ...]:
    letter = _UNSIGNED[entry.kind]
    count = (entry.end - entry.start) // _SIZES[entry.kind]
    if count > _MOST_PARTS:
        raise LookupError("too many parts")
    return struct.unpack_from(f"{layout.order}{count}{letter}", data, entry.start)
