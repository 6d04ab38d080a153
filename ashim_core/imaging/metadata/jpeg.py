"""JPEG: marker segments, the scans between them, and what lies behind the end.

Source of the layout: ITU-T T.81 annex B; of the identifiers, CIPA DC-008 and Adobe's XMP part 3.
"""

import re
from collections.abc import Iterator

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata.block import BEHIND, INDEX, Block, Container, Data, Kind, number

EXTENDED = "extended XMP"

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14 = 0xE0, 0xEE
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restarts."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APPLICATION = range(0xE0, 0xF0)

_AFTER_SCAN = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
"""The first marker behind the data of a scan: stuffed zeros and restarts belong to the data."""

_KNOWN: tuple[tuple[int, bytes, int, Kind, str], ...] = (
    (0xE1, b"Exif\0", 6, "exif", "EXIF"),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\0", 29, "xmp", "XMP"),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0", 75, "xmp", EXTENDED),
    (0xE2, b"ICC_PROFILE\0", 14, "icc", "ICC profile"),
    (0xE2, b"MPF\0", 4, "other", INDEX),
    (0xED, b"Photoshop 3.0\0", 14, "iptc", "Photoshop resources"),
)
"""Marker, how the segment begins, length of its header, what it holds, and its name."""

_JFIF, _JFIF_SIZE = b"JFIF\0", 14
_ADOBE, _ADOBE_SIZE = b"Adobe", 12


def blocks(data: Data) -> Iterator[Block]:
    """Give a JPEG as blocks. Bytes that only fill up the space before a marker are left out."""
    if data[:2] != b"\xff\xd8":
        raise DecodeFailed("The JPEG can't be read: it doesn't begin as one.")
    yield Block(0, 2)
    at, drawn = 2, False
    while True:
        at, marker = _marker(data, at)
        if marker == _EOI:
            break
        block = _segment(data, at, marker)
        drawn = drawn or (marker == _SOS)
        yield block
        at = block.end
    if not drawn:
        raise DecodeFailed("The JPEG can't be read: it ends before its picture.")
    yield Block(at, at + 2)
    if at + 2 < len(data):
        yield Block(at + 2, len(data), "other", BEHIND, (at + 2, len(data)))


def _marker(data: Data, at: int) -> tuple[int, int]:
    """Find the marker at a place, behind bytes that fill up; give where it is, and which one."""
    if number(data, at, 1) != 0xFF:
        raise DecodeFailed("The JPEG can't be read: there is no marker where one should be.")
    while (marker := number(data, at + 1, 1)) == 0xFF:
        at += 1
    if marker in (0x00, _SOI):
        raise DecodeFailed("The JPEG can't be read: there is a marker where none may be.")
    return at, marker


def _segment(data: Data, at: int, marker: int) -> Block:
    if marker in _ALONE:
        return Block(at, at + 2)
    length = number(data, at + 2, 2)
    end = at + 2 + length
    if length < 2 or end > len(data):
        raise DecodeFailed("The JPEG can't be read: the length of a segment is wrong.")
    if marker == _SOS:
        return Block(at, _scan_end(data, end))
    if marker == _COM:
        return Block(at, end, "comments", "comment", (at + 4, end))
    if marker in _APPLICATION:
        return _application(data, at, end, marker)
    return Block(at, end)


def _scan_end(data: Data, at: int) -> int:
    found = _AFTER_SCAN.search(data, at)
    if found is None:
        raise DecodeFailed("The JPEG can't be read: it is cut off.")
    return found.start()


def _application(data: Data, at: int, end: int, marker: int) -> Block:
    """Tell what an application segment holds by how it begins."""
    text = data[at + 4 : min(end, at + 4 + 40)]
    for its_marker, prefix, header, kind, name in _KNOWN:
        if marker == its_marker and text.startswith(prefix) and at + 4 + header <= end:
            return Block(at, end, kind, name, (at + 4 + header, end))
    inner = (at + 4, end)
    if marker == _APP0 and text.startswith(_JFIF) and len(text) >= _JFIF_SIZE:
        if end - inner[0] == _JFIF_SIZE:
            return Block(at, end)
        # Width and height of the thumbnail become 0, and the rest stays as it is.
        plain = bytes([0xFF, marker, 0, 16]) + text[: _JFIF_SIZE - 2] + b"\0\0"
        return Block(at, end, "other", "JFIF thumbnail", inner, plain)
    if marker == _APP14 and text.startswith(_ADOBE) and len(text) >= _ADOBE_SIZE:
        if end - inner[0] == _ADOBE_SIZE:
            return Block(at, end)
        # Decoders need its first bytes to know the colour transform.
        plain = bytes([0xFF, marker, 0, 14]) + text[:_ADOBE_SIZE]
        return Block(at, end, "other", "data in the Adobe segment", inner, plain)
    return Block(at, end, "other", f"application data {marker - _APP0}", inner)


def content(data: Data, block: Block) -> bytes:
    """Give what a block says."""
    return bytes(data[slice(*block.inner)])


def wrap(data: Data, block: Block, inside: bytes) -> bytes:
    """Give a segment with another content."""
    head = data[block.start + 4 : block.inner[0]]
    length = 2 + len(head) + len(inside)
    return bytes(data[block.start : block.start + 2]) + length.to_bytes(2, "big") + head + inside


JPEG = Container(blocks, content, wrap)
