"""ICC profiles: what one is called and is for.

Source of the layout: ICC.1:2022, sections 7.2, 7.3 and 10.15.
"""

import struct
from typing import Any

from ashim_core.imaging.profile import is_srgb

_HEADER = 128
_TAG = struct.Struct(">4sII")
_MOST_TAGS = 100
_CLASSES = {b"scnr": "input", b"mntr": "display", b"prtr": "output", b"spac": "colour space"}


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
