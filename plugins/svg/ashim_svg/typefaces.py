"""The typefaces that come along: a bare machine has none."""

import os
from functools import cache

import pymupdf_fonts

SANS, MONOSPACE = "Noto Sans", "Cascadia Mono"
_KEYS = (
    *("notos", "notosbo", "notosit", "notosbi", "cascadia", "cascadiab", "cascadiai", "cascadiabi"),
    *("figo", "symbol1", "symbol2", "math"),
)
"""What their package calls them: the two families, and what completes them. FiraGO among these
has Arabic, Hebrew, Thai and Devanagari."""


@cache
def font_files() -> list[str]:
    """Give paths at which the typefaces lie for as long as this process lives."""
    return [_path(key, pymupdf_fonts.myfont(key)) for key in _KEYS]


def _path(name: str, data: bytes) -> str:
    descriptor = os.memfd_create(name)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
    return f"/proc/self/fd/{descriptor}"
