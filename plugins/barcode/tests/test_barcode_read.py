"""Barcode Reader: kinds, places, settings, the marked picture, and what is no barcode."""

import base64
import json
from typing import Any

import ashim_barcode.barcode_read
import numpy
import pytest
import pyvips
import zxingcpp
from ashim_barcode import readers
from ashim_barcode.looks import _looks, effort, read
from ashim_barcode.symbols import Point, Symbol, merged

from ashim_core.plugin import from_numpy
from ashim_core.testing import MakeClient, ToolClient, plain, sample
from tests import barcodes
from tests.barcodes import Case

TOOL = "barcode-read"
ZBAR = readers.ZBAR in readers.available()
WRITTEN = {
    "QRCode": ("QRCode", "Grüße, 世界"),
    "DataMatrix": ("DataMatrix", "hello"),
    "Aztec": ("Aztec", "hello"),
    "PDF417": ("PDF417", "hello"),
    "EAN13": ("EAN-13", "4012345678901"),
    "Code128": ("Code128", "Ab-1"),
    "Code39": ("Code39", "AB-1"),
    "ITF": ("ITF", "123456"),
}


def written(kind: str, text: str, scale: int = 4) -> pyvips.Image:
    """Have zxing-cpp write a symbol: a test by itself only where Zint is missing."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    image: Any = code.to_image(scale=scale, add_quiet_zones=True)
    return from_numpy(numpy.array(image))


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_barcode.barcode_read)


def reported(client: ToolClient, picture: Any, **settings: Any) -> dict[str, Any]:
    response = client.post(TOOL, picture, **settings)
    assert response.status_code == 200, response.text
    report: dict[str, Any] = response.get_json()
    return report


@pytest.mark.parametrize("kind", WRITTEN)
def test_each_kind_says_what_was_written(client: ToolClient, kind: str) -> None:
    type, text = WRITTEN[kind]
    (found,) = reported(client, written(kind, text), tryHarder=False)["barcodes"]
    assert (found["type"], found["text"]) == (type, text)
    assert base64.b64decode(found["bytes"]).decode() == text
    assert "zxing-cpp" in found["readers"]


def two_codes() -> pyvips.Image:
    """Put a QR code and an EAN-13 that is turned by a quarter on a grey ground."""
    image = plain(700, 500, 200, 200, 200)
    image = image.insert(written("QRCode", "left", 5).colourspace("srgb"), 50, 60)
    return image.insert(written("EAN13", "4012345678901", 2).colourspace("srgb").rot90(), 450, 40)


def test_several_with_their_places(client: ToolClient) -> None:
    report = reported(client, two_codes())
    assert (report["width"], report["height"], report["count"]) == (700, 500, 2)
    by_type = {item["type"]: item for item in report["barcodes"]}
    qr, ean = by_type["QRCode"], by_type["EAN-13"]
    assert (qr["text"], qr["orientation"]) == ("left", 0)
    corners = qr["position"]
    assert 50 < corners["topLeft"]["x"] < corners["topRight"]["x"] < 260
    assert 60 < corners["topLeft"]["y"] < corners["bottomLeft"]["y"] < 270
    assert ean["orientation"] in (90, 270)
    assert all(450 <= corner["x"] <= 700 for corner in ean["position"].values())
    assert qr["errorCorrectionLevel"] in "LMQH"
    assert ean["errorCorrectionLevel"] is None


def test_they_come_from_top_to_bottom(client: ToolClient) -> None:
    image = plain(300, 900, 255, 255, 255)
    for index, text in enumerate(("c", "a", "b")):
        image = image.insert(written("QRCode", text).colourspace("srgb"), 40, 20 + 300 * index)
    assert [item["text"] for item in reported(client, image)["barcodes"]] == ["c", "a", "b"]
    assert [item["text"] for item in reported(client, image, max=2)["barcodes"]] == ["c", "a"]


def test_only_the_kinds_that_are_asked_for(client: ToolClient) -> None:
    report = reported(client, two_codes(), symbologies=["EAN-13", "Aztec"])
    assert [item["type"] for item in report["barcodes"]] == ["EAN-13"]


def test_trying_harder_finds_more(client: ToolClient) -> None:
    turned = written("Code128", "turned", 3).rotate(40, background=[255])
    assert reported(client, turned, tryHarder=False)["count"] == 0
    (found,) = reported(client, turned)["barcodes"]
    assert found["text"] == "turned"
    tiny = written("QRCode", "tiny", 1)
    assert reported(client, tiny)["barcodes"][0]["text"] == "tiny"
    inverted = written("EAN13", "4012345678901", 3).invert()
    assert reported(client, inverted)["barcodes"][0]["text"] == "4012345678901"


def test_a_shadow_and_little_contrast_do_no_harm() -> None:
    code = written("DataMatrix", "in the shade", 6)
    shade = pyvips.Image.xyz(code.width, code.height)[0] / code.width
    shaded = ((code * 0.15 + 60) * (0.3 + shade)).cast("uchar")
    assert [item.text for item in read(shaded.copy_memory(), hard=True, most=9)] == ["in the shade"]


@pytest.mark.skipif(not ZBAR, reason="ZBar is not installed: apt install libzbar0")
def test_two_readers_agree(client: ToolClient) -> None:
    report = reported(client, written("QRCode", "both"))
    assert report["readers"] == ["zxing-cpp", "zbar"]
    (found,) = report["barcodes"]
    assert found["readers"] == ["zxing-cpp", "zbar"]


def test_without_zbar_it_reads_all_the_same(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_zbar", lambda: None)
    report = reported(client, written("QRCode", "alone"))
    assert report["readers"] == ["zxing-cpp"]
    assert report["barcodes"][0]["readers"] == ["zxing-cpp"]


def test_an_article_has_the_name_that_is_printed(client: ToolClient) -> None:
    (found,) = reported(client, written("EAN13", "0036000291452", 3))["barcodes"]
    assert (found["type"], found["text"]) == ("UPC-A", "036000291452")


@pytest.mark.parametrize("name", ["rgb", "grey", "1x1", "rgba", "two-frames"])
def test_nothing_is_found_where_nothing_is(client: ToolClient, name: str) -> None:
    report = reported(client, sample(name))
    assert (report["barcodes"], report["count"]) == ([], 0)


def test_photographs_have_no_barcodes(client: ToolClient, photos: Any) -> None:
    for name in ("coffee.png", "page.png", "brick.png"):
        assert reported(client, photos / name)["barcodes"] == [], name


def test_the_marked_picture(client: ToolClient) -> None:
    image = two_codes()
    response = client.post(TOOL, image, annotated=True, name="label.png")
    assert response.mimetype == "image/png"
    assert "label_annotated.png" in response.headers["Content-Disposition"]
    facts = json.loads(response.headers["X-Ashim-Facts"])
    assert {item["text"] for item in facts["barcodes"]} == {"left", "4012345678901"}
    result = pyvips.Image.pngload_buffer(response.data)
    assert (result.width, result.height, result.bands) == (700, 500, 3)
    assert result(5, 5) == [200, 200, 200]
    changed = (result.cast("short") - image).abs().bandmean() > 20
    assert 0.02 < changed.avg() / 255 < 0.4
    assert client.post(f"{TOOL}/annotate", image).data == response.data


def test_outlines_have_colours_of_their_own_and_numbers(client: ToolClient) -> None:
    image = plain(900, 300, 255, 255, 255)
    for index in range(3):
        code = written("QRCode", f"number {index}").colourspace("srgb")
        image = image.insert(code, 20 + 300 * index, 40)
    result = client.run(f"{TOOL}/annotate", image)
    middles = [
        ([corner["x"] for corner in item["position"].values()], item["position"]["topLeft"]["y"])
        for item in reported(client, image)["barcodes"]
    ]
    colours = {tuple(result(round(sum(xs) / 4) - 12, y + 60)) for xs, y in middles}
    assert len(colours) == 3


def test_a_picture_without_any_is_given_as_it_is(client: ToolClient) -> None:
    result = client.run(TOOL, plain(40, 30, 9, 8, 7), annotated=True)
    assert result(3, 3) == [9, 8, 7]


def test_noise_of_many_megapixels_is_looked_at_in_fewer() -> None:
    noise = pyvips.Image.gaussnoise(2000, 2000, mean=128, sigma=60, seed=3).cast("uchar")
    assert read(noise.copy_memory(), hard=False, most=255) == []
    sizes = [look.image.width * look.image.height for look in _looks(noise.zoom(4, 4), hard=True)]
    assert max(sizes) <= 16_000_000
    assert effort(10_000, 10_000) == effort(4000, 4000)


@pytest.mark.parametrize(
    "settings",
    [{"max": 0}, {"max": 256}, {"symbologies": ["Morse"]}, {"symbologies": "QRCode"}],
)
def test_wrong_settings(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def symbol(text: str, left: float, size: float = 100, **facts: Any) -> Symbol:
    """Make up a symbol of some size, its top at 0."""
    corners = (Point(left, 0), Point(left + size, 0), Point(left + size, 50), Point(left, 50))
    given = {"type": "ITF", "content": b"", "readers": ("a",), **facts}
    return Symbol(text=text, corners=corners, **given)


def test_what_is_equal_and_near_is_one_symbol() -> None:
    (one,) = merged([symbol("12", 0), symbol("12", 20, readers=("b",))])
    assert (one.readers, one.corners[0]) == (("a", "b"), Point(0, 0))
    assert len(merged([symbol("12", 0), symbol("12", 300)])) == 2
    assert len(merged([symbol("12", 0), symbol("34", 20, type="QRCode")])) == 2


def test_a_part_of_a_symbol_is_none() -> None:
    assert [one.text for one in merged([symbol("34", 20, 20), symbol("1234", 0)])] == ["1234"]
    long = symbol("4012345678901", 0, type="EAN-13", readers=("a", "b"))
    assert merged([symbol("99", 20, 60, type="UPC-E"), long]) == [long]


SHOWN = barcodes.told(barcodes.PAGE.read_text())


@pytest.mark.skipif(barcodes.ZINT is None or not ZBAR, reason="needs: apt install zint libzbar0")
@pytest.mark.parametrize("case", [*SHOWN][::27], ids=lambda case: "-".join(map(str, case)))
def test_the_page_says_what_is_read(case: Case) -> None:
    assert barcodes.is_read(case) is SHOWN[case]


def test_the_page_tells_of_every_case_and_most_are_read() -> None:
    assert [*SHOWN] == [*barcodes.cases()]
    assert sum(SHOWN.values()) / len(SHOWN) > 0.95
