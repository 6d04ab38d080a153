"""Writing an ICO: one file with a picture in several sizes.

The pictures are uncompressed bitmaps of 32 bits, as every program reads them. Each is followed by
the mask of one bit for each pixel that older ones use instead of alpha. Rows go from the bottom up.
"""

import struct
from collections.abc import Sequence

import pyvips

_FILE = struct.Struct("<HHH")
_ENTRY = struct.Struct("<BBBBHHII")
_BITMAP = struct.Struct("<IiiHHIIiiII")
_ICON = 1
_BITS = 32
_SEEN = 128
"""The alpha from which on a pixel is there, for programs that know only the mask."""


def ico(pictures: Sequence[pyvips.Image]) -> bytes:
    """Make an ICO of square pictures with alpha in 8-bit sRGB, of less than 256 pixels a side."""
    bitmaps = [_bitmap(picture) for picture in pictures]
    place = _FILE.size + _ENTRY.size * len(pictures)
    entries = []
    for picture, data in zip(pictures, bitmaps, strict=True):
        entries.append(_ENTRY.pack(picture.width, picture.height, 0, 0, 1, _BITS, len(data), place))
        place += len(data)
    return b"".join((_FILE.pack(0, _ICON, len(pictures)), *entries, *bitmaps))


def _bitmap(picture: pyvips.Image) -> bytes:
    pixels = bytearray(picture.flipver().write_to_memory())
    pixels[0::4], pixels[2::4] = pixels[2::4], pixels[0::4]  # blue comes first
    mask = _mask(bytes(pixels[3::4]), picture.width)
    # The height counts both the picture and its mask.
    header = _BITMAP.pack(
        *(_BITMAP.size, picture.width, 2 * picture.height, 1, _BITS, 0),
        *(len(pixels) + len(mask), 0, 0, 0, 0),
    )
    return header + pixels + mask


def _mask(alpha: bytes, width: int) -> bytes:
    """Write a bit for each pixel, 1 where nothing is; rows are filled up to 4 bytes."""
    length = -(-width // 32) * 32
    rows = b""
    for begin in range(0, len(alpha), width):
        row = alpha[begin : begin + width]
        bits = "".join("01"[value < _SEEN] for value in row).ljust(length, "0")
        rows += int(bits, 2).to_bytes(length // 8)
    return rows
