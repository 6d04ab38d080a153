"""SVG to Raster: sizes, formats and backgrounds, and what is refused."""

from typing import Any

import pytest
import pyvips
from ashim_svg import rendering
from ashim_svg.rendering import drawn, read

from ashim_core.plugin import Size
from ashim_core.testing import ToolClient, sample
from tests.drawings import drawing

TOOL = "svg-to-raster"
HALF = drawing('<rect width="80" height="120" fill="#ff0000"/>')


def test_its_own_size_on_a_transparent_ground(client: ToolClient) -> None:
    result = client.run(TOOL, HALF)
    assert (result.width, result.height, result.bands) == (160, 120, 4)
    assert [result(10, 60), result(150, 60)] == [[255, 0, 0, 255], [0, 0, 0, 0]]
    named = client.post(TOOL, HALF, name="half.svg").headers["Content-Disposition"]
    assert "half_svg-to-raster.png" in named


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"width": 400}, (400, 300)),
        ({"height": 30}, (40, 30)),
        ({"width": 400, "height": 90}, (120, 90)),
        ({"width": 80, "height": 900}, (80, 60)),
        ({"scale": 2.5}, (400, 300)),
        ({"scale": 0.01}, (2, 1)),
        ({"dpi": 192}, (320, 240)),
        ({"dpi": 48, "scale": 3}, (240, 180)),
        ({"dpi": 192, "width": 100}, (100, 75)),
        ({}, (160, 120)),
    ],
)
def test_sizes(client: ToolClient, settings: dict[str, Any], size: tuple[int, int]) -> None:
    result = client.run(TOOL, HALF, **settings)
    assert (result.width, result.height) == size
    if size[0] > 2:
        edge = size[0] // 2
        assert result(edge - 2, 0) == [255, 0, 0, 255]
        assert result(edge + 1, 0) == [0, 0, 0, 0]


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "avif", "tiff", "gif"])
def test_formats(client: ToolClient, format: str) -> None:
    response = client.post(TOOL, HALF, format=format)
    assert response.mimetype == f"image/{format}"
    image = pyvips.Image.new_from_buffer(response.data, "")
    assert image(10, 60)[0] > 230
    right = image(150, 60)
    assert right[3] == 0 if image.hasalpha() else min(right) > 250
    assert client.post(TOOL, HALF, outputFormat=format).data == response.data


@pytest.mark.parametrize(
    ("background", "left", "right"),
    [
        ("#0000ff", [255, 0, 0], [0, 0, 255]),
        ("#0000ff80", [255, 0, 0, 255], [0, 0, 255, 128]),
        ("white", [255, 0, 0], [255, 255, 255]),
        ("transparent", [255, 0, 0, 255], [0, 0, 0, 0]),
    ],
)
def test_the_background(
    client: ToolClient, background: str, left: list[int], right: list[int]
) -> None:
    result = client.run(TOOL, HALF, background=background)
    assert [result(10, 60), result(150, 60)] == [left, right]
    assert client.run(TOOL, HALF, backgroundColor=background)(150, 60) == right


def test_quality_decides_about_bytes(client: ToolClient) -> None:
    rings = "".join(
        f'<circle cx="80" cy="60" r="{r}" fill="none" stroke="#06{r:x}"/>' for r in range(16, 60, 2)
    )
    sizes = [
        len(client.post(TOOL, drawing(rings), format="jpeg", scale=3, quality=quality).data)
        for quality in (10, 95)
    ]
    assert sizes[0] < sizes[1] / 2


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="2in" height="25.4mm"', (192, 96)),
        ('viewBox="0 0 40 20"', (40, 20)),
        ('width="90" viewBox="0 0 40 20"', (90, 45)),
        ('width="100%" height="100%" viewBox="0 0 40 20"', (40, 20)),
        ("", (300, 150)),
    ],
)
def test_the_size_that_a_drawing_says(attributes: str, size: tuple[int, int]) -> None:
    data = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}/>'.encode()
    assert read(data).size == size


def test_lengths_inside_are_those_of_css() -> None:
    image = drawn(read(drawing('<rect width="1in" height="1in"/>')), Size(160, 120))
    assert [image(95, 50)[3], image(97, 50)[3]] == [255, 0]


def test_text_is_drawn_whatever_its_family() -> None:
    """In Arabic, too, and along a path, too."""
    families = ("sans-serif", "serif", "monospace", "Arial", "nobody's font")
    inks = {
        family: ink(f'<text x="5" y="60" font-size="30" font-family="{family}">Wide</text>')
        for family in families
    }
    assert min(inks.values()) > 300
    assert inks["monospace"] != inks["sans-serif"]
    assert ink('<text x="5" y="60" font-size="30">\u0645\u0633\u0627\u0621</text>') > 200
    hill = '<path id="p" d="M10 90Q80 10 150 90" fill="none"/>'
    assert ink(hill + '<text font-size="20"><textPath href="#p">along it</textPath></text>') > 200


def ink(content: str) -> int:
    """Count the pixels that are drawn on."""
    alpha = drawn(read(drawing(content)), Size(160, 120))[3]
    return round(float((alpha > 128).avg()) / 255 * 160 * 120)


def test_it_takes_drawings_and_nothing_else(client: ToolClient) -> None:
    response = client.post(TOOL, sample("rgb"))
    assert (response.status_code, response.get_json()["code"]) == (400, "INVALID_IMAGE")
    assert "svg-to-raster takes image/svg+xml, received image/png" in response.get_json()["error"]


def test_either_a_scale_or_a_size(client: ToolClient) -> None:
    response = client.post(TOOL, HALF, scale=2, width=100)
    assert response.status_code == 400
    assert "either scale, or width and height" in response.get_json()["error"]


@pytest.mark.parametrize(
    "settings",
    [{"width": 0}, {"scale": 0}, {"dpi": 10}, {"format": "svg"}, {"quality": 101}],
)
def test_wrong_settings(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, HALF, **settings) == (400, "INVALID_SETTINGS")


def test_a_result_that_would_be_too_large(client: ToolClient) -> None:
    assert client.refusal(TOOL, HALF, width=9000) == (413, "TOO_MANY_PIXELS")
    assert client.refusal(TOOL, HALF, width=32_767) == (413, "TOO_MANY_PIXELS")


def test_the_largest_picture_fits_into_the_memory_of_a_worker(server: ToolClient) -> None:
    side = int(rendering.MOST_PIXELS**0.5)
    square = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="9"/></svg>'
    result = server.run(TOOL, square, width=side)
    assert (result.width, result.height) == (side, side)
    assert [result(10, 10)[3], result(side - 9, side - 9)[3]] == [255, 0]
