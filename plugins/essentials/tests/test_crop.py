"""Crop: every setting has its effect in pixels."""

from math import pi
from pathlib import Path
from typing import Any

import ashim_essentials.crop
import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.crop)


def positions(width: int = 60, height: int = 40) -> pyvips.Image:
    """Draw a picture whose pixels say where they are: red is x, green is y."""
    flat = pyvips.Image.black(width, height)
    image = pyvips.Image.xyz(width, height).bandjoin(flat + 99)
    return image.cast("uchar").copy(interpretation="srgb")


def plain(width: int, height: int, colour: list[float]) -> pyvips.Image:
    image = pyvips.Image.black(width, height, bands=len(colour)).copy(interpretation="srgb")
    return (image + colour).cast("uchar")


@pytest.mark.parametrize(
    ("settings", "region"),
    [
        ({"left": 10, "top": 5, "width": 20, "height": 15}, (10, 5, 20, 15)),
        ({"left": 10.4, "top": 5.5, "width": 20.4, "height": 14.5}, (10, 6, 20, 15)),
        ({"left": 59, "top": 39, "width": 0.2, "height": 1}, (59, 39, 1, 1)),
        ({"left": 10}, (10, 0, 50, 40)),
        ({"top": 10}, (0, 10, 60, 30)),
        ({"left": 60 - 7, "top": 40 - 3}, (53, 37, 7, 3)),
        ({"width": 20}, (20, 0, 20, 40)),
        ({"height": 11}, (0, 14, 60, 11)),
        ({"width": 20, "top": 3}, (20, 3, 20, 37)),
        ({"width": 60, "height": 40}, (0, 0, 60, 40)),
        ({"aspectRatio": "1:1"}, (10, 0, 40, 40)),
        ({"aspectRatio": "3:1"}, (0, 10, 60, 20)),
        ({"aspectRatio": "1.5"}, (0, 0, 60, 40)),
        ({"aspectRatio": "2.5:5"}, (20, 0, 20, 40)),
        ({"aspectRatio": "1:1", "width": 16}, (22, 12, 16, 16)),
        ({"aspectRatio": "2:1", "height": 16}, (14, 12, 32, 16)),
        ({"aspectRatio": "2:1", "height": 16, "left": 1, "top": 2}, (1, 2, 32, 16)),
        ({"aspectRatio": "1:1", "left": 50}, (50, 15, 10, 10)),
        ({"aspectRatio": "1:1", "top": 30}, (25, 30, 10, 10)),
        ({"aspectRatio": "1:1", "left": 2, "top": 1, "width": 30, "height": 20}, (2, 1, 20, 20)),
        ({"unit": "percent", "left": 50, "top": 25, "width": 25, "height": 50}, (30, 10, 15, 20)),
        ({"unit": "percent", "left": 10, "width": 33.3}, (6, 0, 20, 40)),
        ({"unit": "percent", "width": 50, "aspectRatio": "1:1"}, (15, 5, 30, 30)),
        ({"unit": "percent", "left": 66.67, "width": 33.33}, (40, 0, 20, 40)),
    ],
)
def test_region(
    client: ToolClient, settings: dict[str, Any], region: tuple[int, int, int, int]
) -> None:
    result = client.run("crop", positions(), **settings)
    left, top, width, height = region
    assert (result.width, result.height) == (width, height)
    assert result(0, 0) == [left, top, 99]
    assert result(width - 1, height - 1) == [left + width - 1, top + height - 1, 99]


def test_two_halves_of_an_odd_side_both_fit(client: ToolClient) -> None:
    for side in (49, 51):
        result = client.run("crop", positions(side, side), unit="percent", left=50, width=50)
        assert result.width in (24, 25, 26)
        assert result(result.width - 1, 0)[0] == side - 1


