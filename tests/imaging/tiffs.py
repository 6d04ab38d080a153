"""TIFF files of any kind of samples, written without a library that might refuse or mend them.

Source: TIFF Revision 6.0, sections 2, 8, 15 and 19.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import numpy.typing

Array = numpy.typing.NDArray[Any]
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
CONTIGUOUS, SEPARATE = 1, 2
PLAIN, LZW, DEFLATE = 1, 5, 8
_SHORT, _LONG, _RATIONAL, _UNDEFINED = 3, 4, 5, 7
_HEADER = struct.Struct("<2sHI")
_ENTRY = struct.Struct("<HHII")

WHITE_IS_0, BLACK_IS_0, RGB, PALETTE, INKS, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8


class Rationals(tuple[float, ...]):
    """The value of a tag that is made of fractions."""

    def __new__(cls, *values: float) -> "Rationals":
        return super().__new__(cls, values)


def tiff(*pages: tuple[Array, Mapping[Any, Any]]) -> bytes:
    """Write pages: samples of shape (height, width, bands), and tags, which are numbers or bytes.

    Samples of less than 8 bits are given as bytes, and tag 258 says how many bits count. Tags 284
    (planar) and 322, 323 (tiles) decide how they lie in the file. The tag "raw" gives the bytes of
    the pixels instead.
    """
    body, entries = bytearray(_HEADER.pack(b"II", 42, 0)), 4
    for samples, tags in pages:
        at = len(body) + len(body) % 2
        body[entries : entries + 4] = struct.pack("<I", at)
        body += bytes(at - len(body))
        entries = _page(body, samples, dict(tags))
    return bytes(body)


def _page(body: bytearray, samples: Array, tags: dict[Any, Any]) -> int:
    """Add a page; give the place where that of the next one is to be written."""
    height, width, bands = samples.shape
    bits = tags.pop(258, 8 * samples.itemsize)
    raw = tags.pop("raw", None)
    depth = bits if isinstance(bits, int) else 8
    chunks = [_packed(piece, depth, tags.get(259, PLAIN)) for piece in _pieces(samples, tags)]
    chunks = chunks if raw is None else [raw]
    tiled = 322 in tags
    common: dict[Any, Any] = {
        256: width,
        257: height,
        258: [bits] * bands if isinstance(bits, int) else bits,
        259: PLAIN,
        277: bands,
        284: CONTIGUOUS,
        **({} if tiled else {278: height}),
    }
    lengths = [len(chunk) for chunk in chunks]
    table = {**common, **tags, (325 if tiled else 279): lengths}
    table[324 if tiled else 273] = [0] * len(chunks)
    start = len(body)
    places = start + 2 + 12 * len(table) + 4
    values = bytearray()
    rows: list[tuple[int, int, int, int]] = []
    where = 0
    for tag in sorted(table):
        kind, count, data = _value(table[tag])
        if tag in (273, 324):
            where = len(rows)
        if len(data) <= 4:
            rows.append((tag, kind, count, int.from_bytes(data.ljust(4, b"\0"), "little")))
        else:
            rows.append((tag, kind, count, places + len(values)))
            values += data + bytes(len(data) % 2)
    pixels = places + len(values)
    offsets = [pixels + sum(lengths[:index]) for index in range(len(chunks))]
    tag, kind, count, at = rows[where]
    written = struct.pack(f"<{count}I", *offsets)
    if count == 1:
        rows[where] = (tag, kind, count, offsets[0])
    else:
        values[at - places : at - places + len(written)] = written
    body += struct.pack("<H", len(rows)) + b"".join(_ENTRY.pack(*row) for row in rows) + bytes(4)
    body += bytes(values) + b"".join(chunks)
    return start + 2 + 12 * len(rows)


def _value(value: Any) -> tuple[int, int, bytes]:
    if isinstance(value, bytes):
        return _UNDEFINED, len(value), value
    if isinstance(value, Rationals):
        parts = [part for number in value for part in (round(number * 10_000), 10_000)]
        return _RATIONAL, len(value), struct.pack(f"<{len(parts)}I", *parts)
    numbers: Sequence[int] = value if isinstance(value, list) else [value]
    wide = isinstance(value, list) and len(value) != 1 and max(value) > 65_535
    kind = _LONG if wide or max(numbers) > 65_535 or numbers == [0] * len(numbers) else _SHORT
    return kind, len(numbers), struct.pack(f"<{len(numbers)}{'HI'[kind == _LONG]}", *numbers)


def _pieces(samples: Array, tags: Mapping[Any, Any]) -> list[Array]:
    """Cut the samples into what is stored one after the other: planes, then tiles."""
    if tags.get(284, CONTIGUOUS) == SEPARATE:
        planes = [samples[:, :, band : band + 1] for band in range(samples.shape[2])]
    else:
        planes = [samples]
    if 322 not in tags:
        return planes
    across, down = tags[322], tags[323]
    return [
        _filled(plane[top : top + down, left : left + across], across, down)
        for plane in planes
        for top in range(0, samples.shape[0], down)
        for left in range(0, samples.shape[1], across)
    ]


def _filled(tile: Array, width: int, height: int) -> Array:
    return numpy.pad(tile, ((0, height - tile.shape[0]), (0, width - tile.shape[1]), (0, 0)))


def _packed(piece: Array, bits: int, compression: int) -> bytes:
    if bits < 8 or bits % 8:
        rows = piece.reshape(piece.shape[0], -1)
        each = (rows[:, :, None] >> numpy.arange(bits)[::-1]) & 1
        data = numpy.packbits(each.reshape(piece.shape[0], -1).astype(bool), axis=1).tobytes()
    else:
        data = piece.astype(piece.dtype.newbyteorder("<")).tobytes()
    return zlib.compress(data) if compression == DEFLATE else data
