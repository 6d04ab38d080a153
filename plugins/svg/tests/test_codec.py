"""Drawings as input of what takes pictures: tools, pipelines and the library."""

import io
import json
import zipfile

import pytest
import pyvips
from ashim_svg.codec import is_svg

from ashim_core.testing import ToolClient
from tests.drawings import drawing

HALF = drawing('<rect width="80" height="120" fill="#ff0000"/>')


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"  \n"])
def test_drawings_are_recognised(mark: bytes) -> None:
    assert is_svg(mark + HALF)
    assert is_svg(mark + b'<?xml version="1.0"?>\n<!-- drawn -->\n' + HALF)
    assert is_svg(b"\xff\xfe" + HALF.decode().encode("utf-16-le"))
    assert is_svg(b"<!DOCTYPE svg>" + HALF)


@pytest.mark.parametrize("data", [b"", b"<html><svg>", b"\x89PNG\r\n", b"<svgs/>", b"%PDF-<svg"])
def test_others_are_not(data: bytes) -> None:
    assert not is_svg(data)


def test_any_tool_takes_them(client: ToolClient) -> None:
    response = client.post("resize", HALF, width=80)
    assert response.mimetype == "image/png"
    result = pyvips.Image.pngload_buffer(response.data)
    assert (result.width, result.height) == (80, 60)
    assert [result(5, 30), result(75, 30)] == [[255, 0, 0, 255], [0, 0, 0, 0]]


def test_they_can_be_steps_of_a_pipeline(client: ToolClient) -> None:
    steps = [
        {"toolId": "svg-to-raster", "settings": {"scale": 2}},
        {"toolId": "resize", "settings": {"width": 100}},
    ]
    with client.http.post(
        "/api/v1/pipeline/execute",
        data={"pipeline": json.dumps(steps), "file": (io.BytesIO(HALF), "half.svg")},
        content_type="multipart/form-data",
    ) as response:
        assert response.status_code == 200, response.data
        image = pyvips.Image.pngload_buffer(response.data)
    assert (image.width, image.height) == (100, 75)


def test_a_batch_of_them(client: ToolClient) -> None:
    with client.http.post(
        "/api/v1/tools/svg-to-raster/batch",
        data={"file": [(io.BytesIO(HALF), "a.svg"), (io.BytesIO(HALF), "b.svg")]},
        content_type="multipart/form-data",
    ) as response:
        assert response.status_code == 200, response.data
        names = zipfile.ZipFile(io.BytesIO(response.data)).namelist()
        assert names == ["a_svg-to-raster.png", "b_svg-to-raster.png"]


def test_the_library_shows_them(client: ToolClient) -> None:
    kept = client.http.post(
        "/api/v1/upload",
        data={"file": (io.BytesIO(HALF), "half.svg")},
        content_type="multipart/form-data",
    )
    (file,) = kept.get_json()["files"]
    assert (file["mimeType"], file["width"], file["height"]) == ("image/svg+xml", 160, 120)
    with client.http.get(f"/api/v1/files/{file['id']}/thumbnail") as thumbnail:
        assert thumbnail.status_code == 200, thumbnail.data
        image = pyvips.Image.new_from_buffer(thumbnail.data, "")
    assert (image.width, image.height) == (160, 120)
    assert image(10, 60)[0] > 240


def test_formats_name_it(client: ToolClient) -> None:
    formats = client.http.get("/api/v1/formats").get_json()["formats"]
    (own,) = (one for one in formats if one["name"] == "svg")
    assert (own["mediaType"], own["read"], own["write"]) == ("image/svg+xml", True, False)
