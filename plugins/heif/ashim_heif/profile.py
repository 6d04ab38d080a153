"""ICC profiles for colours that a file describes by numbers.

HEIF can say in a box `nclx` which primaries and which transfer curve its colours have. The core
understands ICC profiles, so this makes one: three primaries, a white point and one curve.

Sources: ITU-T H.273, tables 2 and 3 (the numbers); ICC.1:2001-04 (the layout); the cone responses
of Bradford, by which ICC wants colours adapted to its own white, D50.
"""

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

Matrix = list[list[float]]
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD: Matrix = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
]
_POINTS = 4096
_WHITE_OF_PQ = 203 / 10_000
"""Where plain white lies on the scale of PQ, by ITU-R BT.2408; what is brighter is cut off."""
_WHITE_OF_HLG = 0.75
"""The signal of plain white in HLG, by the same report."""

_SRGB = 13


class Numbers(NamedTuple):
    """The colours of a file: x and y of red, green, blue and white, and the transfer curve."""

    points: tuple[tuple[float, float], ...]
    transfer: int


def _gamma(exponent: float) -> Callable[[float], float]:
    return lambda value: value**exponent


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _pq(value: float) -> float:
    """Source: SMPTE ST 2084."""
    root = value ** (32 / 2523)
    light = max(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return float(min(light ** (16384 / 2610) / _WHITE_OF_PQ, 1))


def _hlg(value: float) -> float:
    """Source: ITU-R BT.2100, table 5."""
    return min(_light_of_hlg(value) / _light_of_hlg(_WHITE_OF_HLG), 1)


def _light_of_hlg(value: float) -> float:
    if value <= 0.5:
        return value * value / 3
    return float((2.718281828459045 ** ((value - 0.55991073) / 0.17883277) + 0.28466892) / 12)


_CURVES: dict[int, Callable[[float], float]] = {
    # Writers of stills give the number of video (1) where they mean sRGB, and viewers know it.
    **dict.fromkeys((1, 6, _SRGB, 14, 15), _srgb),
    4: _gamma(2.2),
    5: _gamma(2.8),
    8: _gamma(1.0),
    16: _pq,
    18: _hlg,
}


def profile_of(numbers: Numbers) -> bytes | None:
    """Make the profile; None for sRGB, and for numbers that describe no colours.

    An unknown curve is taken for that of sRGB.
    """
    matrix = _to_d50(numbers.points)
    curve = _CURVES.get(numbers.transfer, _srgb)
    if matrix is None or (curve is _srgb and _is_srgb(numbers.points)):
        return None
    tags = [
        (b"desc", _description("From the numbers in the file")),
        (b"cprt", _text("No copyright")),
        (b"wtpt", _xyz(_D50)),
        *(
            (name, _xyz(column))
            for name, column in zip(_PRIMARIES, _transposed(matrix), strict=True)
        ),
        *((name, _table(curve)) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    return _assembled(tags)


_PRIMARIES = (b"rXYZ", b"gXYZ", b"bXYZ")
_POINTS_OF_SRGB = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), (0.3127, 0.329))


def _is_srgb(points: Sequence[tuple[float, float]]) -> bool:
    pairs = zip(points, _POINTS_OF_SRGB, strict=True)
    return all(abs(a - b) < 0.001 for one, other in pairs for a, b in zip(one, other, strict=True))


def _to_d50(points: Sequence[tuple[float, float]]) -> Matrix | None:
    """Give the matrix from linear RGB to the XYZ of D50; None where there is none."""
    if any(y <= 0 for _, y in points):
        return None
    red, green, blue, white = ([x / y, 1.0, (1 - x - y) / y] for x, y in points)
    primaries = _transposed([red, green, blue])
    inverse = _inverse(primaries)
    if inverse is None:
        return None
    strengths = _applied(inverse, white)
    native = [[cell * strengths[i] for i, cell in enumerate(row)] for row in primaries]
    return _product(_adaptation(white), native)


def _adaptation(white: Sequence[float]) -> Matrix:
    """Give the matrix that turns colours under one white into those under D50."""
    now, then = _applied(_BRADFORD, white), _applied(_BRADFORD, _D50)
    scale = [[then[i] / now[i] if i == j else 0.0 for j in range(3)] for i in range(3)]
    back = _inverse(_BRADFORD)
    if back is None:
        raise ArithmeticError("expected the matrix of Bradford to have an inverse")
    return _product(back, _product(scale, _BRADFORD))


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _applied(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _product(one: Matrix, other: Matrix) -> Matrix:
    return _transposed([_applied(one, column) for column in _transposed(other)])


def _inverse(matrix: Matrix) -> Matrix | None:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-6:
        return None
    adjoint = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return [[cell / determinant for cell in row] for row in adjoint]


def _table(curve: Callable[[float], float]) -> bytes:
    values = [round(65_535 * curve(index / (_POINTS - 1))) for index in range(_POINTS)]
    return struct.pack(f">4sII{_POINTS}H", b"curv", 0, _POINTS, *values)


def _xyz(values: Sequence[float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65_536) for value in values))


def _text(text: str) -> bytes:
    return struct.pack(">4sI", b"text", 0) + text.encode() + b"\0"


def _description(text: str) -> bytes:
    ascii = text.encode() + b"\0"
    return struct.pack(">4sII", b"desc", 0, len(ascii)) + ascii + bytes(4 + 4 + 2 + 1 + 67)


def _assembled(tags: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Put header, tag table and tags together; equal tags are stored once."""
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
    return _header(offset + len(body)) + table + body


def _header(size: int) -> bytes:
    numbers = struct.pack(">I4xI4s4s4s", size, 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    white = struct.pack(">3i", *(round(value * 65_536) for value in _D50))
    return (numbers + date + b"acsp" + bytes(28) + white).ljust(128, b"\0")
