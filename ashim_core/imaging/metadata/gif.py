"""GIF: frames, and extensions of which those that animate are known by name.

Source of the layout: the GIF89a specification, sections 17 to 27.
"""

from collections.abc import Iterator

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata.block import BEHIND, Block, Container, Data, Kind, number

_SCREEN_END = 13
_TRAILER, _EXTENSION, _FRAME = 0x3B, 0x21, 0x2C
_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF
_FRAME_HEADER = 10
_ANIMATION = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_APPLICATIONS: dict[bytes, tuple[Kind, str]] = {
    b"XMP DataXMP": ("xmp", "XMP"),
    b"ICCRGBG1012": ("icc", "ICC profile"),
}
_XMP_END = 258
"""Bytes behind XMP that lead those to its end who take it for blocks with lengths."""


def blocks(data: Data) -> Iterator[Block]:
    """Give a GIF as blocks. A control extension is one with the text that it controls."""
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        raise DecodeFailed("The GIF can't be read: it doesn't begin as one.")
    at = _SCREEN_END + _colour_table(number(data, _SCREEN_END - 3, 1))
    if at > len(data):
        raise DecodeFailed("The GIF can't be read: it is cut off.")
    yield Block(0, at)
    control: Block | None = None
    drawn = False
    while (first := number(data, at, 1)) != _TRAILER:
        block = _extension(data, at) if first == _EXTENSION else _frame(data, at, first)
        if control is not None:
            if block.name == "text":
                block = Block(control.start, block.end, "comments", "text", block.inner)
            else:
                yield control
        control = block if _is_control(data, at, first) else None
        drawn = drawn or first == _FRAME
        if control is None:
            yield block
        at = block.end
    if control is not None:
        yield control
    if not drawn:
        raise DecodeFailed("The GIF can't be read: it ends before its picture.")
    yield Block(at, at + 1)
    if at + 1 < len(data):
        yield Block(at + 1, len(data), "other", BEHIND, (at + 1, len(data)))


def _is_control(data: Data, at: int, first: int) -> bool:
    return first == _EXTENSION and data[at + 1] == _CONTROL


def _colour_table(flags: int) -> int:
    """Give the size in bytes of the colour table that follows a header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _frame(data: Data, at: int, first: int) -> Block:
    if first != _FRAME:
        raise DecodeFailed("The GIF can't be read: there is no block where one should be.")
    flags = number(data, at + _FRAME_HEADER - 1, 1)
    return Block(at, _after(data, at + _FRAME_HEADER + _colour_table(flags) + 1))


def _extension(data: Data, at: int) -> Block:
    label, size = number(data, at + 1, 1), number(data, at + 2, 1)
    end = _after(data, at + 2)
    inner = (at + 2, end)
    if label == _COMMENT:
        return Block(at, end, "comments", "comment", inner)
    if label == _TEXT:
        return Block(at, end, "comments", "text", inner)
    if label == _APPLICATION:
        name = bytes(data[at + 3 : at + 3 + size])
        if name in _ANIMATION:
            return Block(at, end)
        kind, title = _APPLICATIONS.get(name, ("other", f"application {name.decode('latin-1')}"))
        return Block(at, end, kind, title, (at + 3 + size, end))
    if label == _CONTROL:
        return Block(at, end)
    return Block(at, end, "other", f"extension {label}", inner)


def _after(data: Data, at: int) -> int:
    """Skip pieces with a length before them, up to and with the empty one that ends them."""
    while length := number(data, at, 1):
        at += length + 1
    return at + 1


def content(data: Data, block: Block) -> bytes:
    """Give what a block says, put together; XMP stands there as it is."""
    start, end = block.inner
    if block.kind == "xmp":
        return bytes(data[start : max(start, end - _XMP_END)])
    if block.start != start and block.kind is not None and block.name != BEHIND:
        return b"".join(_pieces(data, start))
    return bytes(data[start:end])


def _pieces(data: Data, at: int) -> Iterator[bytes]:
    while length := number(data, at, 1):
        yield bytes(data[at + 1 : at + 1 + length])
        at += length + 1


def wrap(data: Data, block: Block, inside: bytes) -> bytes:
    """Give XMP that is as long as before in the place of the one that was there."""
    start, end = block.inner
    return bytes(data[block.start : start]) + inside + bytes(data[end - _XMP_END : end])


GIF = Container(blocks, content, wrap)
