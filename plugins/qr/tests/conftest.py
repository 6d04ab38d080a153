"""What the tests of codes have in common: two readers, and codes that are drawn."""

from collections.abc import Callable
from typing import Any

import pytest
import pyvips
import zxingcpp

from ashim_core.testing import MakeClient, ToolClient

Read = Callable[[pyvips.Image], set[str]]


def on_white(picture: pyvips.Image) -> pyvips.Image:
    """Give a picture as grey, on white."""
    flat = picture.flatten(background=[255]) if picture.hasalpha() else picture
    return flat.colourspace("b-w")


@pytest.fixture(scope="session")
def zxing() -> Read:
    """Read QR codes as ZXing does by default."""

    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

    def read(picture: pyvips.Image) -> set[str]:
        grey = on_white(picture)
        rows = memoryview(grey.write_to_memory()).cast("B", (grey.height, grey.width))
        return {found.text for found in zxingcpp.read_barcodes(rows, formats=formats)}

    return read


@pytest.fixture(scope="session")
def zbar() -> Read:
    """Read QR codes as ZBar does, which looks at them in another way."""
    reason = "ZBar is not installed: apt-get install libzbar0"
    pyzbar: Any = pytest.importorskip("pyzbar.pyzbar", reason=reason, exc_type=ImportError)

    def read(picture: pyvips.Image) -> set[str]:
        grey = on_white(picture)
        data = bytes(grey.write_to_memory()), grey.width, grey.height
        found = pyzbar.decode(data, symbols=[pyzbar.ZBarSymbol.QRCODE])
        return {code.data.decode() for code in found}

    return read


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    import ashim_qr.qr_generate

    return ashim(ashim_qr.qr_generate)
