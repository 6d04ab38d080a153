"""What the boxes of an AVIF or HEIF say: colours by numbers, frames, and where metadata lies.

Sources: ISO/IEC 14496-12, sections 4.2, 8.5 to 8.7, 8.11 and 12.1.5; ISO/IEC 23008-12, section 9
and annex A.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ashim_core.imaging.colour_numbers import Numbers, numbers_of
from ashim_core.imaging.structure import mapped

_MOST_BOXES = 10_000
_FULL = 4
"""Bytes of version and flags, which some boxes have before their content."""
_SAMPLE_SIZES = (b"stsz", b"stz2")
_ABOUT = frozenset((b"Exif", b"mime", b"uri "))
"""Types of items that say something about a picture."""
_ANYTHING = frozenset((b"uuid", b"udta", b"free", b"skip"))


class _Missing(LookupError):
    """A box isn't where it should be."""


class IsoMedia(NamedTuple):
    """numbers: of the colours of the primary picture. frames: of the longest animation, or 0."""

    numbers: Numbers | None = None
    frames: int = 0


class _Box(NamedTuple):
    """A box: its type, and where its content begins and ends."""

    name: bytes
    start: int
    end: int


def read_iso_media(path: Path) -> IsoMedia:
    """Look both up. What can't be found isn't there: damage is the decoder's business."""
    with mapped(path) as data:
        try:
            return _read(data)
        except (struct.error, IndexError, OverflowError, _Missing):
            return IsoMedia()


def _read(data: mmap.mmap) -> IsoMedia:
    numbers, frames = None, 0
    for box in boxes(data, 0, len(data)):
        if box.name == b"meta":
            numbers = _numbers(data, box)
        elif box.name == b"moov":
            frames = max((_samples(data, track) for track in _all(data, box, b"trak")), default=0)
    return IsoMedia(numbers, frames)


def boxes(data: mmap.mmap, start: int, end: int) -> Iterator[_Box]:
    """Give the boxes between two places."""
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        last = end if size == 0 else at + size
        if 0 < size < head or last > end:
            return
        yield _Box(name, at + head, last)
        at = last


def _all(data: mmap.mmap, box: _Box, name: bytes) -> Iterator[_Box]:
    """Give the boxes of one type that lie directly in another one."""
    return (inner for inner in boxes(data, box.start, box.end) if inner.name == name)


def _one(data: mmap.mmap, box: _Box, *path: bytes) -> _Box:
    """Go down through boxes that hold each other."""
    for name in path:
        found = next(_all(data, box, name), None)
        if found is None:
            raise _Missing(name)
        box = found
    return box


def _samples(data: mmap.mmap, track: _Box) -> int:
    """Count the frames of a track of pictures; 0 for any other."""
    media = _one(data, track, b"mdia")
    handler = _one(data, media, b"hdlr")
    if data[handler.start + 8 : handler.start + 12] != b"pict":
        return 0
    table = _one(data, media, b"minf", b"stbl")
    for box in boxes(data, table.start, table.end):
        if box.name in _SAMPLE_SIZES:
            count: int = struct.unpack_from(">I", data, box.start + _FULL + 4)[0]
            return count
    return 0


def _numbers(data: mmap.mmap, meta: _Box) -> Numbers | None:
    """Find the box `colr` with numbers that belongs to the primary picture."""
    inside = _Box(meta.name, meta.start + _FULL, meta.end)
    primary = _primary(data, _one(data, inside, b"pitm"))
    properties = _one(data, inside, b"iprp")
    known = list(boxes(data, *_one(data, properties, b"ipco")[1:]))
    for table in _all(data, properties, b"ipma"):
        for index in _associated(data, table, primary):
            if 0 < index <= len(known) and known[index - 1].name == b"colr":
                start = known[index - 1].start
                if data[start : start + 4] == b"nclx":
                    return numbers_of(*struct.unpack_from(">HH", data, start + 4))
    return None


