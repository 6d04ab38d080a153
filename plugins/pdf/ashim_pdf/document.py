"""Documents and their pages, read and drawn by PDFium."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyvips

from ashim_core.plugin import Colour, DecodeFailed, Size, ToolError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage  # type: ignore[import-untyped]

POINTS = 72
"""Units of a page in an inch."""
_WRONG_PASSWORD = 4
"""FPDF_ERR_PASSWORD of PDFium."""
_BANDS = 4


@dataclass(frozen=True)
class Look:
    """How a page is drawn.

    dpi: pixels for each inch. background: what is behind it, may be transparent.
    annotations: notes, highlights and the like are drawn. forms: what is filled in is.
    """

    dpi: float
    background: Colour
    annotations: bool = True
    forms: bool = True


@contextmanager
def opened(path: Path, password: str | None) -> Iterator["PdfDocument"]:
    """Open a document; ToolError if it needs a password, DecodeFailed if it is damaged."""
    import pypdfium2  # noqa: PLC0415 - heavy

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error.err_code, password) from error
    try:
        # PDFium is free with what it says of a damaged file: pages that aren't there among it.
        if len(document) < 1:
            raise DecodeFailed("The PDF can't be read: it has no pages.")
        yield document
    finally:
        document.close()


def _refusal(code: int | None, password: str | None) -> Exception:
    if code != _WRONG_PASSWORD:
        return DecodeFailed("The PDF can't be read: it is damaged or cut off.")
    needed = "The PDF needs a password" if not password else "That is not the password of the PDF"
    return ToolError(
        f"{needed}.",
        code="PDF_ENCRYPTED",
        details=[
            {
                "field": "password",
                "expected": "the password of the document",
                "received": "another one" if password else "nothing",
            }
        ],
    )


@contextmanager
def page_of(document: "PdfDocument", number: int) -> Iterator["PdfPage"]:
    """Load a page, counted from 1; DecodeFailed if it is damaged."""
    import pypdfium2  # noqa: PLC0415 - heavy

    try:
        page = document[number - 1]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise DecodeFailed(f"Page {number} of the PDF can't be read: it is damaged.") from error
    try:
        yield page
    finally:
        page.close()


def size_of(page: "PdfPage", dpi: float) -> Size:
    """Say how many pixels a page has at a density; rotation applied, no side less than one."""
    width, height = page.get_size()
    return Size(*(max(1, round(side * dpi / POINTS)) for side in (width, height)))


@contextmanager
def drawn(page: "PdfPage", look: Look) -> Iterator[pyvips.Image]:
    """Draw a page: 8-bit sRGB, with alpha if the background isn't opaque.

    Its size is checked by whoever calls. The pixels are PDFium's, so there are none afterwards.
    """
    colour = look.background
    bitmap = page.render(
        scale=look.dpi / POINTS,
        fill_color=(*colour[:3], colour.alpha),
        draw_annots=look.annotations,
        may_draw_forms=look.forms,
        rev_byteorder=True,
        prefer_bgrx=True,
    )
    image = pyvips.Image.new_from_memory(
        bitmap.buffer, bitmap.width, bitmap.height, _BANDS, "uchar"
    ).copy(interpretation="srgb")
    wanted = size_of(page, look.dpi)
    # PDFium rounds up.
    image = image.crop(0, 0, min(wanted.width, image.width), min(wanted.height, image.height))
    try:
        yield image[:3] if colour.opaque else image
    finally:
        bitmap.close()
