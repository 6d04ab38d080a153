"""Writing ICC profiles of one curve, with three primaries or for grey.

Source of the layout: ICC.1:2001-04.
"""

import struct
from collections.abc import Callable, Sequence

from ashim_core.imaging.matrices import D50, Matrix, transposed

_STEPS, _FINE_STEPS = 1024, 4096
"""Points of a curve; those of high dynamic range bend too much for a few."""
_PRIMARIES = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES = (b"rTRC", b"gTRC", b"bTRC")

Tags = Sequence[tuple[bytes, bytes]]


def matrix_profile(matrix: Matrix, curve: Callable[[float], float], *, fine: bool = False) -> bytes:
    """Describe RGB: a matrix from linear light to XYZ under D50, and a curve from 0..1 to 0..1.

    fine: the curve is stored with four times as many points.
    """
    columns = zip(_PRIMARIES, transposed(matrix), strict=True)
    table = _table(curve, fine)
    tags = [*((name, _xyz(column)) for name, column in columns), *((n, table) for n in _CURVES)]
    return _assembled(b"RGB ", tags)


def grey_profile(curve: Callable[[float], float], *, fine: bool = False) -> bytes:
    """Describe grey by a curve from 0..1 to 0..1."""
    return _assembled(b"GRAY", [(b"kTRC", _table(curve, fine))])


def _table(curve: Callable[[float], float], fine: bool) -> bytes:
    count = _FINE_STEPS if fine else _STEPS
    levels = (min(max(curve(index / (count - 1)), 0), 1) for index in range(count))
    values = [round(65_535 * level) for level in levels]
    return struct.pack(f">4sII{count}H", b"curv", 0, count, *values)


def _xyz(values: Sequence[float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65_536) for value in values))


def _text(text: str) -> bytes:
    return struct.pack(">4sI", b"text", 0) + text.encode() + b"\0"


def _description(text: str) -> bytes:
    ascii = text.encode() + b"\0"
    return struct.pack(">4sII", b"desc", 0, len(ascii)) + ascii + bytes(4 + 4 + 2 + 1 + 67)


def _assembled(space: bytes, tags: Tags) -> bytes:
    """Put header, tag table and tags together; equal tags are stored once."""
    tags = [
        (b"desc", _description("From the numbers in the file")),
        (b"cprt", _text("No copyright")),
        (b"wtpt", _xyz(D50)),
        *tags,
    ]
    offset = 128 + 4 + 12 * len(tags)
    stored: dict[bytes, int] = {}
    body = b""
    for _, data in tags:
        if data not in stored:
            stored[data] = offset + len(body)
            body += data + bytes(-len(data) % 4)
    table = struct.pack(">I", len(tags)) + b"".join(
        struct.pack(">4sII", name, stored[data], len(data)) for name, data in tags
    )
    return _header(space, offset + len(body)) + table + body


def _header(space: bytes, size: int) -> bytes:
    numbers = struct.pack(">I4xI4s4s4s", size, 0x02400000, b"mntr", space, b"XYZ ")
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    white = struct.pack(">3i", *(round(value * 65_536) for value in D50))
    return (numbers + date + b"acsp" + bytes(28) + white).ljust(128, b"\0")
