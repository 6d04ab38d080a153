"""A raw picture made by hand."""

import struct
from collections.abc import Callable, Sequence

import pytest

Entry = tuple[int, int, bytes, int]
MakeDng = Callable[..., bytes]

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SRATIONAL = 1, 2, 3, 4, 5, 10
WIDTH, HEIGHT = 64, 48
COLOURS = ((3000, 400, 400), (400, 3000, 400), (400, 400, 3000), (3000, 3000, 3000))
"""Red, green, blue and white as the sensor sees them: top left, top right, bottom left, right."""


def _shorts(tag: int, *values: int) -> Entry:
    return tag, _SHORT, struct.pack(f"<{len(values)}H", *values), len(values)


def _longs(tag: int, *values: int) -> Entry:
    return tag, _LONG, struct.pack(f"<{len(values)}I", *values), len(values)


def _text(tag: int, text: str) -> Entry:
    data = text.encode() + b"\0"
    return tag, _ASCII, data, len(data)


def _fractions(tag: int, kind: int, *values: float) -> Entry:
    pairs = [part for value in values for part in (round(value * 10_000), 10_000)]
    letter = "I" if kind == _RATIONAL else "i"
    return tag, kind, struct.pack(f"<{len(pairs)}{letter}", *pairs), len(values)


def bayer(width: int, height: int) -> bytes:
    """Give what a sensor of the pattern RGGB sees of four fields of colour, 16 bits a pixel."""
    values = []
    for y in range(height):
        for x in range(width):
            colour = COLOURS[2 * (y >= height // 2) + (x >= width // 2)]
            values.append(colour[x % 2 + y % 2])
    return struct.pack(f"<{len(values)}H", *values)


def dng(
    width: int = WIDTH,
    height: int = HEIGHT,
    *,
    orientation: int = 1,
    pixels: bytes | None = None,
    version: bool = True,
    make: str = "Handmade",
) -> bytes:
    """Write a DNG of one strip of uncompressed pixels, for a sensor whose colours are sRGB's."""
    data = bayer(width, height) if pixels is None else pixels
    # From XYZ under D65 to linear sRGB: the camera of this picture sees as a screen shines.
    matrix = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    entries = [
        _longs(254, 0),
        _longs(256, width),
        _longs(257, height),
        _shorts(258, 16),
        _shorts(259, 1),
        _shorts(262, 32803),
        _text(271, make),
        _text(272, "Model 1"),
        _longs(273, 0),
        _shorts(274, orientation),
        _shorts(277, 1),
        _longs(278, height),
        _longs(279, len(data)),
        _shorts(33421, 2, 2),
        (33422, _BYTE, bytes((0, 1, 1, 2)), 4),
        *([(50706, _BYTE, bytes((1, 4, 0, 0)), 4)] if version else []),
        _text(50708, "Handmade Model 1"),
        _shorts(50714, 0),
        _longs(50717, 4095),
        _fractions(50721, _SRATIONAL, *matrix),
        _fractions(50728, _RATIONAL, 1.0, 1.0, 1.0),
        _shorts(50778, 21),
    ]
    return tiff(entries, data)


def tiff(entries: Sequence[Entry], data: bytes) -> bytes:
    """Put a TIFF of one directory together; the pixels lie behind it."""
    table_end = 8 + 2 + 12 * len(entries) + 4
    extra_size = sum(len(value) + len(value) % 2 for _, _, value, _ in entries if len(value) > 4)
    table, extra = struct.pack("<H", len(entries)), b""
    place_of_pixels = struct.pack("<I", table_end + extra_size)
    for tag, kind, given, count in entries:
        value = place_of_pixels if tag == 273 else given
        if len(value) > 4:
            place = struct.pack("<I", table_end + len(extra))
            extra += value + bytes(len(value) % 2)
        else:
            place = value.ljust(4, b"\0")
        table += struct.pack("<HHI", tag, kind, count) + place
    return b"II*\0" + struct.pack("<I", 8) + table + bytes(4) + extra + data


@pytest.fixture
def make_dng() -> MakeDng:
    """Make a DNG: see `dng` for what may be asked of it."""
    return dng
