"""Reading a code back: what a camera would not read is not given.

A picture is read as it is, and as a phone sees it from some way off, on white.
"""

import pyvips

from ashim_qr.drawing.drawing import Drawing

_SEEN = 4
"""Pixels of a module on the sensor of a phone."""
_LARGEST = 1500
"""Pixels of a side that is read: a larger picture shows the same."""


def reads(drawing: Drawing, size: int) -> bool:
    """Say whether a code can be read if it is drawn with so many pixels on a side."""
    picture = _grey(drawing.picture(min(size, _LARGEST)))
    text = drawing.code.text
    seen = drawing.side * _SEEN / picture.width
    return found(picture) == {text} and (seen >= 1 or found(picture.resize(seen)) == {text})


def found(picture: pyvips.Image) -> set[str | None]:
    """Read all QR codes in a grey picture, dark on light; None for what is no text in UTF-8."""
    import zxingcpp  # noqa: PLC0415

    rows = memoryview(picture.write_to_memory()).cast("B", (picture.height, picture.width))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    codes = zxingcpp.read_barcodes(rows, formats=formats, try_invert=False)
    return {_text(code.bytes) for code in codes}


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _grey(picture: pyvips.Image) -> pyvips.Image:
    flat = picture.flatten(background=[255]) if picture.hasalpha() else picture
    return flat.colourspace("b-w").copy_memory()
