"""File names as people see them. On disk the server chooses its own."""

import unicodedata
from pathlib import PurePosixPath

_MAX_BYTES = 150
_EXTENSION_BYTES = 40
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that can hide or reorder text: controls, bidi marks, surrogates."""


def safe_name(name: str, fallback: str = "upload") -> str:
    """Make a name from anywhere harmless to show and to save: no path, no control characters.

    At most 150 bytes of UTF-8, the extension kept.
    """
    text = name.replace("\\", "/").rpartition("/")[2]
    text = "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE)
    text = unicodedata.normalize("NFC", text)
    text = "".join("_" if char in '<>:"|?*' else char for char in text).strip(" .")
    path = PurePosixPath(text or fallback)
    extension = _cut(path.suffix, _EXTENSION_BYTES)
    short = _cut(path.stem, _MAX_BYTES - len(extension.encode())) + extension
    return short.strip(" .") or fallback


def result_name(name: str, tool_id: str, extension: str) -> str:
    """Name the result of a tool: `photo.jpg` through `resize` is `photo_resize.jpg`."""
    stem = PurePosixPath(safe_name(name)).stem
    suffix = f"_{tool_id.replace('/', '-')}.{extension}"
    return _cut(stem, _MAX_BYTES - len(suffix.encode())) + suffix


def _cut(text: str, size: int) -> str:
    return text.encode()[: max(size, 1)].decode(errors="ignore")