def _primary(data: mmap.mmap, box: _Box) -> int:
    number: int = struct.unpack_from(">I" if data[box.start] else ">H", data, box.start + _FULL)[0]
    return number


def _associated(data: mmap.mmap, table: _Box, item: int) -> list[int]:
    """Give the numbers, from 1 on, of the properties of an item."""
    wide_items, wide_indices = data[table.start] >= 1, data[table.start + 3] & 1
    (count,) = struct.unpack_from(">I", data, table.start + _FULL)
    at = table.start + _FULL + 4
    for _ in range(min(count, _MOST_BOXES)):
        (number,) = struct.unpack_from(">I" if wide_items else ">H", data, at)
        at += 4 if wide_items else 2
        own = data[at]
        width = 2 if wide_indices else 1
        if number == item:
            raw = struct.unpack_from(f">{own}{'H' if wide_indices else 'B'}", data, at + 1)
            return [value & (0x7FFF if wide_indices else 0x7F) for value in raw]
        at += 1 + own * width
    return []


def metadata_in(data: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """Give the type of each item that is no picture, `Exif` or `mime`, and where a part of it lies.

    So with boxes of their own that hold anything, or nothing: `uuid`, `udta`, `free` and `skip`.

    Raises LookupError where that can't be told.
    """
    try:
        for box in boxes(data, 0, len(data)):
            if box.name == b"meta":
                yield from _items(data, _Box(box.name, box.start + _FULL, box.end))
            elif box.name in _ANYTHING:
                yield box.name, box.start, box.end
            elif box.name == b"moov" and next(_all(data, box, b"meta"), None):
                raise _Missing(b"meta")
    except (struct.error, IndexError, OverflowError) as error:
        raise _Missing(*error.args) from error


def _items(data: mmap.mmap, meta: _Box) -> Iterator[tuple[bytes, int, int]]:
    kinds = dict(_kinds(data, _one(data, meta, b"iinf")))
    wanted = {item: kind for item, kind in kinds.items() if kind in _ABOUT}
    if not wanted:
        return
    inside = next((box.start for box in _all(data, meta, b"idat")), None)
    for item, method, start, size in _extents(data, _one(data, meta, b"iloc")):
        if item in wanted:
            if method > 1 or (method and inside is None) or not size:
                raise _Missing(wanted[item])
            first = start + (inside or 0 if method else 0)
            if first + size > len(data):
                raise _Missing(wanted[item])
            yield wanted[item], first, first + size


def _kinds(data: mmap.mmap, box: _Box) -> Iterator[tuple[int, bytes]]:
    """Give the number and the type of each item."""
    head = _FULL + (4 if data[box.start] else 2)
    for entry in boxes(data, box.start + head, box.end):
        wide = data[entry.start] == 3
        if entry.name != b"infe" or data[entry.start] < 2:
            raise _Missing(entry.name)
        at = entry.start + _FULL
        (number,) = struct.unpack_from(">I" if wide else ">H", data, at)
        at += (4 if wide else 2) + 2
        yield number, data[at : at + 4]


def _extents(data: mmap.mmap, box: _Box) -> Iterator[tuple[int, int, int, int]]:
    """Give item, construction method, offset and size of each part of each item."""
    version, at = data[box.start], box.start + _FULL
    sizes = data[at] >> 4, data[at] & 15, data[at + 1] >> 4, data[at + 1] & 15
    offset_size, length_size, base_size, index_size = sizes
    at += 2
    wide = 4 if version == 2 else 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.end:
            raise _Missing(box.name)
        return int.from_bytes(data[at - size : at], "big")

    for _ in range(min(number(wide), _MOST_BOXES)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)  # where the data is: this file
        base = number(base_size)
        for _ in range(min(number(2), _MOST_BOXES)):
            number(index_size if version else 0)
            start = base + number(offset_size)
            yield item, method, start, number(length_size)
