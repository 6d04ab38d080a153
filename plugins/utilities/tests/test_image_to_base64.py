"""Image to Base64: bytes that stay, bytes that are made anew, and what is said about them."""

import base64
from typing import Any

import ashim_utilities.image_to_base64
import pytest
import pyvips

from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene

TOOL = "image-to-base64"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6">'
    b'<script/><path d="M0 0h9"/></svg>'
)


def only(report: dict[str, Any]) -> dict[str, Any]:
    (result,) = report["results"]
    assert report["errors"] == []
    found: dict[str, Any] = result
    return found


def decoded(result: dict[str, Any]) -> pyvips.Image:
    text = result["base64"] or result["dataUri"].partition(",")[2]
    return pyvips.Image.new_from_buffer(base64.b64decode(text), "")


@pytest.mark.parametrize("name", ["rgb", "jpeg", "webp", "avif", "two-frames"])
def test_bytes_stay_as_they_are(reported: Any, name: str) -> None:
    result = only(reported(TOOL, sample(name)))
    kind, _, text = result["dataUri"].partition(";base64,")
    assert base64.b64decode(text) == sample(name)
    assert kind == f"data:{result['mimeType']}"
    assert result["base64"] is None
    assert (result["width"], result["height"]) == (48, 32)
    assert (result["originalSize"], result["encodedSize"]) == (len(sample(name)), len(text))
    assert result["overheadPercent"] == round(100 * (len(text) / len(sample(name)) - 1), 1)


def test_plain(reported: Any) -> None:
    result = only(reported(TOOL, sample("rgb"), format="plain"))
    assert base64.b64decode(result["base64"]) == sample("rgb")
    assert result["dataUri"] is None


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
def test_the_media_type_converts(reported: Any, name: str) -> None:
    result = only(reported(TOOL, sample("rgb"), mimeType=f"image/{name}", quality=100))
    assert result["mimeType"] == f"image/{name}"
    image = decoded(result)
    assert_image_close(image[:3], scene(), within=6)
    older = only(reported(TOOL, sample("rgb"), outputFormat=name, quality=100))
    assert older["dataUri"] == result["dataUri"]


def test_quality_decides_about_bytes(reported: Any, photo: Any) -> None:
    sizes = [
        only(reported(TOOL, photo, mimeType="image/jpeg", maxWidth=200, quality=quality))[
            "encodedSize"
        ]
        for quality in (10, 90)
    ]
    assert sizes[0] < sizes[1] / 2


@pytest.mark.parametrize(
    ("bounds", "size"),
    [
        ({"maxWidth": 24}, (24, 16)),
        ({"maxHeight": 8}, (12, 8)),
        ({"maxWidth": 24, "maxHeight": 4}, (6, 4)),
        ({"maxWidth": 100, "maxHeight": 100}, (48, 32)),
    ],
)
def test_it_fits_into_the_bounds(reported: Any, bounds: dict[str, int], size: Any) -> None:
    result = only(reported(TOOL, sample("jpeg"), **bounds))
    image = decoded(result)
    assert (image.width, image.height) == (result["width"], result["height"]) == size
    assert result["mimeType"] == "image/jpeg"


def test_what_browsers_do_not_show_becomes_what_they_do(reported: Any) -> None:
    assert only(reported(TOOL, sample("tiff")))["mimeType"] == "image/jpeg"
    glass = scene().addalpha().tiffsave_buffer()
    assert only(reported(TOOL, glass))["mimeType"] == "image/png"


def test_a_drawing_stays_one_without_what_could_run(reported: Any) -> None:
    result = only(reported(TOOL, DRAWING, format="plain"))
    text = base64.b64decode(result["base64"])
    assert b"<path" in text
    assert b"script" not in text
    assert (result["mimeType"], result["width"], result["height"]) == ("image/svg+xml", 8, 6)


def test_several_files_and_one_that_is_none(reported: Any) -> None:
    report = reported(TOOL, sample("rgb"), b"no picture", sample("jpeg"))
    assert [one["mimeType"] for one in report["results"]] == ["image/png", "image/jpeg"]
    (error,) = report["errors"]
    assert (error["filename"], error["code"]) == ("sample.png", "INVALID_IMAGE")


def test_too_much_text_is_refused(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ashim_utilities.image_to_base64, "_MOST", len(sample("rgb")))
    response = client.post(TOOL, sample("rgb"))
    assert (response.status_code, response.get_json()["code"]) == (422, "RESULT_TOO_LARGE")


@pytest.mark.parametrize(
    "settings",
    [
        {"outputFormat": "png", "mimeType": "image/png"},
        {"outputFormat": "bmp"},
        {"outputFormat": 3},
        {"mimeType": "text/html"},
        {"maxWidth": -1},
        {"quality": 0},
    ],
)
def test_wrong_settings(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, sample("rgb"), **settings) == (400, "INVALID_SETTINGS")
