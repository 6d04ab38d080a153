"""The typefaces that text can have, and how the library that draws gets at them."""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

import pymupdf_fonts
import pyvips

Face = Literal[
    "FiraGO",
    "FiraGO Bold",
    "FiraGO Italic",
    "FiraGO Bold Italic",
    "Noto Sans",
    "Noto Sans Bold",
    "Noto Sans Italic",
    "Noto Sans Bold Italic",
    "Ubuntu",
    "Ubuntu Bold",
    "Ubuntu Italic",
    "Ubuntu Bold Italic",
    "Cascadia Mono",
    "Cascadia Mono Bold",
    "Cascadia Mono Italic",
    "Cascadia Mono Bold Italic",
    "Fira Mono",
    "Fira Mono Bold",
    "Space Mono",
    "Space Mono Bold",
    "Space Mono Italic",
    "Space Mono Bold Italic",
    "Ubuntu Mono",
    "Ubuntu Mono Bold",
    "Ubuntu Mono Italic",
    "Ubuntu Mono Bold Italic",
]
"""Names as Pango reads them: family, then style."""

_KEYS: dict[Face, str] = {
    "FiraGO": "figo",
    "FiraGO Bold": "figbo",
    "FiraGO Italic": "figit",
    "FiraGO Bold Italic": "figbi",
    "Noto Sans": "notos",
    "Noto Sans Bold": "notosbo",
    "Noto Sans Italic": "notosit",
    "Noto Sans Bold Italic": "notosbi",
    "Ubuntu": "ubuntu",
    "Ubuntu Bold": "ubuntubo",
    "Ubuntu Italic": "ubuntuit",
    "Ubuntu Bold Italic": "ubuntubi",
    "Cascadia Mono": "cascadia",
    "Cascadia Mono Bold": "cascadiab",
    "Cascadia Mono Italic": "cascadiai",
    "Cascadia Mono Bold Italic": "cascadiabi",
    "Fira Mono": "fimo",
    "Fira Mono Bold": "fimbo",
    "Space Mono": "spacemo",
    "Space Mono Bold": "spacembo",
    "Space Mono Italic": "spacemit",
    "Space Mono Bold Italic": "spacembi",
    "Ubuntu Mono": "ubuntm",
    "Ubuntu Mono Bold": "ubuntmbo",
    "Ubuntu Mono Italic": "ubuntmit",
    "Ubuntu Mono Bold Italic": "ubuntmbi",
}
"""What the font package calls them."""

_FOR_SYMBOLS = ("symbol1", "symbol2", "math", "music")
"""What completes the faces. FiraGO among them has Arabic, Hebrew, Thai and Devanagari."""
_LAST_IN_EVERY_FACE = "\u017e"
"""Up to here, the letters of Western and Central Europe, every face has every character."""
_ALSO_IN_EVERY_FACE = frozenset(
    "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2021\u2022\u2026\u2030\u2039\u203a\u2044\u20ac\u2122"
)
"""Dashes, quotation marks, dots, the euro."""
_SYSTEM_CONFIG = Path("/etc/fonts/fonts.conf")
_OWN_CONFIG = Path(__file__).with_name("fonts.conf")


def prepare(face: Face, text: str) -> None:
    """Make known to libvips what this text is drawn with.

    What a face lacks is taken from any other that is known. So that a text never looks otherwise
    after other texts, these are either all of them or, for what every face has, of no concern.
    """
    _configure()
    _register(_KEYS[face])
    if not all(map(is_in_every_face, text)):
        for key in (*_KEYS.values(), *_FOR_SYMBOLS):
            _register(key)


def is_in_every_face(character: str) -> bool:
    """Say whether a character comes from whichever face was asked for."""
    return character <= _LAST_IN_EVERY_FACE or character in _ALSO_IN_EVERY_FACE


@cache
def _register(key: str) -> None:
    # Drawing anything from a file is how libvips adds it to the fonts of this process.
    path = _file(key, pymupdf_fonts.myfont(key))
    pyvips.Image.text(".", font="Sans 1", fontfile=path)


@cache
def _configure() -> None:
    """Name the usual folders of fonts where the system doesn't: without, each start complains."""
    environment = os.environ  # noqa: TID251 - it is how fontconfig is told where to look
    known = {"FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"}
    if known & environment.keys() or _SYSTEM_CONFIG.exists():
        return
    environment["FONTCONFIG_FILE"] = str(_OWN_CONFIG)
    # The folder that it names. Pango's threads would each make it, and the later one complain.
    with suppress(OSError, RuntimeError):  # no room, or no home
        base = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        Path(base, "fontconfig").mkdir(parents=True, exist_ok=True)


def _file(name: str, data: bytes) -> str:
    """Give a path that has these bytes for as long as the process lives, and leaves nothing."""
    if not hasattr(os, "memfd_create"):
        path = _folder() / name
        path.write_bytes(data)
        return str(path)
    descriptor = os.memfd_create(name)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
    return f"/proc/self/fd/{descriptor}"


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="ashim-fonts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
