"""What the chunks of a PNG say of its colours, which its decoder leaves to us.

Source: PNG Specification, third edition, sections 4.3, 5, 11.2.1 and 11.3.2.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ashim_core.imaging.colour_numbers import Numbers, numbers_of, powered
from ashim_core.imaging.matrices import Point
from ashim_core.imaging.structure import mapped

_SIGNATURE_SIZE = 8
_DEPTH = _SIGNATURE_SIZE + 16
_WITH_PALETTE = 3
_LEAD = struct.Struct(">I4s")
_CHECKSUM = 4
_PLACES = struct.Struct(">8I")
_UNIT = 100_000
_WANTED = {b"cICP": 4, b"iCCP": 0, b"sRGB": 1, b"gAMA": 4, b"cHRM": _PLACES.size}
"""Chunks that speak of colours, and how many bytes of them are needed."""
_MOST_CHUNKS = 10_000


class PngColours(NamedTuple):
    """What counts of it. numbers: None where there are none. over_profile: they beat a profile."""

    numbers: Numbers | None = None
    over_profile: bool = False


def is_indexed(path: Path) -> bool:
    """Say whether pixels are stored as entries of a palette, or as grey of fewer than 8 bits."""
    with path.open("rb") as file:
        file.seek(_DEPTH)
        bits, kind = file.read(2)
    return kind == _WITH_PALETTE or bits < 8


def png_colours(path: Path) -> PngColours:
    """Look up what the chunks before the pixels say: the first kind that is there counts.

    In that order: cICP, iCCP, sRGB, gAMA with cHRM.
    """
    with mapped(path) as data:
        found: dict[bytes, bytes] = {}
        at = _SIGNATURE_SIZE
        for _ in range(_MOST_CHUNKS):
            if at + _LEAD.size > len(data):
                break
            size, name = _LEAD.unpack_from(data, at)
            if name == b"IDAT":
                break
            at += _LEAD.size
            if name in _WANTED:
                found[name] = data[at : at + min(size, _WANTED[name])]
            at += size + _CHECKSUM
    return colours_in(found)


def colours_in(chunks: Mapping[bytes, bytes]) -> PngColours:
    """Say the same of the data of chunks, by their names."""
    coded = chunks.get(b"cICP", b"")
    if len(coded) >= 2:
        return PngColours(numbers_of(coded[0], coded[1]), over_profile=True)
    if b"iCCP" in chunks or b"sRGB" in chunks:
        return PngColours()
    gamma = int.from_bytes(chunks.get(b"gAMA", b""), "big")
    points = _points(chunks.get(b"cHRM", b""))
    if gamma:
        return PngColours(powered(_UNIT / gamma, points))
    return PngColours(powered(2.2, points) if points else None)


def _points(data: bytes) -> tuple[Point, ...] | None:
    """Give red, green, blue and white; in the file white comes first."""
    if len(data) < _PLACES.size:
        return None
    values = [value / _UNIT for value in _PLACES.unpack_from(data)]
    white, *colours = zip(values[::2], values[1::2], strict=True)
    return (*colours, white)
