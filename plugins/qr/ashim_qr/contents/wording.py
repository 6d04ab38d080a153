"""Texts as parts of settings: how long they may be, and what they may hold."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

MOST = 7089
"""Digits in the largest code of the lowest level; of anything else less fits."""
_BREAKS = "\n\r\t"

_NUMBER = re.compile(r"\+?(?:[ ()./-]{0,2}[0-9]){2,20}")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")


def _without_controls(text: str) -> str:
    return _checked(text, "")


def _with_breaks(text: str) -> str:
    return _checked(text, _BREAKS)


def _checked(text: str, allowed: str) -> str:
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in allowed:
            raise ValueError(f"no control characters, got U+{ord(character):04X}")
    return text


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ValueError("a telephone number such as +353 91 555 0100")
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(_without_controls(text)):
        raise ValueError("an address of mail such as info@example.org")
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(_without_controls(text)):
        raise ValueError("an address with its scheme and without spaces, as https://example.org")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_controls)]
"""One line of text."""
Lines = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_with_breaks)]
"""Text with line breaks."""
Number = Annotated[str, Field(max_length=40), AfterValidator(_number)]
"""A telephone number, with a plus in front of the country and whatever groups its digits."""
Address = Annotated[str, Field(max_length=320), AfterValidator(_address)]
"""An address of mail."""
Url = Annotated[str, Field(max_length=MOST), AfterValidator(_url)]
"""An address of the web, with its scheme."""


def dialled(number: str) -> str:
    """Leave out of a number what only groups its digits."""
    return "".join(character for character in number if character in "+0123456789")
