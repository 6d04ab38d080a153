"""Replace & Invert Color: by distance, all of it up to half of the tolerance, then fading."""

from math import dist
from pathlib import Path
from typing import Any

import ashim_adjustments.replace_color
import pytest
import pyvips
from ashim_adjustments.replace_color import ReplaceColorSettings, replace_color
from skimage.color import rgb2lab

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample

TOOL = "replace-color"
RED = [255.0, 0.0, 0.0]
GREEN = [0.0, 255.0, 0.0]
BLUE = [0.0, 0.0, 255.0]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_adjustments.replace_color)


def plain(values: list[float], width: int = 8, height: int = 8) -> pyvips.Image:
    image = (pyvips.Image.black(width, height, bands=len(values)) + values).cast("uchar")
    return image.copy(interpretation="srgb" if len(values) > 2 else "b-w")


def colour(client: ToolClient, values: list[float], **settings: Any) -> list[float]:
    """Give what becomes of one colour."""
    return list(client.run(TOOL, plain(values), **settings)(4, 4))


def away(one: list[float], other: list[float]) -> float:
    """Give the distance of two colours, as another library knows it."""
    return dist(*(rgb2lab([value / 255 for value in values]) for values in (one, other)))


def share(distance: float, tolerance: float) -> float:
    """Say how much of a colour is replaced, 0 to 1."""
    return min(max(2 - 2 * distance / tolerance, 0), 1)


def test_defaults_make_red_green(client: ToolClient) -> None:
    assert colour(client, RED) == GREEN
    assert colour(client, [250, 5, 5]) == GREEN
    assert colour(client, BLUE) == BLUE
    assert colour(client, [255, 255, 255]) == [255, 255, 255]


@pytest.mark.parametrize("target", ["#0000ff", "blue", "#00f", "#0000ffff"])
def test_target_color_is_what_is_replaced(client: ToolClient, target: str) -> None:
    assert colour(client, BLUE, targetColor=target) == GREEN
    assert colour(client, RED, targetColor=target) == RED


def test_replacement_color_is_what_comes_in(client: ToolClient) -> None:
    assert colour(client, RED, replacementColor="#102030") == [16, 32, 48]
    assert colour(client, RED, replacementColor="white") == [255, 255, 255]


@pytest.mark.parametrize("tolerance", [5, 20, 30, 60, 120, 255])
@pytest.mark.parametrize(
    "values", [[230.0, 40.0, 30.0], [255.0, 90.0, 60.0], [200.0, 0.0, 0.0], [128.0, 128.0, 128.0]]
)
def test_tolerance_is_where_replacing_ends(
    client: ToolClient, tolerance: float, values: list[float]
) -> None:
    replaced = share(away(values, RED), tolerance)
    expected = [
        (1 - replaced) * old + replaced * new for old, new in zip(values, GREEN, strict=True)
    ]
    # skimage has other digits of the white point, worth less than 1 % of the distance.
    assert colour(client, values, tolerance=tolerance) == pytest.approx(expected, abs=8)


def test_fading_is_linear_between_half_of_the_tolerance_and_all_of_it(client: ToolClient) -> None:
    values = [230.0, 40.0, 30.0]
    distance = away(values, RED)
    for part in (0, 0.25, 0.5, 0.75, 1):
        tolerance = distance / (1 - part / 2)
        result = colour(client, values, tolerance=tolerance, replacementColor="#e6281eff")
        assert result == values
        black = colour(client, values, tolerance=tolerance, replacementColor="black")
        assert black[0] == pytest.approx((1 - part) * 230, abs=6)


def test_no_tolerance_is_exactly_this_colour(client: ToolClient) -> None:
    settings = {"targetColor": "#fe0102", "tolerance": 0}
    assert colour(client, [254, 1, 2], **settings) == GREEN
    for other in ([255, 1, 2], [254, 0, 2], [254, 1, 3]):
        assert colour(client, [float(value) for value in other], **settings) == other


def test_invert_replaces_everything_else(client: ToolClient) -> None:
    assert colour(client, RED, invert=True) == RED
    assert colour(client, BLUE, invert=True) == GREEN
    assert colour(client, [255, 255, 255], invert=True, tolerance=0) == GREEN
    assert colour(client, RED, invert=True, tolerance=0) == RED
    half = 1 - share(away([230, 40, 30], RED), 20)
    result = colour(client, [230, 40, 30], invert=True, tolerance=20, replacementColor="black")
    assert result == pytest.approx([(1 - half) * value for value in (230, 40, 30)], abs=4)


