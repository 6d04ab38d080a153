"""How fine colour is stored: as asked for, and as the quality says where nobody asks."""

import io
import json

import ashim_essentials.convert
import ashim_heif.heif
import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.testing import MakeClient, ToolClient, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert, ashim_heif.heif)


def stripes() -> bytes:
    """Draw columns of one pixel each, red and blue by turns: half the resolution shows none."""
    columns = numpy.array([[230, 20, 20], [20, 20, 230]] * 32, numpy.uint8)
    buffer = io.BytesIO()
    Image.fromarray(numpy.tile(columns, (64, 1, 1))).save(buffer, "png")
    return buffer.getvalue()


def half(data: bytes) -> bool:
    """Say whether red and blue have run into each other."""
    image = pyvips.Image.new_from_buffer(data, "")
    left, right = image(30, 32), image(31, 32)
    return abs(left[0] - right[0]) < 80


@pytest.mark.parametrize("format", ["jpeg", "avif"])
@pytest.mark.parametrize("quality", [60, 95])
@pytest.mark.parametrize("wanted", ["auto", "4:4:4", "4:2:0"])
def test_as_asked_for(client: ToolClient, format: str, quality: int, wanted: str) -> None:
    response = client.post(
        "convert", stripes(), format=format, quality=quality, chromaSubsampling=wanted
    )
    expected = quality < 90 if wanted == "auto" else wanted == "4:2:0"
    assert half(response.data) == expected


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_heif(client: ToolClient, wanted: str) -> None:
    response = client.post(
        "convert", stripes(), format="heif", quality=95, chromaSubsampling=wanted
    )
    back = client.post("convert", response.data, format="png")
    assert half(back.data) == (wanted == "4:2:0")


@pytest.mark.parametrize("format", ["webp", "png", "gif"])
def test_formats_without_a_choice_say_so(client: ToolClient, format: str) -> None:
    response = client.post("convert", sample("rgb"), format=format, chromaSubsampling="4:2:0")
    notes = json.loads(response.headers["X-Ashim-Notes"])
    assert f"chromaSubsampling: ignored, {format} leaves no choice" in notes


def test_other_values_are_refused(client: ToolClient) -> None:
    response = client.post("convert", sample("rgb"), format="jpeg", chromaSubsampling="4:1:0")
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["details"][0]["field"] == "chromaSubsampling"
