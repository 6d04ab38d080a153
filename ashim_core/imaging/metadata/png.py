"""PNG: chunks, of which those that the picture needs are known by name.

Source of the layout: W3C PNG (third edition), sections 5, 11 and 13; APNG is part of it.
"""

import re
import zlib
from collections.abc import Iterator

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata.block import BEHIND, Block, Container, Data, Kind, number

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_INFLATED = 4 * 1024 * 1024
_LONGEST = 2**31 - 1
_LONGEST_KEYWORD = 79
_NAME = re.compile(rb"[A-Za-z]{4}")

_PICTURE = frozenset(
    (
        *(b"tRNS", b"cHRM", b"gAMA", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD"),
        *(b"hIST", b"pHYs", b"oFFs", b"sTER", b"acTL", b"fcTL", b"fdAT"),
    )
)
"""Chunks that a decoder may ignore, and that show the picture as it is: its colours, its frames."""

_XMP = b"XML:com.adobe.xmp"
_RAW = b"Raw profile type "
_RAW_KINDS: dict[bytes, Kind] = {
    b"exif": "exif",
    b"APP1": "exif",
    b"xmp": "xmp",
    b"iptc": "iptc",
    b"8bim": "iptc",
    b"icc": "icc",
    b"icm": "icc",
}
"""How programs wrote metadata before there were chunks for it, and what it is."""


def blocks(data: Data) -> Iterator[Block]:
    """Give a PNG as blocks."""
    if data[:8] != SIGNATURE:
        raise DecodeFailed("The PNG can't be read: it doesn't begin as one.")
    yield Block(0, 8)
    at, drawn = 8, False
    while True:
        name, end = _chunk(data, at)
        if at == 8 and name != b"IHDR":
            raise DecodeFailed("The PNG can't be read: its header doesn't come first.")
        drawn = drawn or name == b"IDAT"
        yield _classified(data, at, end, name)
        at = end
        if name == b"IEND":
            break
    if not drawn:
        raise DecodeFailed("The PNG can't be read: it ends before its picture.")
    if at < len(data):
        yield Block(at, len(data), "other", BEHIND, (at, len(data)))


def _chunk(data: Data, at: int) -> tuple[bytes, int]:
    """Give the name of a chunk, and where it ends."""
    length = number(data, at, 4)
    name = bytes(data[at + 4 : at + 8])
    end = at + 12 + length
    if length > _LONGEST or end > len(data) or not _NAME.fullmatch(name):
        raise DecodeFailed("The PNG can't be read: the length of a chunk is wrong.")
    return name, end


def _classified(data: Data, at: int, end: int, name: bytes) -> Block:
    inner = (at + 8, end - 4)
    if name in _PICTURE or name[:1].isupper():
        return Block(at, end)
    if name == b"eXIf":
        return Block(at, end, "exif", "EXIF", inner)
    if name == b"iCCP":
        return Block(at, end, "icc", "ICC profile", inner)
    if name in (b"tEXt", b"zTXt", b"iTXt"):
        return _text(data, at, end)
    if name == b"tIME":
        return Block(at, end, "comments", "time of the last change", inner)
    return Block(at, end, "other", f"chunk {name.decode()}", inner)


def _text(data: Data, at: int, end: int) -> Block:
    keyword = _keyword(data, at, end)
    kind: Kind = "comments"
    if keyword == _XMP:
        kind = "xmp"
    elif keyword.startswith(_RAW):
        kind = _RAW_KINDS.get(keyword.removeprefix(_RAW), "comments")
    name = "XMP" if keyword == _XMP else f"text {keyword.decode('latin-1')}"
    return Block(at, end, kind, name, (at + 8, end - 4))


def _keyword(data: Data, at: int, end: int) -> bytes:
    """Give the keyword of a text chunk."""
    return bytes(data[at + 8 : min(end - 4, at + 8 + _LONGEST_KEYWORD + 1)]).partition(b"\0")[0]


def content(data: Data, block: Block) -> bytes:
    """Give what a block says, inflated and without what the format puts around it."""
    inside = bytes(data[slice(*block.inner)])
    name = bytes(data[block.start + 4 : block.start + 8])
    if name == b"iCCP":
        return _inflated(inside.partition(b"\0")[2][1:])
    if name in (b"tEXt", b"zTXt", b"iTXt"):
        text = _said(name, inside)
        raw = _keyword(data, block.start, block.end).startswith(_RAW)
        return _from_hex(text) if raw else text
    return inside


def _said(name: bytes, inside: bytes) -> bytes:
    """Give the text of a text chunk as bytes."""
    rest = inside.partition(b"\0")[2]
    if name == b"tEXt":
        return rest
    if name == b"zTXt":
        return _inflated(rest[1:])
    compressed, text = rest[:1] == b"\x01", rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if compressed else text


def _inflated(packed: bytes) -> bytes:
    try:
        found = zlib.decompressobj().decompress(packed, _MOST_INFLATED + 1)
    except zlib.error:
        raise DecodeFailed("The PNG can't be read: compressed metadata is damaged.") from None
    if len(found) > _MOST_INFLATED:
        raise DecodeFailed(f"The PNG has metadata of more than {_MOST_INFLATED} bytes.")
    return found


def _from_hex(text: bytes) -> bytes:
    """Undo the oldest way: a name, a length, and the bytes as hexadecimal digits."""
    try:
        found = bytes.fromhex(text.split(maxsplit=2)[2].decode("ascii"))
    except (ValueError, IndexError):
        raise DecodeFailed("The PNG can't be read: a profile in its text is damaged.") from None
    return found.removeprefix(b"Exif\0\0")


def chunk(name: bytes, inside: bytes) -> bytes:
    """Build a chunk."""
    check = zlib.crc32(inside, zlib.crc32(name))
    return len(inside).to_bytes(4, "big") + name + inside + check.to_bytes(4, "big")


def wrap(data: Data, block: Block, inside: bytes) -> bytes:
    """Give the chunk that holds EXIF or XMP today, with another content."""
    if block.kind == "exif":
        return chunk(b"eXIf", inside)
    return chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + inside)


PNG = Container(blocks, content, wrap, plain=chunk(b"sRGB", b"\0"))
