"""Texts as settings: what can be written at all."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

MOST = 500
"""Characters. More would be a document."""
_BREAKS = "\n\t"


def _readable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in _BREAKS:
            raise ValueError(f"no control characters, got U+{ord(character):04X}")
    if not is_visible(text):
        raise ValueError("at least one character that can be seen")
    return text


Wording = Annotated[str, Field(min_length=1, max_length=MOST), AfterValidator(_readable)]
"""Text of up to 500 characters, line breaks among them, something of which can be seen."""


def is_visible(text: str) -> bool:
    """Say whether anything of a text can be seen: not only spaces and what steers the layout."""
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)


def is_plain(text: str) -> bool:
    """Say whether a text has no colours of its own: no emoji, no pictures among its letters."""
    return all(unicodedata.category(character) != "So" for character in text)
