"""Telling an sRGB profile from others, so that the most common pictures need no conversion.

Source of the layout: ICC.1:2022, sections 7.2 to 7.3 (header, tag table) and 10.31 (XYZ numbers).
"""

import struct

_TAG_TABLE = 128
_TAG = struct.Struct(">4sII")
_MOST_TAGS = 100
_PRIMARIES = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7139),
}
"""The primaries of sRGB, adapted to D50 as profiles store them."""
_CLOSE = 0.001


def is_srgb(profile: bytes) -> bool:
    """Say whether a profile is sRGB by its name and has its primaries, too.

    A profile that can't be read is not: what to do with it is the colour engine's business.
    """
    try:
        tags = _tags(profile)
        named = b"sRGB" in tags[b"desc"].replace(b"\0", b"")
        return named and all(
            _is_close(_xyz(tags[name]), primary) for name, primary in _PRIMARIES.items()
        )
    except (KeyError, struct.error):
        return False


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _TAG_TABLE)
    entries = [
        _TAG.unpack_from(profile, _TAG_TABLE + 4 + index * _TAG.size)
        for index in range(min(count, _MOST_TAGS))
    ]
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    """Read the numbers, signed 16.16 fixed point, that follow the tag's type and padding."""
    return tuple(value / 65536 for value in struct.unpack_from(">iii", tag, 8))


def _is_close(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _CLOSE for a, b in zip(one, other, strict=True))
