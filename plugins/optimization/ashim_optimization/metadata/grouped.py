"""What ExifTool reads, in the groups in which people look for it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ashim_optimization.metadata import exiftool
from ashim_optimization.metadata.formats import Format

_GROUPS = {
    "EXIF": "exif",
    "MakerNotes": "exif",
    "ICC_Profile": "icc",
    "XMP": "xmp",
    "IPTC": "iptc",
    "Photoshop": "iptc",
    "PNG": "comments",
    "GIF": "comments",
    "JUMBF": "other",
    "MPF": "other",
}
_DEGREES = re.compile(r"[+-]\d{1,3}\.\d+", re.ASCII)
_COMMENT = "File:Comment"
_MOST_VALUES = 500
_MOST_TEXT = 1000
_STRUCTURE = frozenset(
    (
        *("ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter"),
        *("Interlace", "Palette", "Transparency", "SRGBRendering", "Gamma", "WhitePoint"),
        *("PixelsPerUnitX", "PixelsPerUnitY", "PixelUnits", "AnimationFrames", "AnimationPlays"),
        *("GIFVersion", "HasColorMap", "ColorResolutionDepth", "BitsPerPixel", "BackgroundColor"),
        *("AnimationIterations", "FrameCount", "Duration"),
    )
)


def read(source: Path, format: Format, folder: Path) -> dict[str, dict[str, Any] | None]:
    """Give the metadata of a file by group; None for a group with nothing in it."""
    found = exiftool.read(
        source, format, ["-c", "%+.7f", "--System:all", "--ExifTool:all", "--Composite:all"], folder
    )
    groups: dict[str, dict[str, Any]] = {}
    for place, value in found.items():
        name = place.rpartition(":")[2]
        group = _group(place, name)
        if group is None or _is_bytes(value):
            continue
        values = groups.setdefault(group, {})
        if len(values) < _MOST_VALUES:
            values.setdefault(name, _degrees(value) if group == "gps" else _short(value))
    if "gps" in groups:
        groups["gps"] = {**_signed(groups["gps"]), **groups["gps"]}
    names = ("exif", "gps", "icc", "xmp", "iptc", "comments", "other")
    return {name: groups.get(name) for name in names}


def keywords(groups: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Give the keywords of XMP and IPTC, each once."""
    found: list[str] = []
    for group, name in (("xmp", "Subject"), ("iptc", "Keywords")):
        values = (groups.get(group) or {}).get(name, [])
        found += [str(value) for value in (values if isinstance(values, list) else [values])]
    return list(dict.fromkeys(found))


def _group(place: str, name: str) -> str | None:
    """Say where a value belongs by the groups that ExifTool names, the widest first."""
    families = place.split(":")
    if "GPS" in families[:-1] or name.startswith("GPS"):
        return "gps"
    if place == _COMMENT:
        return "comments"
    group = _GROUPS.get(families[0])
    return None if group == "comments" and name in _STRUCTURE else group


def _degrees(value: Any) -> Any:
    """Give degrees as the numbers they are: ExifTool's sign of a positive one makes it a text."""
    found = isinstance(value, str) and _DEGREES.fullmatch(value)
    return float(value) if found else _short(value)


def _signed(values: Mapping[str, Any]) -> dict[str, float]:
    """Give latitude and longitude with their signs, which EXIF keeps apart."""
    found = {}
    for name, minus in (("Latitude", "South"), ("Longitude", "West")):
        degrees = values.get(f"GPS{name}")
        if isinstance(degrees, float):
            south_or_west = values.get(f"GPS{name}Ref") == minus
            found[name.lower()] = -abs(degrees) if south_or_west else degrees
    return found


def _is_bytes(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("(Binary data ")


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(item) for item in value[:_MOST_VALUES]]
    return value[:_MOST_TEXT] if isinstance(value, str) else value
