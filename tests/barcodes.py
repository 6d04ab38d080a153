"""Which barcodes are read, drawn by Zint: `python -m tests.barcodes` writes the page about it.

Zint is Debian's package `zint`: a generator that has nothing to do with the readers.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyvips
from ashim_barcode.looks import read

from tests.patience import PATIENCE_S

ZINT = shutil.which("zint")
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "barcodes.md"
SYMBOLS: dict[str, tuple[str, str, str]] = {
    "QRCode": ("QRCODE", "https://example.org/a?b=1", "https://example.org/a?b=1"),
    "MicroQRCode": ("MICROQR", "ASHIM 42", "ASHIM 42"),
    "rMQR": ("RMQR", "ashim rectangular", "ashim rectangular"),
    "DataMatrix": ("DATAMATRIX", "Data Matrix 0123", "Data Matrix 0123"),
    "Aztec": ("AZTEC", "Aztec code 0123", "Aztec code 0123"),
    "PDF417": ("PDF417", "PDF417 holds a lot", "PDF417 holds a lot"),
    "EAN-13": ("EANX", "401234567890", "4012345678901"),
    "EAN-8": ("EANX", "9031101", "90311017"),
    "UPC-A": ("UPCA", "03600029145", "036000291452"),
    "UPC-E": ("UPCE", "0123456", "01234565"),
    "Code39": ("CODE39", "CODE-39", "CODE-39"),
    "Code93": ("CODE93", "CODE-93", "CODE-93"),
    "Code128": ("CODE128", "Code 128-b", "Code 128-b"),
    "ITF": ("C25INTER", "1234567890", "1234567890"),
    "Codabar": ("CODABAR", "A123456B", "A123456B"),
}
"""Each with what Zint calls it, what is drawn, and what is to be read."""
SIZES = (2, 3, 5)
"""Pixels of the smallest bar or cell."""
TURNS = (0, 15, 45, 90)
LOOKS = ("plain", "faint", "inverted")
_FAINT = (0.2, 110)
"""Black and white are a fifth apart, around a middle grey."""
_QUIET = 30
_READ, _UNREAD = "●", "○"


class Case(NamedTuple):
    """One drawing of a symbol."""

    type: str
    size: int
    turn: int
    look: str


def cases() -> Iterator[Case]:
    """Give all of them."""
    for type in SYMBOLS:
        for size in SIZES:
            for turn in TURNS:
                yield from (Case(type, size, turn, look) for look in LOOKS)


@cache
def symbol(type: str) -> pyvips.Image:
    """Have Zint draw a symbol with bars and cells of one pixel, black on white."""
    kind, data, _ = SYMBOLS[type]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.png")
        command = [str(ZINT), "--barcode", kind, "--data", data, "--notext", "--output", str(path)]
        command += ["--scale", "0.5"]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
        image = pyvips.Image.pngload(str(path)).colourspace("b-w")
        return (
            image.flatten(background=[255]).copy_memory()
            if image.hasalpha()
            else (image.copy_memory())
        )


def drawn(case: Case) -> pyvips.Image:
    """Draw a case: one band, with room around the symbol."""
    image = symbol(case.type).zoom(case.size, case.size)
    image = image.gravity(
        "centre",
        image.width + 2 * _QUIET,
        image.height + 2 * _QUIET,
        extend="background",
        background=[255],
    )
    if case.turn % 90:
        image = image.rotate(case.turn, background=[255])
    elif case.turn:
        image = image.rot90()
    if case.look == "inverted":
        image = image.invert()
    if case.look == "faint":
        image = image * _FAINT[0] + _FAINT[1]
    return image.cast("uchar").copy(interpretation="b-w").copy_memory()


def is_read(case: Case) -> bool:
    """Say whether a case is read, and as nothing else."""
    found = read(drawn(case), hard=True, most=9)
    return [(item.type, item.text) for item in found] == [(case.type, SYMBOLS[case.type][2])]


def page() -> str:
    """Write the page."""
    head = " | ".join("upright" if turn == 0 else f"{turn}°" for turn in TURNS)
    lines = [
        "<!-- Written by python -m tests.barcodes, which needs Zint. -->",
        "",
        "# Barcodes that are read",
        "",
        "What `barcode-read` makes of symbols that [Zint](https://www.zint.org.uk) has drawn: each "
        "in three sizes, turned, and",
        f"with three looks, in this order: black on white, faint (a fifth of the contrast), and "
        f"white on black. {_READ} is read as",
        f"what it is and nothing else; {_UNREAD} isn't. The size is that of the smallest bar or "
        "cell, in pixels.",
        "",
        f"| Symbology | Size | {head} |",
        f"|---|---|{'---|' * len(TURNS)}",
    ]
    for type in SYMBOLS:
        for size in SIZES:
            cells = (
                " ".join(
                    _READ if is_read(Case(type, size, turn, look)) else _UNREAD for look in LOOKS
                )
                for turn in TURNS
            )
            lines.append(f"| {type} | {size} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def told(text: str) -> dict[Case, bool]:
    """Read the page: whether each case is said to be read."""
    found = {}
    for line in text.splitlines():
        type, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if type in SYMBOLS:
            size = cells.pop(0)
            for turn, cell in zip(TURNS, cells, strict=True):
                for look, mark in zip(LOOKS, cell.split(), strict=True):
                    found[Case(type, int(size), turn, look)] = mark == _READ
    return found


if __name__ == "__main__":
    PAGE.write_text(page())