def test_make_transparent_keeps_the_colour_and_fades_the_alpha(client: ToolClient) -> None:
    assert colour(client, RED, makeTransparent=True) == [*RED, 0]
    assert colour(client, BLUE, makeTransparent=True) == [*BLUE, 255]
    assert colour(client, BLUE, makeTransparent=True, invert=True) == [*BLUE, 0]
    values = [230.0, 40.0, 30.0]
    alpha = 255 * (1 - share(away(values, RED), 20))
    result = colour(client, values, makeTransparent=True, tolerance=20, replacementColor="blue")
    assert result[:3] == values
    assert 20 < result[3] < 235
    assert result[3] == pytest.approx(alpha, abs=6)


def test_alpha_of_the_replacement_scales_that_of_the_picture(client: ToolClient) -> None:
    settings = {"replacementColor": "#0000ff80"}
    assert colour(client, RED, **settings) == [*BLUE, 128]
    assert colour(client, [*RED, 100], **settings) == [*BLUE, 50]
    assert colour(client, GREEN, **settings) == [*GREEN, 255]
    assert colour(client, [*GREEN, 100], **settings) == [*GREEN, 100]


def test_a_half_transparent_replacement_weighs_less_where_it_fades(client: ToolClient) -> None:
    values = [230.0, 40.0, 30.0]
    distance = away(values, RED)
    result = colour(client, values, tolerance=distance / 0.75, replacementColor="#00000033")
    left = 0.5 + 0.5 * 0.2
    assert result[3] == pytest.approx(255 * left, abs=4)
    assert result[0] == pytest.approx(230 * 0.5 / left, abs=5)


def test_transparent_pixels_stay_transparent(client: ToolClient) -> None:
    for settings in ({}, {"invert": True}, {"replacementColor": "#0000ff80"}):
        assert colour(client, [*RED, 0], **settings)[3] == 0
        assert colour(client, [*BLUE, 0], **settings)[3] == 0


@pytest.mark.parametrize("name", ["rgba", "grey-alpha"])
def test_alpha_is_kept(client: ToolClient, name: str) -> None:
    before = pyvips.Image.new_from_buffer(sample(name), "")
    result = client.run(TOOL, before, targetColor="white", replacementColor="black")
    last = before.bands - 1
    assert_image_close(result[last], before[last], within=0)


def test_smooth_edges_stay_smooth(client: ToolClient) -> None:
    """A black disc on white becomes blue on white, with no seam of grey or black."""
    disc = plain([255, 255, 255], 400, 400).draw_circle([0, 0, 0], 200, 200, 150, fill=True)
    disc = disc.resize(0.25, kernel="linear")
    result = client.run(TOOL, disc, targetColor="black", replacementColor="#0000ff", tolerance=100)
    assert result(50, 50) == BLUE
    assert result(2, 2) == [255, 255, 255]
    red = result[0]
    between = ((red > 10) & (red < 245)).avg() / 255 * red.width * red.height
    assert between > 100


def test_grey_stays_grey_unless_a_colour_comes_in(client: ToolClient) -> None:
    grey: dict[str, Any] = {"targetColor": "#646464", "replacementColor": "#c8c8c8"}
    assert colour(client, [100], **grey) == [200]
    assert colour(client, [100, 77], **grey) == [200, 77]
    assert colour(client, [100], **{**grey, "replacementColor": "#c8c8c880"}) == [200, 128]
    assert colour(client, [100], **{**grey, "replacementColor": "red"}) == RED
    assert colour(client, [100, 77], **{**grey, "replacementColor": "red"}) == [*RED, 77]
    assert colour(client, [100], targetColor="#646464", makeTransparent=True) == [100, 0]
    assert colour(client, [200], targetColor="#646464", makeTransparent=True) == [200, 255]


@pytest.mark.parametrize(
    "settings",
    [
        {"replacementColor": "orange", "tolerance": 60},
        {"replacementColor": "#ff990077", "invert": True},
        {"makeTransparent": True, "tolerance": 90},
    ],
)
def test_grey_is_replaced_like_the_same_grey_in_colour(
    client: ToolClient, photos: Path, settings: dict[str, Any]
) -> None:
    grey = pyvips.Image.new_from_file(str(photos / "camera.png"))
    colours = grey.bandjoin(grey).bandjoin(grey).copy(interpretation="srgb")
    ours, expected = (
        client.run(TOOL, image, targetColor="#808080", **settings) for image in (grey, colours)
    )
    if ours.bands == 2:
        ours = ours[0].bandjoin(ours[0]).bandjoin(ours[0]).bandjoin(ours[1])
    assert_image_close(ours, expected, within=0)


