"""ICC profiles: what one is called, and whether a picture looks the same without it.

Source of the layout: ICC.1:2022, sections 7.2, 7.3, 10.6, 10.15, 10.18 and 10.31.
"""

import math
import struct
from collections.abc import Callable
from typing import Any

_HEADER = 128
_TAG = struct.Struct(">4sII")
_MOST_TAGS = 100
_PRIMARIES = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7139),
}
"""The primaries of sRGB, adapted to D50 as profiles store them."""
_CURVES = (b"rTRC", b"gTRC", b"bTRC")
_TABLES = (b"A2B0", b"A2B1")
"""A profile with these has a look of its own, whatever its primaries are."""
_SAME_PLACE, _SAME_LIGHT = 0.001, 0.005
_PROBES = tuple(step / 16 for step in range(17))
_PARAMETERS = (1, 3, 4, 5, 7)
"""Numbers that each kind of formula has."""

_CLASSES = {b"scnr": "input", b"mntr": "display", b"prtr": "output", b"spac": "colour space"}


def is_srgb(profile: bytes) -> bool:
    """Say whether every picture looks the same without this profile: sRGB is what none means.

    Its primaries and its curves decide; a profile that can't be read is another one.
    """
    try:
        tags = _tags(profile)
        return (
            profile[16:20] == b"RGB "
            and not any(name in tags for name in _TABLES)
            and all(_is_near(_xyz(tags[name]), place) for name, place in _PRIMARIES.items())
            and all(_is_srgb_curve(tags[name]) for name in _CURVES)
        )
    except (KeyError, IndexError, struct.error, ArithmeticError, ValueError):
        return False


def values(profile: bytes) -> dict[str, Any]:
    """Say what a profile is called and is for."""
    found: dict[str, Any] = {
        "description": description(profile),
        "colourSpace": profile[16:20].decode("latin-1").strip(),
        "connectionSpace": profile[20:24].decode("latin-1").strip(),
        "class": _CLASSES.get(profile[12:16], profile[12:16].decode("latin-1").strip()),
        "version": ".".join(
            str(part) for part in (*profile[8:9], *(v >> 4 for v in profile[9:10]))
        ),
        "isSrgb": is_srgb(profile),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def description(profile: bytes) -> str | None:
    """Give the name that a profile has for people."""
    try:
        tag = _tags(profile)[b"desc"]
        if tag[:4] == b"mluc":
            size, at = struct.unpack_from(">II", tag, 20)
            return tag[at : at + size].decode("utf-16-be", "replace").rstrip("\0")[:200]
        (size,) = struct.unpack_from(">I", tag, 8)
        return tag[12 : 12 + size].decode("latin-1").rstrip("\0")[:200]
    except (KeyError, struct.error):
        return None


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    entries = [
        _TAG.unpack_from(profile, _HEADER + 4 + index * _TAG.size)
        for index in range(min(count, _MOST_TAGS))
    ]
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    """Read the numbers, signed 16.16 fixed point, that follow the tag's type and padding."""
    return tuple(value / 65536 for value in struct.unpack_from(">iii", tag, 8))


def _is_near(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _SAME_PLACE for a, b in zip(one, other, strict=True))


def _is_srgb_curve(tag: bytes) -> bool:
    curve = _table(tag) if tag[:4] == b"curv" else _formula(tag)
    return all(abs(curve(probe) - _srgb(probe)) <= _SAME_LIGHT for probe in _PROBES)


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)


def _table(tag: bytes) -> Callable[[float], float]:
    """Read a curve that is a table, or one number, which is a power."""
    (count,) = struct.unpack_from(">I", tag, 8)
    numbers: tuple[int, ...] = struct.unpack_from(f">{count}H", tag, 12)
    if count < 2:
        power = numbers[0] / 256 if numbers else 1.0
        return lambda value: math.pow(value, power)

    def look_up(value: float) -> float:
        place = value * (count - 1)
        low = min(int(place), count - 2)
        share = place - low
        between: float = numbers[low] * (1 - share) + numbers[low + 1] * share
        return between / 65535

    return look_up


def _formula(tag: bytes) -> Callable[[float], float]:
    """Read a curve that is a power, and a straight line below some value."""
    if tag[:4] != b"para":
        raise ValueError("neither a table nor a formula")
    (kind,) = struct.unpack_from(">H", tag, 8)
    given = struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)
    numbers = [value / 65536 for value in given]
    if kind == 0:
        return lambda value: math.pow(value, numbers[0])
    power, scale, shift, *rest = numbers
    if kind not in (3, 4):
        raise ValueError("a formula that sRGB is not written in")
    slope, edge, high, low = [*rest, 0.0, 0.0][:4]
    return lambda value: (
        math.pow(scale * value + shift, power) + high if value >= edge else slope * value + low
    )
