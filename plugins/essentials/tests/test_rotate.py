"""Rotate & Flip: every setting has its effect in pixels."""

from math import cos, radians, sin
from pathlib import Path
from typing import Any

import ashim_essentials.rotate
import pytest
import pyvips

from ashim_core.plugin import ImageTool
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample

CORNERS: dict[str, list[float]] = {
    "red": [255, 0, 0],
    "green": [0, 255, 0],
    "blue": [0, 0, 255],
    "white": [255, 255, 255],
}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.rotate)


def plain(width: int, height: int, colour: list[float]) -> pyvips.Image:
    image = pyvips.Image.black(width, height, bands=len(colour)).copy(interpretation="srgb")
    return (image + colour).cast("uchar")


def corners(image: pyvips.Image) -> list[str]:
    """Name the colours of the corners: top left, top right, bottom left, bottom right."""
    names = {tuple(value): name for name, value in CORNERS.items()}
    right, bottom = image.width - 1, image.height - 1
    return [names[tuple(image(x, y))] for y in (0, bottom) for x in (0, right)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "red green blue white"),
        ({"angle": 90}, "blue red white green"),
        ({"angle": 180}, "white blue green red"),
        ({"angle": 270}, "green white red blue"),
        ({"angle": 360}, "red green blue white"),
        ({"angle": -90}, "green white red blue"),
        ({"angle": 720}, "red green blue white"),
        ({"angle": -35_910}, "blue red white green"),
        ({"angle": 90.0}, "blue red white green"),
        ({"flip": "none"}, "red green blue white"),
        ({"flip": "horizontal"}, "green red white blue"),
        ({"flip": "vertical"}, "blue white red green"),
        ({"flip": "both"}, "white blue green red"),
        ({"angle": 90, "flip": "horizontal"}, "red blue green white"),
        ({"angle": 90, "flip": "vertical"}, "white green blue red"),
        ({"horizontal": True}, "green red white blue"),
        ({"vertical": True}, "blue white red green"),
        ({"horizontal": True, "vertical": True}, "white blue green red"),
        ({"horizontal": False, "vertical": False}, "red green blue white"),
        ({"angle": 90, "horizontal": True}, "red blue green white"),
    ],
)
def test_right_angles_and_flips(
    client: ToolClient, settings: dict[str, Any], expected: str
) -> None:
    result = client.run("rotate", sample("rgb"), **settings)
    sides = (32, 48) if settings.get("angle", 0) % 180 else (48, 32)
    assert (result.width, result.height) == sides
    assert corners(result) == expected.split()


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "camera.png"])
def test_right_angles_lose_nothing(client: ToolClient, photos: Path, name: str) -> None:
    picture = pyvips.Image.new_from_file(str(photos / name)).copy(interpretation="srgb")
    picture = pyvips.Image.new_from_buffer(picture.write_to_buffer(".png[keep=none]"), "")
    once = client.run("rotate", picture, angle=90)
    assert (once.width, once.height) == (picture.height, picture.width)
    back = client.run("rotate", once, angle=-90)
    assert_image_close(back, picture, within=0)


@pytest.mark.parametrize("angle", [0.5, 30, 45, 100, 200.5, -7, 359.9])
@pytest.mark.parametrize("sides", [(60, 40), (61, 41), (3, 2)])
def test_the_canvas_holds_the_whole_picture(
    client: ToolClient, angle: float, sides: tuple[int, int]
) -> None:
    width, height = sides
    result = client.run("rotate", plain(width, height, [9, 99, 199]), angle=angle)
    across, down = abs(cos(radians(angle))), abs(sin(radians(angle)))
    assert 0 <= result.width - (width * across + height * down) < 1
    assert 0 <= result.height - (width * down + height * across) < 1
    area = result[3].avg() / 255 * result.width * result.height
    assert area == pytest.approx(width * height, rel=0.005, abs=0.5)
    alpha = result[3]
    assert ((alpha - alpha.rot180()).abs() > 1).avg() == 0


def test_angles_are_clockwise(client: ToolClient) -> None:
    result = client.run("rotate", sample("rgb"), angle=45)
    middle, edge = result.width // 2, 8
    assert result(edge, middle)[:3] == CORNERS["blue"]
    assert result(middle, edge)[:3] == CORNERS["red"]
    assert result(result.width - edge, middle)[:3] == CORNERS["green"]


def test_flip_comes_after_the_turn(client: ToolClient) -> None:
    turned = client.run("rotate", sample("rgb"), angle=20)
    both = client.run("rotate", sample("rgb"), angle=20, flip="horizontal")
    assert_image_close(both, turned.fliphor(), within=0)


def test_corners_are_transparent_without_a_background(client: ToolClient) -> None:
    for name in ("rgb", "webp", "tiff", "two-frames", "palette"):
        result = client.run("rotate", sample(name), angle=30)
        assert result.hasalpha()
        assert result(0, 0)[3] == 0


def test_corners_of_a_jpeg_are_white_without_a_background(client: ToolClient, photos: Path) -> None:
    response = client.post("rotate", photos / "rocket.jpg", angle=30)
    assert response.mimetype == "image/jpeg"
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert (result.crop(0, 0, 100, 100) > 250).avg() == 255
    assert (result.crop(result.width - 100, result.height - 100, 100, 100) > 250).avg() == 255


