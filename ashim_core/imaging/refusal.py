"""What callers are told of a picture that a decoder refuses: those words may name paths."""

import re

import pyvips

from ashim_core.errors import AshimError, DecodeFailed, FormatNotSupported

_NOT_HERE = re.compile(
    r"not (?:configured|implemented|supported)|can not handle|unsupported (?!marker)", re.I
)
"""How decoders say that a file is right, but of a kind that they don't know."""


def refused_header(name: str, error: Exception | None = None) -> AshimError:
    """Say that the header of a picture can't be read. name: of its format."""
    return _not_here(name, error) or DecodeFailed(
        f"The {name.upper()} header can't be read: the file is damaged."
    )


def refused_pixels(name: str, error: Exception | None = None) -> AshimError:
    """Say that the pixels of a picture can't be read."""
    return _not_here(name, error) or DecodeFailed(
        f"The {name.upper()} picture can't be decoded: it is damaged or cut off."
    )


def _not_here(name: str, error: Exception | None) -> AshimError | None:
    if isinstance(error, pyvips.Error) and _NOT_HERE.search(str(error)):
        return FormatNotSupported(f"This kind of {name.upper()} can't be read here.")
    return None
