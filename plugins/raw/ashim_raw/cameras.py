"""Telling raw pictures from TIFF, whose structure most of them have.

Sources: TIFF 6.0, section 2; Adobe DNG 1.7, chapter 4; for the others what their files have in
common, as nobody has published it.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

_MAGIC = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
"""How the files of Olympus and Panasonic begin."""
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_MOST_ENTRIES = 300
_SUBFILE_TYPE, _MAKE, _SUB_DIRECTORIES, _DNG_VERSION = 254, 271, 330, 50706
_BYTE, _ASCII, _LONG = 1, 2, 4
_PREVIEW = 1
_MAKERS = (b"NIKON", b"SONY")
_LONGEST_MAKE = 64


class _Entry(NamedTuple):
    kind: int
    values: int
    value: bytes
    """Or where it lies, if it has more than 4 bytes."""


def is_raw(head: bytes) -> bool:
    """Say whether a file is the raw picture of a camera."""
    if head.startswith(_MAGIC):
        return True
    order = _ORDERS.get(head[:4])
    if order is None:
        return False
    if head[8:10] == b"CR":
        return True
    try:
        entries = _first_directory(head, order)
    except struct.error:
        return False  # it lies beyond the beginning of the file, where no camera puts it
    return _is_dng(entries) or _hides_a_raw(entries, head, order)


def _first_directory(head: bytes, order: str) -> Mapping[int, _Entry]:
    (start,) = struct.unpack_from(f"{order}I", head, 4)
    (count,) = struct.unpack_from(f"{order}H", head, start)
    entry = struct.Struct(f"{order}HHI4s")
    entries = {}
    for number in range(min(count, _MOST_ENTRIES)):
        tag, *rest = entry.unpack_from(head, start + 2 + number * entry.size)
        entries[tag] = _Entry(*rest)
    return entries


def _is_dng(entries: Mapping[int, _Entry]) -> bool:
    found = entries.get(_DNG_VERSION)
    return found is not None and (found.kind, found.values) == (_BYTE, 4)


def _hides_a_raw(entries: Mapping[int, _Entry], head: bytes, order: str) -> bool:
    """Say whether the first picture is a preview, made by a camera whose raw files have one.

    In a TIFF that a program made of such a file the first picture is the picture.
    """
    subfile = entries.get(_SUBFILE_TYPE)
    if subfile is None or _SUB_DIRECTORIES not in entries:
        return False
    preview = subfile.kind == _LONG and subfile.value == struct.pack(f"{order}I", _PREVIEW)
    return preview and _make(entries, head, order).startswith(_MAKERS)


def _make(entries: Mapping[int, _Entry], head: bytes, order: str) -> bytes:
    found = entries.get(_MAKE)
    if found is None or found.kind != _ASCII:
        return b""
    if found.values <= 4:
        return found.value
    (start,) = struct.unpack(f"{order}I", found.value)
    return head[start : start + min(found.values, _LONGEST_MAKE)]
