"""A drawing from outside, made harmless."""

import codecs
import re
from dataclasses import dataclass
from io import BytesIO
from xml.sax import SAXParseException
from xml.sax.xmlreader import InputSource

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from ashim_core.errors import FormatNotSupported, InvalidImage
from ashim_core.svg.drawing import Drawing
from ashim_core.svg.limits import MAX_BYTES, too_complex

_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)")
_LONGEST_DECLARATION = 200
_CODECS = {b"utf-8": "utf-8", b"utf8": "utf-8", b"us-ascii": "ascii", b"iso-8859-1": "latin-1"}


@dataclass(frozen=True)
class CleanSvg:
    """A drawing that runs nothing and reaches for nothing.

    width, height: in CSS pixels, rounded up; None where the drawing says nothing about it.
    """

    data: bytes
    width: int | None
    height: int | None


def clean(data: bytes) -> CleanSvg:
    """Write a drawing anew, without anything that is more than drawing.

    Raises InvalidImage (no SVG, not well-formed, or with a document type), TooComplex or
    FormatNotSupported (compressed).
    """
    if data.startswith(b"\x1f\x8b"):
        raise FormatNotSupported(
            "Compressed SVG pictures can't be read here: expected svg, received svgz."
        )
    if len(data) > MAX_BYTES:
        raise too_complex(f"{len(data)} bytes", MAX_BYTES)
    drawing = Drawing()
    _parse(_decoded(data), drawing)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(drawing.written) + "\n"
    cleaned = text.encode()
    if len(cleaned) > MAX_BYTES:
        raise too_complex(f"{len(cleaned)} bytes as UTF-8", MAX_BYTES)
    return CleanSvg(cleaned, *drawing.size)


def _decoded(data: bytes) -> str:
    """Decode here, not in the parser, which would believe any encoding that a file claims."""
    try:
        text = data.decode(_codec(data))
    except (KeyError, UnicodeDecodeError):
        text = "\0"
    if "\0" in text:  # as in UTF-16 without a mark, which the parser would recognise
        raise InvalidImage(
            "The SVG can't be read: expected UTF-8, or UTF-16 with a byte order mark."
        )
    return text


def _codec(data: bytes) -> str:
    """Name the encoding by its mark, else as claimed; KeyError for one that isn't read."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    claim = _ENCODING.match(data[:_LONGEST_DECLARATION])
    return _CODECS[claim[1].lower()] if claim else "utf-8"


def _parse(text: str, drawing: Drawing) -> None:
    # All at once: the parser starts a long attribute over again with every piece that it gets.
    # It leaves prefixes as they are: it would put a long namespace before each of a million names.
    data = text.encode()
    parser = _Parser(bufsize=len(data) + 1, forbid_dtd=True)
    parser.setContentHandler(drawing)
    source = InputSource()
    source.setByteStream(BytesIO(data))
    source.setEncoding("utf-8")
    try:
        parser.parse(source)
    except DefusedXmlException:
        raise InvalidImage(
            "The SVG declares entities, or other things of its own: expected a drawing without."
        ) from None
    except SAXParseException as error:
        raise InvalidImage(
            f"The SVG can't be read: line {error.getLineNumber()} is not well-formed."
        ) from None


class _Parser(DefusedExpatParser):
    """Lets a document type pass that only names itself, as many programs write it."""

    def defused_start_doctype_decl(
        self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: bool
    ) -> None:
        if has_internal_subset:
            super().defused_start_doctype_decl(name, sysid, pubid, has_internal_subset)

    def defused_external_entity_ref_handler(  # type: ignore[override]
        self, context: str | None, base: str | None, sysid: str | None, pubid: str | None
    ) -> int:
        """Read nothing of what it refers to, and go on: to expat that is 1."""
        return 1