@pytest.mark.parametrize(
    ("settings", "field", "expected", "received"),
    [
        ({"left": 60, "width": 5}, "left", "at least 0 and less than 60", "60"),
        ({"left": 100}, "left", "at least 0 and less than 60", "100"),
        ({"top": 400}, "top", "at least 0 and less than 40", "400"),
        ({"left": 10, "width": 51}, "width", "more than 0 and at most 50", "51"),
        ({"width": 61}, "width", "more than 0 and at most 60", "61"),
        ({"top": 39, "height": 2}, "height", "more than 0 and at most 1", "2"),
        ({"width": 50, "aspectRatio": "1:1"}, "height", "more than 0 and at most 40", "50"),
        (
            {"unit": "percent", "left": 25, "width": 80},
            "width",
            "more than 0 and at most 75",
            "80",
        ),
        ({"unit": "percent", "top": 100}, "top", "at least 0 and less than 100", "100"),
        ({"width": 999_999, "shape": "circle"}, "width", "more than 0 and at most 60", "999999"),
    ],
)
def test_a_region_outside_of_the_picture_is_refused(
    client: ToolClient, settings: dict[str, Any], field: str, expected: str, received: str
) -> None:
    response = client.post("crop", positions(), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "REGION_OUTSIDE")
    assert response.json["details"] == [
        {"field": field, "expected": expected, "received": received}
    ]


def test_circle_is_the_largest_in_the_middle(client: ToolClient) -> None:
    result = client.run("crop", positions(), shape="circle")
    assert (result.width, result.height, result.bands) == (40, 40, 4)
    assert result(20, 20) == [30, 20, 99, 255]
    for x, y in ((0, 0), (39, 0), (0, 39), (39, 39)):
        assert result(x, y) == [0, 0, 0, 0]
    for x, y in ((20, 0), (0, 20), (39, 19), (19, 39)):
        assert result(x, y)[3] > 200
    assert result[3].avg() / 255 == pytest.approx(pi / 4, abs=0.002)


def test_circle_of_a_region(client: ToolClient) -> None:
    result = client.run("crop", positions(), left=1, top=2, width=11, height=21, shape="circle")
    assert (result.width, result.height) == (11, 11)
    assert result(5, 5) == [6, 12, 99, 255]


@pytest.mark.parametrize("side", [1, 2, 5, 64])
def test_circle_is_the_same_from_all_sides(client: ToolClient, side: int) -> None:
    alpha = client.run("crop", plain(side, side, [9, 9, 9]), shape="circle")[3]
    for other in (alpha.fliphor(), alpha.flipver(), alpha.rot90()):
        assert_image_close(alpha, other, within=0)
    assert (alpha > 190).avg() > 0


def test_the_edge_of_a_circle_is_smooth(client: ToolClient) -> None:
    alpha = client.run("crop", plain(200, 200, [9, 9, 9]), shape="circle")[3]
    partial = ((alpha > 0) & (alpha < 255)).avg() / 255 * alpha.width * alpha.height
    assert 400 < partial < 1000


def corner(alpha: pyvips.Image) -> int:
    """Count the transparent pixels at the start of the top row: nearly the radius."""
    return next(x for x in range(alpha.width) if alpha(x, 0)[0] > 127)


@pytest.mark.parametrize(
    ("settings", "least", "most"),
    [
        ({}, 5, 10),
        ({"borderRadius": 30}, 20, 30),
        ({"borderRadius": 1_000}, 35, 50),
        ({"borderRadius": 0}, 0, 0),
    ],
)
def test_border_radius(client: ToolClient, settings: dict[str, Any], least: int, most: int) -> None:
    result = client.run("crop", plain(200, 100, [9, 9, 9]), shape="rounded", **settings)
    assert (result.width, result.height) == (200, 100)
    assert least <= corner(result[3]) <= most
    assert least <= corner(result[3].rot180()) <= most
    assert min(result(100, 0)[3], result(0, 50)[3]) >= 250


