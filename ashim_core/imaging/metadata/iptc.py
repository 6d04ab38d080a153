"""IPTC: what Photoshop's resources in a file say, for people.

Source of the layout: IPTC-IIM 4.2; the Photoshop file format specification, "image resources".
"""

from collections.abc import Iterator
from typing import Any

_MARK = b"8BIM"
_IIM = 0x0404
_DATASET = 0x1C
_APPLICATION_RECORD = 2
_UTF8 = b"\x1b%G"
_MOST_VALUES = 500
_MOST_TEXT = 1000
_NAMES = {
    5: "ObjectName",
    15: "Category",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    122: "Writer-Editor",
}


def values(resources: bytes) -> dict[str, Any]:
    """Give the fields by name; keywords are a list. What is damaged ends the reading.

    resources: those of Photoshop, or IPTC alone, as it is in a TIFF.
    """
    found: dict[str, Any] = {}
    if resources[:1] == bytes([_DATASET]):
        _add_fields(found, resources)
    for number, content in _resources(resources):
        if number == _IIM:
            _add_fields(found, content)
    return found


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give number and content of each resource."""
    at = 0
    while data[at : at + 4] == _MARK and at + 12 <= len(data):
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6
        at += (1 + data[at] + 1) & ~1  # its name, padded
        size = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + size + size % 2


def _add_fields(found: dict[str, Any], data: bytes) -> None:
    charset = "latin-1"
    for record, field, content in _datasets(data):
        if (record, field) == (1, 90) and content == _UTF8:
            charset = "utf-8"
        if record != _APPLICATION_RECORD or field not in _NAMES:
            continue
        text = content.decode(charset, "replace")[:_MOST_TEXT]
        if _NAMES[field] == "Keywords":
            keywords = found.setdefault("Keywords", [])
            if len(keywords) < _MOST_VALUES:
                keywords.append(text)
        else:
            found.setdefault(_NAMES[field], text)


def _datasets(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give record, field and content of each; those of 32 KB and more are no text."""
    at = 0
    while at + 5 <= len(data) and data[at] == _DATASET:
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if size & 0x8000:
            return
        yield data[at + 1], data[at + 2], data[at + 5 : at + 5 + size]
        at += 5 + size
