"""What people read in the place of a name of the code: `max_size_kb` is "Max size KB"."""

import re
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_]+")
_SPELT = {
    word.lower(): word
    for word in (
        *("AI", "AVIF", "CMYK", "CSS", "DPI", "EXIF", "GIF", "GPS", "HEIC", "HEIF", "HSL", "HSV"),
        *("HTML", "HTTP", "ICC", "ID", "IDs", "IPTC", "JPEG", "JSON", "KB", "MB", "OCR", "PDF"),
        *("PNG", "QR", "RGB", "RGBA", "SSIM", "SVG", "TIFF", "URL", "URLs", "WebP", "X", "XMP"),
        *("Y", "ZIP"),
    )
}
"""Words that are written otherwise than in small letters."""


def title_of(name: str) -> str:
    """Write the name of a field or of a class as the words of a sentence."""
    words = (_SPELT.get(word, word) for word in map(str.lower, _WORD.findall(name)))
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def field_title(name: str, field: Any) -> str:
    """Give the title of a field that has none, as pydantic asks for it: that of its model if there
    is one that an author wrote, and else the words of its name.
    """
    config = getattr(getattr(field, "annotation", None), "model_config", {})
    return config.get("title") or title_of(name)


def model_title(model: type[Any]) -> str:
    """Give the title of a model, as pydantic asks for it."""
    return title_of(model.__name__)
