"""What the header of a JPEG tells that a PDF has to repeat.

Sources: ITU-T T.81, annex B (markers and segments); ICC.1:2022, annex B.4 (profiles in JPEG).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_FRAMES = range(0xC0, 0xD0)
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
"""Tables among the numbers of the frame headers."""
_READ_EVERYWHERE = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive, Huffman coded: what readers of PDFs have to know."""
_SCAN, _ICC, _ADOBE = 0xDA, 0xE2, 0xEE
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment."""
_ICC_NAME = b"ICC_PROFILE\0"
_SPACES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}


@dataclass(frozen=True)
class Jpeg:
    """A JPEG that a PDF can hold as it is.

    inverted: it is CMYK as Adobe's programs write it, where 0 is full ink.
    profile: the ICC profile of its colours.
    """

    width: int
    height: int
    components: int
    inverted: bool = False
    profile: bytes | None = None


def read_jpeg(path: Path) -> Jpeg | None:
    """Read the header of a JPEG; None if a PDF can't hold it as it is."""
    frame: tuple[int, bytes] | None = None
    adobe, parts = False, []
    with path.open("rb") as file:
        for marker, data in _segments(file):
            if marker in _FRAMES and marker not in _NO_FRAMES:
                frame = marker, data
            elif marker == _ADOBE:
                adobe = adobe or data.startswith(b"Adobe")
            elif marker == _ICC and data.startswith(_ICC_NAME):
                parts.append(data[len(_ICC_NAME) :])
    if frame is None or frame[0] not in _READ_EVERYWHERE or len(frame[1]) < 6:
        return None
    data = frame[1]
    components = data[5]
    named_rgb = data[6::3][:3] == b"RGB" and not adobe
    # Pictures with the height at their end, 12 bits, or red, green and blue as such are rare.
    height, width = int.from_bytes(data[1:3]), int.from_bytes(data[3:5])
    if data[0] != 8 or components not in _SPACES or not height or named_rgb:
        return None
    profile = _joined(parts, components)
    return Jpeg(width, height, components, adobe and components == 4, profile)


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give the marker and the content of every segment before the first scan."""
    if file.read(2) != b"\xff\xd8":
        return
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while byte == b"\xff":
            byte = file.read(1)
        marker = byte[0] if byte else _SCAN
        if marker == _SCAN:
            return
        if marker and marker not in _ALONE:
            length = int.from_bytes(file.read(2))
            yield marker, file.read(max(0, length - 2))


def _joined(parts: list[bytes], components: int) -> bytes | None:
    """Join the parts of a profile; None unless all are there and it is for such a picture."""
    if not parts or [part[:1] for part in sorted(parts)] != [
        bytes([number]) for number in range(1, len(parts) + 1)
    ]:
        return None
    profile = b"".join(part[2:] for part in sorted(parts))
    fits = profile[16:20] == _SPACES[components] and profile[36:40] == b"acsp"
    return profile if fits else None
