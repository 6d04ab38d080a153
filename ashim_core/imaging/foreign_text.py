"""Text that libvips hands on from files in whatever encoding it has.

The keywords of a PNG are Latin-1, what a TIFF says is in the code page of its author, and the
bindings insist on UTF-8 for all that comes out of libvips: names of fields, values and messages.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyvips

_AS_IT_WAS = "surrogateescape"
"""As Python does with names of files: what isn't UTF-8 can be turned back into its bytes."""
_TO_BE_READ = "backslashreplace"
_LOGS = frozenset({"pyvips", "pyvips.error"})
"""Modules whose text people read, so it has to be printable."""


def accept_foreign_text() -> None:
    """Have the bindings take any bytes for text, and find what was named by them again.

    Else a file may end its task with an error that nobody expects: to look for one field, the
    names of all are decoded, and messages quote what they complain about.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "pyvips":
            continue
        known = vars(module)
        if "_to_string" in known:
            known["_to_string"] = _decoder(_TO_BE_READ if name in _LOGS else _AS_IT_WAS)
        if "_to_bytes" in known:
            known["_to_bytes"] = _encoded


def _decoder(errors: str) -> Callable[[Any], Any]:
    def decoded(pointer: Any) -> Any:
        raw = b"NULL" if pointer == pyvips.ffi.NULL else pyvips.ffi.string(pointer)
        return raw.decode("utf-8", errors) if isinstance(raw, bytes) else raw

    return decoded


def _encoded(text: Any) -> Any:
    if isinstance(text, str | Path):
        return str(text).encode("utf-8", _AS_IT_WAS)
    return text
