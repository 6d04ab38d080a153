"""How many pixels go into an inch, as far as a file says it.

Sources: JFIF 1.02, the marker APP0; PNG third edition, section 11.3.4.3; the header of a BMP;
EXIF 2.32, XResolution, YResolution and ResolutionUnit.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_HEAD = 64 * 1024
_INCH_CM, _INCH_M = 2.54, 0.0254
_JFIF = struct.Struct(">BHH")
_PHYS = struct.Struct(">IIB")
_BMP = struct.Struct("<ii")
_BMP_AT = 38
_PER_INCH, _PER_CM = 2, 3
"""Units in EXIF."""


class Density(NamedTuple):
    """Pixels per inch, from side to side and from top to bottom."""

    x: float
    y: float


def density(path: Path, format: str, exif: Mapping[str, Any]) -> Density | None:
    """Read the density from where the format has it, else from EXIF; None if nobody says."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    own = {"jpeg": _of_jfif, "png": _of_png, "apng": _of_png, "bmp": _of_bmp}.get(format)
    return (own(head) if own else None) or _of_exif(exif)


def _of_jfif(head: bytes) -> Density | None:
    at = head.find(b"JFIF\0")
    if not 0 <= at <= 20 or len(head) < at + 12:
        return None
    unit, x, y = _JFIF.unpack_from(head, at + 7)
    if unit not in (1, 2):
        return None
    return _sound(x, y, 1 if unit == 1 else _INCH_CM)


def _of_png(head: bytes) -> Density | None:
    at = head.find(b"pHYs")
    if at < 0 or len(head) < at + 13 or b"IDAT" in head[:at]:
        return None
    x, y, unit = _PHYS.unpack_from(head, at + 4)
    return _sound(x, y, _INCH_M) if unit == 1 else None


def _of_bmp(head: bytes) -> Density | None:
    if len(head) < _BMP_AT + _BMP.size:
        return None
    x, y = _BMP.unpack_from(head, _BMP_AT)
    return _sound(x, y, _INCH_M)


def _of_exif(exif: Mapping[str, Any]) -> Density | None:
    x, y = exif.get("XResolution"), exif.get("YResolution")
    unit = exif.get("ResolutionUnit", _PER_INCH)
    if unit not in (_PER_INCH, _PER_CM) or not isinstance(x, float) or not isinstance(y, float):
        return None
    return _sound(x, y, 1 if unit == _PER_INCH else _INCH_CM)


def _sound(x: float, y: float, inch: float) -> Density | None:
    """Give it per inch. inch: in the unit of the file."""
    return Density(round(x * inch, 2), round(y * inch, 2)) if x > 0 and y > 0 else None
