"""WebP: RIFF chunks, and a header that says which ones there are.

Source of the layout: RFC 9649, section 2.
"""

from collections.abc import Iterator

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata.block import BEHIND, Block, Container, Data, Kind, Piece, number

_PICTURE = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"))
_KINDS: dict[bytes, tuple[Kind, str]] = {
    b"EXIF": ("exif", "EXIF"),
    b"XMP ": ("xmp", "XMP"),
    b"ICCP": ("icc", "ICC profile"),
}
_FLAGS = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}
"""The bits of the header that say that a chunk is there."""

_HEAD = 12


def blocks(data: Data) -> Iterator[Block]:
    """Give a WebP as blocks."""
    if data[:4] != b"RIFF" or data[8:_HEAD] != b"WEBP":
        raise DecodeFailed("The WebP can't be read: it doesn't begin as one.")
    whole = 8 + number(data, 4, 4, "little")
    if whole > len(data):
        raise DecodeFailed("The WebP can't be read: it is cut off, or its length is wrong.")
    yield Block(0, _HEAD)
    at, drawn = _HEAD, False
    while at < whole:
        block = _chunk(data, at, whole)
        drawn = drawn or data[at : at + 4] in (b"VP8 ", b"VP8L", b"ANMF")
        yield block
        at = block.end
    if not drawn:
        raise DecodeFailed("The WebP can't be read: it ends before its picture.")
    if at < len(data):
        yield Block(at, len(data), "other", BEHIND, (at, len(data)))


def _chunk(data: Data, at: int, whole: int) -> Block:
    name = bytes(data[at : at + 4])
    length = number(data, at + 4, 4, "little")
    end = at + 8 + length + length % 2
    if end > whole:
        raise DecodeFailed("The WebP can't be read: the length of a chunk is wrong.")
    if name == b"VP8X" and length < 10:
        raise DecodeFailed("The WebP can't be read: its header is too short.")
    if name in _PICTURE:
        return Block(at, end)
    inner = (at + 8, at + 8 + length)
    kind, title = _KINDS.get(name, ("other", f"chunk {name.decode('latin-1')}"))
    return Block(at, end, kind, title, inner)


def content(data: Data, block: Block) -> bytes:
    """Give what a block says. Some programs put the header of a JPEG before EXIF."""
    return bytes(data[slice(*block.inner)]).removeprefix(b"Exif\0\0")


def wrap(data: Data, block: Block, inside: bytes) -> bytes:
    """Give a chunk with another content."""
    name = bytes(data[block.start : block.start + 4])
    return name + len(inside).to_bytes(4, "little") + inside + bytes(len(inside) % 2)


def finish(data: Data, pieces: list[Piece]) -> list[Piece]:
    """Mend the length of the whole, and what the header says there is."""
    flags = 0
    for piece in pieces:
        flags |= _FLAGS.get(_name(data, piece), 0)
    mended = [
        _header(data, piece, flags) if _name(data, piece) == b"VP8X" else piece for piece in pieces
    ]
    rest = mended[1:]
    size = 4 + sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in rest)
    return [b"RIFF" + size.to_bytes(4, "little") + b"WEBP", *rest]


def _name(data: Data, piece: Piece) -> bytes:
    return piece[:4] if isinstance(piece, bytes) else bytes(data[piece.start : piece.start + 4])


def _header(data: Data, piece: Piece, flags: int) -> bytes:
    head = piece if isinstance(piece, bytes) else bytes(data[piece.start : piece.end])
    kept = head[8] & ~sum(_FLAGS.values())
    return head[:8] + bytes([kept | flags]) + head[9:]


WEBP = Container(blocks, content, wrap, finish=finish)
