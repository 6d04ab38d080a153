"""Texts as settings: what can be written at all."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

MOST = 500
"""Characters. More would be a document."""
_BREAKS = "\n\t"
_FIRST_PICTURE = 0x2300
"""Where the pictures among the symbols begin; ©, ® and ™ are before, and as black as letters."""
_FIRST_EMOJI = 0x1F000
"""From here on what isn't assigned yet may be an emoji by the next version of Unicode."""
_ASK_FOR_COLOURS = "\ufe0f\u20e3\u25fd\u25fe"
"""What turns the character before it into a picture, and what is one without being a symbol."""


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
    return not any(_is_pictorial(character) for character in text)


def _is_pictorial(character: str) -> bool:
    if character in _ASK_FOR_COLOURS:
        return True
    if ord(character) >= _FIRST_EMOJI:
        return unicodedata.category(character) in ("So", "Sk", "Cn")
    return unicodedata.category(character) == "So" and ord(character) >= _FIRST_PICTURE
