"""The libraries that read, behind one answer: zxing-cpp always, ZBar where its library is."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyvips

from ashim_barcode.symbols import Point, Symbol, Symbology

logger = logging.getLogger(__name__)

ZXING, ZBAR = "zxing-cpp", "zbar"
_BY_ZXING: dict[str, Symbology] = {
    "QRCode": "QRCode",
    "QRCodeModel1": "QRCode",
    "QRCodeModel2": "QRCode",
    "MicroQRCode": "MicroQRCode",
    "RMQRCode": "rMQR",
    "DataMatrix": "DataMatrix",
    "Aztec": "Aztec",
    "AztecCode": "Aztec",
    "AztecRune": "Aztec",
    "PDF417": "PDF417",
    "CompactPDF417": "PDF417",
    "MicroPDF417": "MicroPDF417",
    "MaxiCode": "MaxiCode",
    "EAN13": "EAN-13",
    "ISBN": "EAN-13",
    "EAN8": "EAN-8",
    "UPCA": "UPC-A",
    "UPCE": "UPC-E",
    "Code39": "Code39",
    "Code39Std": "Code39",
    "Code39Ext": "Code39",
    "Code32": "Code39",
    "PZN": "Code39",
    "Code93": "Code93",
    "Code128": "Code128",
    "ITF": "ITF",
    "ITF14": "ITF",
    "Codabar": "Codabar",
    "DataBar": "DataBar",
    "DataBarOmni": "DataBar",
    "DataBarStk": "DataBar",
    "DataBarStkOmni": "DataBar",
    "DataBarExp": "DataBarExpanded",
    "DataBarExpStk": "DataBarExpanded",
    "DataBarLtd": "DataBarLimited",
    "Telepen": "Telepen",
    "TelepenAlpha": "Telepen",
    "TelepenNumeric": "Telepen",
}
_BY_ZBAR: dict[str, Symbology] = {
    "QRCODE": "QRCode",
    "EAN13": "EAN-13",
    "EAN8": "EAN-8",
    "UPCA": "UPC-A",
    "CODE39": "Code39",
    "CODE93": "Code93",
    "CODE128": "Code128",
    "I25": "ITF",
    "CODABAR": "Codabar",
}
"""What ZBar is asked for: a UPC-E is an EAN-13 to it then. Of DataBar it complains aloud, and other
kinds it hardly tells from noise.
"""
_EAN_13, _UPC_A = 13, 12
_ARTICLES = frozenset({"EAN-13", "UPC-A", "UPC-E"})


@dataclass(frozen=True)
class Grey:
    """A grey picture of 8 bits, in memory."""

    pixels: bytes
    width: int
    height: int


def grey(image: pyvips.Image) -> Grey:
    """Compute the pixels of a picture of one band."""
    return Grey(bytes(image.write_to_memory()), image.width, image.height)


def available() -> list[str]:
    """Name the readers that there are here."""
    return [ZXING, ZBAR] if _zbar() else [ZXING]


def by_zxing(picture: Grey, *, hard: bool, most: int) -> Iterator[Symbol]:
    """Read with zxing-cpp. hard: turned, inverted and reduced, too."""
    import zxingcpp  # noqa: PLC0415 - heavy

    view = memoryview(picture.pixels).cast("B", (picture.height, picture.width))
    found = zxingcpp.read_barcodes(view, try_rotate=hard, try_downscale=hard, try_invert=hard)
    for item in found[:most]:
        corners = (
            item.position.top_left,
            item.position.top_right,
            item.position.bottom_right,
            item.position.bottom_left,
        )
        kind = _BY_ZXING.get(item.format.name, "other")
        besides: Any = item.extra or {}
        type, text = _as_printed(kind, item.text, besides.get("UPCE", ""))
        yield Symbol(
            type,
            text,
            bytes(item.bytes),
            tuple(Point(corner.x, corner.y) for corner in corners),  # type: ignore[arg-type]
            (ZXING,),
            item.ec_level or None,
            _article(kind, item.text),
        )


def by_zbar(picture: Grey, *, most: int) -> Iterator[Symbol]:
    """Read with ZBar; nothing where its library isn't there."""
    library = _zbar()
    if library is None:
        return
    kinds = [library.ZBarSymbol[name] for name in _BY_ZBAR]
    found = library.decode((picture.pixels, picture.width, picture.height), symbols=kinds)
    for item in found[:most]:
        kind = _BY_ZBAR[item.type]
        said = item.data.decode("utf-8", "replace")
        type, text = _as_printed(kind, said)
        left, top, width, height = item.rect
        right, bottom = left + width, top + height
        box = (Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))
        yield Symbol(type, text, bytes(item.data), box, (ZBAR,), article=_article(kind, said))


def _article(type: Symbology, text: str) -> str:
    """Give the number of 13 digits that a symbol of EAN or UPC stands for; "" for all others."""
    return text.zfill(_EAN_13) if type in _ARTICLES else ""


def _as_printed(type: Symbology, text: str, short: str = "") -> tuple[Symbology, str]:
    """Call an EAN-13 that begins with 0 what it is printed as: a UPC-A has the same bars.

    short: what a UPC-E shows, where it is known.
    """
    if type == "EAN-13" and len(text) == _EAN_13 and text.startswith("0"):
        return "UPC-A", text[1:]
    if type == "UPC-A":
        return type, text[-_UPC_A:]
    return type, short or text


@cache
def _zbar() -> Any:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - its library may not be there
    except ImportError as error:
        logger.info("ZBar can't be used: %s", error)
        return None
    return pyzbar
