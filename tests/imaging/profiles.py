"""ICC profiles that the tests write themselves, and the colours of sRGB in their numbers.

Source of the layout: ICC.1:2022, sections 7.2, 7.3, 10.6, 10.15 and 10.31. Source of the numbers:
the primaries of each space and the Bradford adaptation from D65 to D50 (ICC.1:2022, annex E).
"""

import struct
from collections.abc import Mapping

import numpy

_D50 = (0.9642, 1.0, 0.8249)
_SPACES: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    # The columns of the matrix from linear RGB to XYZ under D50: red, green, blue.
    "display-p3": ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841)),
    "adobe-rgb": ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)),
}
_SRGB = numpy.array(((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)))
GAMMA = 563 / 256
"""2.2 as a profile can write it, of both spaces here: real Display P3 has the curve of sRGB."""


def profile(space: str) -> bytes:
    """Write a profile of three primaries and a gamma."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(space) + 1) + space.encode() + bytes(80),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(_D50),
        **{
            name: _xyz(column)
            for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _SPACES[space], strict=True)
        },
        **dict.fromkeys(
            (b"rTRC", b"gTRC", b"bTRC"),
            b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256)) + b"\0\0",
        ),
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += padded
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2025, 1, 1, 0, 0, 0) + b"acsp"
    header += bytes(128 - len(header) - 60) + struct.pack(">3i", *_fixed(_D50))
    return header + bytes(128 - len(header)) + table + body


def numbers(space: str, colour: tuple[int, int, int]) -> list[float]:
    """Give the 8-bit numbers that stand for a colour of sRGB in another space."""
    linear = [_linear(value / 255) for value in colour]
    xyz = numpy.array(linear) @ _SRGB
    there = numpy.linalg.solve(numpy.array(_SPACES[space]).T, xyz)
    return [round(255 * max(0.0, min(1.0, float(value))) ** (1 / GAMMA)) for value in there]


def _linear(value: float) -> float:
    """Undo the curve of sRGB (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *_fixed(values))


def _fixed(values: tuple[float, ...]) -> list[int]:
    return [round(value * 65536) for value in values]