@pytest.mark.parametrize(
    ("settings", "media_type"),
    [
        ({"angle": 30}, "image/jpeg"),
        ({"angle": 30, "background": None}, "image/jpeg"),
        ({"angle": 30, "background": "white"}, "image/jpeg"),
        ({"angle": 30, "background": "transparent"}, "image/png"),
        ({"angle": 30, "background": "#ff000080"}, "image/png"),
        ({"angle": 90, "background": "transparent"}, "image/jpeg"),
        ({"flip": "both", "background": "transparent"}, "image/jpeg"),
    ],
)
def test_jpeg_becomes_png_for_transparent_corners_asked_for(
    client: ToolClient, settings: dict[str, Any], media_type: str
) -> None:
    assert client.post("rotate", sample("jpeg"), **settings).mimetype == media_type


def test_background_fills_the_corners(client: ToolClient) -> None:
    result = client.run("rotate", sample("rgb"), angle=30, background="#ff8000")
    assert result.bands == 3
    assert result(0, 0) == [255, 128, 0]
    half = client.run("rotate", sample("rgb"), angle=30, background="#ff80000a")
    assert half(0, 0) == [255, 128, 0, 10]
    assert half(half.width // 2, half.height // 2)[3] == 255


def test_background_and_picture_meet_smoothly(client: ToolClient) -> None:
    result = client.run("rotate", plain(60, 60, [0, 0, 0]), angle=20, background="white")[0]
    between = ((result > 20) & (result < 235)).avg() / 255 * result.width * result.height
    assert 100 < between < 500


def test_background_does_not_bleed_into_the_edge(client: ToolClient) -> None:
    result = client.run("rotate", plain(50, 50, [0, 255, 0]), angle=20)
    visible = result[3] > 8
    assert visible.ifthenelse(result[0], 0).avg() == 0
    assert (visible.ifthenelse(result[1], 255) > 250).avg() == 255


def test_own_transparency_is_kept(client: ToolClient) -> None:
    picture = plain(40, 40, [200, 100, 50, 128])
    result = client.run("rotate", picture, angle=30, background="white")
    middle = result.width // 2
    assert result(middle, middle) == [200, 100, 50, 128]
    assert result(0, 0) == [255, 255, 255, 255]


def test_grey_stays_grey_unless_the_background_has_a_colour(client: ToolClient) -> None:
    def bands(**settings: Any) -> int:
        return client.run("rotate", sample("grey"), **settings).bands

    assert bands(angle=90) == 1
    assert bands(angle=30) == 2
    assert bands(angle=30, background="white") == 1
    assert bands(angle=30, background="red") == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_turned(client: ToolClient, orientation: int) -> None:
    result = client.run("rotate", sample(f"orientation-{orientation}"), angle=90)
    expected = client.run("rotate", sample("rgb"), angle=90)
    assert_image_close(result, expected, within=6)


def test_animation_keeps_its_frames_and_timing(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        result = client.run("rotate", sample(name), angle=90)
        assert (result.width, result.get("page-height"), result.get("n-pages")) == (32, 48, 2)
        assert result.get("delay") == [70, 130]
        assert_image_close(result.crop(2, 2, 8, 8)[:3], plain(8, 8, CORNERS["blue"]))
        assert_image_close(result.crop(2, 50, 8, 8)[:3], plain(8, 8, [255, 255, 0]))


@pytest.mark.parametrize("name", ["chelsea.png", "camera.png", "rocket.jpg"])
def test_photographs_come_back_from_a_turn(client: ToolClient, photos: Path, name: str) -> None:
    """Turned there and back, the middle of a photograph looks as before."""
    picture = pyvips.Image.new_from_file(str(photos / name))
    there = client.run("rotate", picture, angle=33)
    back = client.run("rotate", there, angle=-33)
    side = 200
    now, before = (
        image.crop((image.width - side) // 2, (image.height - side) // 2, side, side)
        for image in (back.extract_band(0, n=picture.bands), picture)
    )
    assert_image_close(now, before, within=8)


@pytest.mark.parametrize(
    "settings",
    [
        {"angle": "90"},
        {"angle": 36_001},
        {"angle": -36_001},
        {"angle": True},
        {"flip": "diagonal"},
        {"flip": True},
        {"background": "blurple"},
        {"horizontal": 1},
        {"vertical": "true"},
        {"horizontal": True, "flip": "vertical"},
        {"angel": 90},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("rotate", sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def test_a_result_past_the_budget_is_refused(ashim: MakeClient) -> None:
    client = ashim(ashim_essentials.rotate, max_megapixels=0.0016)
    assert client.refusal("rotate", sample("rgb"), angle=45) == (413, "TOO_MANY_PIXELS")


@pytest.mark.parametrize(
    ("settings", "streams"),
    [
        ({"flip": "horizontal"}, True),
        ({"angle": 360, "flip": "horizontal"}, True),
        ({"flip": "vertical"}, False),
        ({"angle": 90}, False),
        ({"angle": 0.5, "flip": "horizontal"}, False),
    ],
)
def test_only_what_keeps_the_rows_streams(settings: dict[str, Any], streams: bool) -> None:
    (tool,) = ashim_essentials.rotate.ashim_tools()
    assert isinstance(tool, ImageTool)
    assert tool.streams(tool.settings.model_validate(settings)) is streams
