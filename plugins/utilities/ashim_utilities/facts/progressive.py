"""Whether a picture appears coarse at first, and finer as more of its file arrives.

Sources: ITU T.81, table B.1 (markers of frames); PNG third edition, section 11.2.1.
"""

from pathlib import Path

_INTERLACE_AT = 28
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_OTHER_FRAMES = frozenset({*range(0xC0, 0xD0)} - _PROGRESSIVE - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length behind them."""


def is_progressive(path: Path, format: str) -> bool | None:
    """Say whether a JPEG is progressive or a PNG interlaced; None for formats that know neither."""
    if format in ("png", "apng"):
        with path.open("rb") as file:
            return file.read(_INTERLACE_AT + 1)[_INTERLACE_AT:] == b"\1"
    return _progressive_jpeg(path) if format == "jpeg" else None


def _progressive_jpeg(path: Path) -> bool:
    """Go from marker to marker up to the one of the frame."""
    with path.open("rb") as file:
        file.seek(2)
        while (pair := file.read(2)) and len(pair) == 2:
            if pair[0] != 0xFF or pair[1] == 0xFF:  # a stray byte, or one that fills
                file.seek(-1, 1)
                continue
            if pair[1] in _PROGRESSIVE:
                return True
            if pair[1] in _OTHER_FRAMES:
                return False
            if pair[1] not in _ALONE:
                file.seek(max(int.from_bytes(file.read(2), "big") - 2, 0), 1)
    return False