def test_background_fills_the_corners(client: ToolClient) -> None:
    for shape in ("circle", "rounded"):
        result = client.run("crop", positions(), shape=shape, background="#ff8000")
        assert result.bands == 3
        assert result(0, 0) == [255, 128, 0]
        assert result(result.width // 2, 20)[1:] == [20, 99]


def test_background_half_transparent(client: ToolClient) -> None:
    result = client.run("crop", positions(), shape="circle", background="#ff80000a")
    assert result(0, 0) == [255, 128, 0, 10]
    assert result(20, 20) == [30, 20, 99, 255]


def test_background_does_not_bleed_into_the_edge(client: ToolClient) -> None:
    result = client.run("crop", plain(50, 50, [0, 255, 0]), shape="circle")
    visible = result[3] > 8
    assert visible.ifthenelse(result[0], 0).avg() == 0
    assert (visible.ifthenelse(result[1], 255) > 250).avg() == 255


def test_grey_stays_grey_unless_the_background_has_a_colour(client: ToolClient) -> None:
    def bands(**settings: Any) -> int:
        return client.run("crop", sample("grey"), **settings).bands

    assert bands(width=10) == 1
    assert bands(shape="circle") == 2
    assert bands(shape="circle", background="white") == 1
    assert bands(shape="circle", background="red") == 3


def test_alpha_is_kept_inside(client: ToolClient) -> None:
    picture = plain(40, 40, [200, 100, 50, 128])
    assert client.run("crop", picture, width=10)(5, 5) == [200, 100, 50, 128]
    result = client.run("crop", picture, shape="circle", background="white")
    assert result(20, 20) == [200, 100, 50, 128]
    assert result(0, 0) == [255, 255, 255, 255]


@pytest.mark.parametrize(
    ("settings", "media_type"),
    [
        ({"width": 10}, "image/jpeg"),
        ({"shape": "circle"}, "image/png"),
        ({"shape": "rounded"}, "image/png"),
        ({"shape": "rounded", "background": "#ffffff80"}, "image/png"),
        ({"shape": "circle", "background": "white"}, "image/jpeg"),
    ],
)
def test_jpeg_becomes_png_for_transparent_corners(
    client: ToolClient, settings: dict[str, Any], media_type: str
) -> None:
    assert client.post("crop", sample("jpeg"), **settings).mimetype == media_type


@pytest.mark.parametrize("name", ["webp", "avif", "tiff", "two-frames"])
def test_other_formats_hold_the_corners(client: ToolClient, name: str) -> None:
    result = client.run("crop", sample(name), shape="circle")
    assert result.hasalpha()
    assert result(0, 0)[3] == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_region_is_that_of_the_upright_picture(client: ToolClient, orientation: int) -> None:
    settings = {"left": 24, "top": 0, "width": 24, "height": 16}
    result = client.run("crop", sample(f"orientation-{orientation}"), **settings)
    assert_image_close(result, plain(24, 16, [0, 255, 0]), within=6)


def test_animation_keeps_its_frames_and_timing(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        result = client.run("crop", sample(name), left=24, top=16)
        assert (result.width, result.get("page-height"), result.get("n-pages")) == (24, 16, 2)
        assert result.get("delay") == [70, 130]
        assert result(5, 5)[:3] == [255, 255, 255]
        assert result(5, 21)[:3] == [0, 0, 0]


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "camera.png"])
def test_photographs(client: ToolClient, photos: Path, name: str) -> None:
    picture = pyvips.Image.new_from_file(str(photos / name))
    result = client.run("crop", photos / name, left=100, top=200, width=150, height=120)
    assert_image_close(result, picture.crop(100, 200, 150, 120), within=1)
    round_one = client.run("crop", photos / name, aspectRatio="4:3", shape="rounded")
    assert round_one.width / round_one.height == pytest.approx(4 / 3, abs=0.01)
    inside = round_one.crop(100, 100, 100, 100).extract_band(0, n=picture.bands)
    left, top = (picture.width - round_one.width) // 2, (picture.height - round_one.height) // 2
    assert_image_close(inside, picture.crop(left + 100, top + 100, 100, 100), within=1)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"unit": "percent"},
        {"borderRadius": 10},
        {"left": -1},
        {"top": -0.5},
        {"width": 0},
        {"height": -3},
        {"width": "10"},
        {"width": 10, "unit": "em"},
        {"aspectRatio": "16/9"},
        {"aspectRatio": "0:1"},
        {"aspectRatio": "1:0"},
        {"aspectRatio": "0"},
        {"aspectRatio": "-1:1"},
        {"aspectRatio": ""},
        {"aspectRatio": 1.5},
        {"aspectRatio": "1" * 17},
        {"shape": "star"},
        {"shape": "rounded", "borderRadius": -1},
        {"shape": "circle", "background": "blurple"},
        {"width": 2_000_000},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("crop", sample("rgb"), **settings) == (400, "INVALID_SETTINGS")