@pytest.mark.parametrize(
    ("settings", "media_type"),
    [
        ({}, "image/jpeg"),
        ({"replacementColor": "#00ff00"}, "image/jpeg"),
        ({"replacementColor": "#00ff0080"}, "image/png"),
        ({"replacementColor": "transparent"}, "image/png"),
        ({"makeTransparent": True}, "image/png"),
        ({"invert": True}, "image/jpeg"),
    ],
)
def test_jpeg_becomes_png_where_something_becomes_transparent(
    client: ToolClient, settings: dict[str, Any], media_type: str
) -> None:
    assert client.post(TOOL, sample("jpeg"), **settings).mimetype == media_type


@pytest.mark.parametrize("name", ["sourceColor", "source_color"])
def test_from_source_to_target(client: ToolClient, name: str) -> None:
    older: dict[str, Any] = {name: "#0000ff", "targetColor": "#102030"}
    assert colour(client, BLUE, **older) == [16, 32, 48]
    assert colour(client, [16, 32, 48], **older, tolerance=5) == [16, 32, 48]
    alone: dict[str, Any] = {name: "#0000ff"}
    assert colour(client, BLUE, **alone) == GREEN
    assert colour(client, RED, **alone) == RED


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_animation_keeps_its_frames_and_timing(client: ToolClient, name: str) -> None:
    result = client.run(TOOL, sample(name), replacementColor="blue", tolerance=40)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    assert result.get("delay") == [70, 130]
    assert result(5, 5)[:3] == pytest.approx(BLUE, abs=3)
    assert result(5, 37)[:3] == pytest.approx([0, 255, 255], abs=3)


def test_sixteen_bits_and_cmyk(client: ToolClient) -> None:
    assert client.run(TOOL, sample("16-bit"))(5, 5) == GREEN
    ink = pyvips.Image.new_from_buffer(client.post(TOOL, sample("cmyk"), tolerance=0).data, "")
    assert ink(5, 5)[0] > 150
    target = "#" + "".join(f"{round(value):02x}" for value in ink(5, 5))
    replaced = client.run(TOOL, sample("cmyk"), targetColor=target, replacementColor="white")
    assert replaced(5, 5) == pytest.approx([255, 255, 255], abs=4)


def test_a_large_picture_is_read_from_top_to_bottom(
    client: ToolClient, photo: Path, tmp_path: Path
) -> None:
    large = pyvips.Image.new_from_file(str(photo)).crop(500, 0, 400, 1411).replicate(1, 2)
    path = tmp_path / "large.jpg"
    large.jpegsave(str(path), Q=90)
    given: dict[str, Any] = {"targetColor": "#c04818", "replacementColor": "#0000ff80"}
    settings = ReplaceColorSettings.model_validate(given)
    streamed, settled = (
        replace_color(pyvips.Image.new_from_file(str(path), access=access), settings).copy_memory()
        for access in ("sequential", "random")
    )
    assert_image_close(streamed, settled, within=0)
    assert settled[3].min() == 128
    assert_image_close(client.run(TOOL, path, **given), settled, within=0)


def fields(client: ToolClient, **settings: Any) -> list[str]:
    """Give the fields that are to blame for a refusal."""
    response = client.post(TOOL, sample("rgb"), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    return [detail["field"] for detail in response.json["details"]]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"tolerance": -1}, "tolerance"),
        ({"tolerance": 256}, "tolerance"),
        ({"tolerance": "30"}, "tolerance"),
        ({"targetColor": "blurple"}, "targetColor"),
        ({"targetColor": "#ff000080"}, "targetColor"),
        ({"targetColor": "transparent"}, "targetColor"),
        ({"replacementColor": "#12345"}, "replacementColor"),
        ({"replacementColor": 3}, "replacementColor"),
        ({"invert": 1}, "invert"),
        ({"makeTransparent": "yes"}, "makeTransparent"),
        ({"sourceColor": "red", "replacementColor": "blue"}, ""),
        ({"sourceColor": "blurple"}, "targetColor"),
        ({"sourceColors": "red"}, "sourceColors"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    # A colour is blamed once for each way to write it.
    assert {name.partition(".")[0] for name in fields(client, **settings)} == {field}


@pytest.mark.parametrize("tolerance", [0, 0.5, 255])
def test_the_bounds_of_the_tolerance_are_allowed(client: ToolClient, tolerance: float) -> None:
    assert colour(client, RED, tolerance=tolerance) == GREEN
