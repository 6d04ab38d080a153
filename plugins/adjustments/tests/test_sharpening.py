"""Sharpening: every setting has the effect of its formula on a step from dark to light."""

from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any

import ashim_adjustments.sharpening
import pytest
import pyvips
from ashim_adjustments.grain import median_of_nine
from ashim_adjustments.sharpening import SharpeningSettings, sharpen

from ashim_core.testing import (
    MakeClient,
    ToolClient,
    assert_image_close,
    distance,
    sample,
)

TOOL = "sharpening"
DARK, LIGHT = 100, 150
UNIT = 2.55
"""How far apart values are whose lightness differs by 1 of 100."""


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_adjustments.sharpening)


def plain(values: list[float], width: int = 40, height: int = 20) -> pyvips.Image:
    image = (pyvips.Image.black(width, height, bands=len(values)) + values).cast("uchar")
    return image.copy(interpretation="srgb" if len(values) > 2 else "b-w")


def step(dark: list[float], light: list[float]) -> pyvips.Image:
    """Draw a dark half and, from x = 40, a light one."""
    left = plain(dark)
    return left.insert(plain(light), left.width, 0, expand=True).copy_memory()


def changes(client: ToolClient, **settings: Any) -> list[float]:
    """Say what is added to the last dark and the first light pixel of a grey step of 50."""
    result = client.run(TOOL, step([DARK], [LIGHT]), **settings)
    return [result(39, 9)[0] - DARK, result(40, 9)[0] - LIGHT]


def detail(sigma: float, distance: float = 0.5) -> float:
    """Say how far a step of 50 is from its Gaussian blur, at a distance from the edge."""
    return 50 * (1 - NormalDist().cdf(distance / sigma))


@pytest.mark.parametrize("sigma", [0.5, 1, 2.5, 10])
def test_sigma_is_that_of_the_blur(client: ToolClient, sigma: float) -> None:
    bounds = {"m1": 1, "m2": 1, "y2": 50, "y3": 50}
    expected = detail(sigma)
    assert changes(client, sigma=sigma, **bounds) == pytest.approx([-expected, expected], abs=1)


@pytest.mark.parametrize(("m1", "added"), [(0, 0), (1, 1), (4, 4), (10, 10)])
def test_m1_is_how_much_is_added_below_x1(client: ToolClient, m1: float, added: float) -> None:
    """A faint step of 4 is flat by the default of x1."""
    result = client.run(TOOL, step([100], [104]), m1=m1, m2=20)
    blurred = 1  # 0.31 of 4, as a whole number
    assert result(39, 9) == [100 - added * blurred]
    assert result(40, 9) == [104 + added * blurred]


@pytest.mark.parametrize("m2", [0, 1, 2, 20])
def test_m2_is_how_much_is_added_beyond_x1(client: ToolClient, m2: float) -> None:
    edge = detail(1) / UNIT
    expected = UNIT * min(2 + m2 * (edge - 2), 50)
    assert changes(client, m2=m2, y2=50, y3=50) == pytest.approx(
        [-min(expected, DARK), min(expected, 255 - LIGHT)], abs=0.6 * m2 + 0.6
    )


@pytest.mark.parametrize("x1", [0, 1, 5, 10])
def test_x1_is_where_edges_begin(client: ToolClient, x1: float) -> None:
    edge = round(detail(1)) / UNIT
    expected = UNIT * 3 * max(edge - x1, 0)
    assert changes(client, m1=0, x1=x1, y2=50, y3=50) == pytest.approx(
        [-expected, expected], abs=0.6
    )


@pytest.mark.parametrize("most", [0, 5, 12])
def test_y2_and_y3_are_the_most_that_is_added(client: ToolClient, most: float) -> None:
    free = UNIT * (2 + 3 * (round(detail(1)) / UNIT - 2))
    assert changes(client, y2=most, y3=50) == pytest.approx([-free, UNIT * most], abs=0.6)
    assert changes(client, y2=40, y3=most) == pytest.approx([-UNIT * most, free], abs=0.6)


def test_adaptive_is_what_libvips_does(client: ToolClient, photos: Path) -> None:
    """Its own operation works on exact L*, so numbers differ a little."""
    grey = pyvips.Image.new_from_file(str(photos / "camera.png"))
    ours = client.run(TOOL, grey, sigma=1.5)
    theirs = grey.sharpen(sigma=1.5, x1=2, y2=12, y3=20, m1=1, m2=3)
    theirs = theirs.colourspace("b-w").cast("uchar")
    assert distance(ours, grey) > 4
    assert distance(ours, theirs) < distance(ours, grey) / 3


@pytest.mark.parametrize("amount", [0, 50, 100, 250, 1000])
def test_amount_is_how_much_of_the_difference_is_added(client: ToolClient, amount: float) -> None:
    whole = round(detail(1)) * amount / 100
    expected = [-min(whole, DARK), min(whole, 255 - LIGHT)]
    assert changes(client, mode="unsharp", amount=amount) == pytest.approx(expected, abs=0.51)


@pytest.mark.parametrize("radius", [0.3, 0.5, 1, 2, 5])
def test_radius_is_the_sigma_of_the_blur(client: ToolClient, radius: float) -> None:
    result = client.run(TOOL, step([DARK], [LIGHT]), mode="unsharp", radius=radius)
    for away in range(4):
        expected = detail(radius, away + 0.5)
        assert result(39 - away, 9)[0] == pytest.approx(DARK - expected, abs=1.01)
        assert result(40 + away, 9)[0] == pytest.approx(LIGHT + expected, abs=1.01)


def test_the_least_radius_changes_nothing_that_is_seen(client: ToolClient) -> None:
    assert changes(client, mode="unsharp", radius=0.1, amount=1000) == [0, 0]


@pytest.mark.parametrize(
    ("threshold", "edge", "beside"), [(0, 15, 4), (4, 15, 4), (5, 15, 0), (15, 15, 0), (16, 0, 0)]
)
def test_threshold_leaves_what_differs_by_less(
    client: ToolClient, threshold: float, edge: float, beside: float
) -> None:
    result = client.run(TOOL, step([DARK], [LIGHT]), mode="unsharp", threshold=threshold)
    assert [result(x, 9)[0] for x in (38, 39, 40, 41)] == [
        *(DARK - beside, DARK - edge),
        *(LIGHT + edge, LIGHT + beside),
    ]


@pytest.mark.parametrize("strength", [0, 25, 50, 100])
@pytest.mark.parametrize(("size", "share"), [(3, 4 / 16), (5, 5 / 16)])
def test_strength_and_kernel_of_the_high_pass(
    client: ToolClient, strength: float, size: int, share: float
) -> None:
    settings = {"mode": "highpass", "strength": strength, "kernelSize": size}
    expected = 50 * share * strength / 50
    assert changes(client, **settings) == pytest.approx([-expected, expected], abs=1.01)


@pytest.mark.parametrize(
    ("denoise", "left"),
    [("off", [1, 2, 3, 4]), ("light", [3, 4]), ("medium", [4]), ("strong", [])],
)
def test_denoise_removes_grain_up_to_a_size(
    client: ToolClient, denoise: str, left: list[int]
) -> None:
    """A square of so many pixels stays only if it fills more than half of the window."""
    image = plain([90, 120, 60], 100, 20)
    for side in (1, 2, 3, 4):
        image = image.draw_rect([250, 250, 250], 20 * side, 8, side, side, fill=True)
    result = client.run(TOOL, image, mode="unsharp", amount=0, denoise=denoise)
    found = [side for side in (1, 2, 3, 4) if result(20 * side + side // 2, 8 + side // 2)[0] > 200]
    assert found == left


@pytest.mark.parametrize("name", ["coffee.png", "camera.png"])
def test_the_median_of_nine_is_the_median(photos: Path, name: str) -> None:
    image = pyvips.Image.new_from_file(str(photos / name))
    assert_image_close(median_of_nine(image), image.median(3), within=0)


@pytest.mark.parametrize(("denoise", "size"), [("light", 3), ("medium", 5), ("strong", 7)])
def test_denoise_is_the_median_of_a_square(
    client: ToolClient, photos: Path, denoise: str, size: int
) -> None:
    image = pyvips.Image.new_from_file(str(photos / "chelsea.png"))
    result = client.run(TOOL, image, mode="unsharp", amount=0, denoise=denoise)
    assert_image_close(result, image.median(size), within=0)


def test_grain_is_removed_before_sharpening(client: ToolClient) -> None:
    image = step([DARK], [LIGHT]).draw_rect([255], 10, 9, 1, 1, fill=True)
    result = client.run(TOOL, image, mode="unsharp", denoise="light")
    clean = client.run(TOOL, step([DARK], [LIGHT]), mode="unsharp")
    assert_image_close(result, clean, within=0)


MODES: list[dict[str, Any]] = [
    {"sigma": 2},
    {"mode": "unsharp", "amount": 300, "radius": 2},
    {"mode": "highpass", "strength": 100, "kernelSize": 5},
]


@pytest.mark.parametrize("settings", MODES)
def test_only_lightness_is_sharpened(client: ToolClient, settings: dict[str, Any]) -> None:
    """All channels get the same, so there are no coloured seams."""
    before = step([100, 120, 90], [140, 120, 150])
    result = client.run(TOOL, before, **settings)
    for x in range(30, 50):
        added = {new - old for new, old in zip(result(x, 9), before(x, 9), strict=True)}
        assert len(added) == 1
    assert result(39, 9) != before(39, 9)


@pytest.mark.parametrize("settings", MODES)
def test_alpha_is_never_sharpened(client: ToolClient, settings: dict[str, Any]) -> None:
    before = step([100, 100, 100, 60], [150, 150, 150, 200])
    result = client.run(TOOL, before, **settings)
    assert_image_close(result[3], before[3], within=0)
    assert result(40, 9)[0] > 150
    grey = client.run(TOOL, sample("grey-alpha"), **settings)
    assert (grey.bands, grey[1].min(), grey[1].max()) == (2, 128, 128)


@pytest.mark.parametrize("settings", [*MODES, {"denoise": "strong"}])
def test_what_is_transparent_does_not_bleed_into_what_is_seen(
    client: ToolClient, settings: dict[str, Any]
) -> None:
    results = [
        client.run(TOOL, step([120, 110, 90, 255], [hidden, hidden, hidden, 0]), **settings)
        for hidden in (0, 128, 255)
    ]
    for result in results:
        seen = result.crop(0, 0, 40, 20)
        assert_image_close(seen, plain([120, 110, 90, 255]), within=0)


def test_half_transparent_neighbours_count_half(client: ToolClient) -> None:
    """Beside an edge the blur is the mean weighed by alpha."""
    before = step([100, 100, 100, 255], [150, 150, 150, 51])
    result = client.run(TOOL, before, mode="unsharp", amount=200)
    share = 1 - NormalDist().cdf(0.5)
    blurred = (100 * (1 - share) + 150 * 0.2 * share) / (1 - share + 0.2 * share)
    assert result(39, 9)[0] == pytest.approx(100 + 2 * (100 - blurred), abs=2)


@pytest.mark.parametrize("settings", MODES)
def test_grey_stays_grey_and_is_sharpened_like_colour(
    client: ToolClient, photos: Path, settings: dict[str, Any]
) -> None:
    grey = pyvips.Image.new_from_file(str(photos / "camera.png"))
    result = client.run(TOOL, grey, **settings)
    assert result.bands == 1
    colours = grey.bandjoin(grey).bandjoin(grey).copy(interpretation="srgb")
    assert_image_close(client.run(TOOL, colours, **settings)[0], result, within=0)


def levels() -> Iterator[pyvips.Image]:
    return (plain([value]) for value in (0, 1, 77, 128, 200, 254, 255))


@pytest.mark.parametrize("size", [0.5, 0.6, 0.7, 0.75, 0.9, 1, 1.3, 2, 3.1, 4, 5])
def test_flat_areas_stay_flat(size: float) -> None:
    """Also with the most of everything: a blur may not make them lighter or darker."""
    for given in (
        {"mode": "unsharp", "radius": size, "amount": 1000},
        {"sigma": 2 * size, "m1": 10, "m2": 20, "x1": 0},
        {"mode": "highpass", "strength": 100, "kernelSize": 5},
    ):
        settings = SharpeningSettings.model_validate(given)
        for flat in levels():
            assert_image_close(sharpen(flat, settings), flat, within=0)


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"method": "unsharp", "amount": 200}, {"mode": "unsharp", "amount": 200}),
        ({"method": "unsharp-mask"}, {"mode": "unsharp"}),
        ({"mode": "unsharp-mask"}, {"mode": "unsharp"}),
        ({"method": "high-pass"}, {"mode": "highpass"}),
        ({"mode": "high-pass", "kernelSize": 5}, {"mode": "highpass", "kernel_size": 5}),
        ({"mode": "adaptive"}, {}),
    ],
)
def test_older_names(client: ToolClient, settings: dict[str, Any], same: dict[str, Any]) -> None:
    one, other = (client.run(TOOL, step([90], [140]), **given) for given in (settings, same))
    assert_image_close(one, other, within=0)


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_animation_keeps_its_frames_and_timing(client: ToolClient, name: str) -> None:
    result = client.run(TOOL, sample(name), sigma=2)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    assert result.get("delay") == [70, 130]
    assert result(5, 5)[:3] == pytest.approx([255, 0, 0], abs=3)
    assert result(5, 37)[:3] == pytest.approx([0, 255, 255], abs=3)


def test_sixteen_bits_and_cmyk(client: ToolClient) -> None:
    deep, plain_one = (client.run(TOOL, sample(name)) for name in ("16-bit", "rgb"))
    assert_image_close(deep, plain_one, within=0)
    inks = client.run(TOOL, sample("cmyk"), mode="unsharp", amount=0)
    assert (inks.bands, inks.interpretation) == (3, "srgb")


@pytest.mark.parametrize("settings", [{"sigma": 10}, {"mode": "unsharp", "denoise": "medium"}])
def test_a_large_picture_is_read_from_top_to_bottom(
    client: ToolClient, photo: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    large = pyvips.Image.new_from_file(str(photo)).crop(500, 0, 400, 1411).replicate(1, 2)
    path = tmp_path / "large.jpg"
    large.jpegsave(str(path), Q=90)
    parsed = SharpeningSettings.model_validate(settings)
    streamed, settled = (
        sharpen(pyvips.Image.new_from_file(str(path), access=access), parsed).copy_memory()
        for access in ("sequential", "random")
    )
    assert_image_close(streamed, settled, within=0)
    response = client.post(TOOL, path, **settings)
    assert (response.status_code, response.mimetype) == (200, "image/jpeg")
    assert_image_close(pyvips.Image.new_from_buffer(response.data, ""), settled, within=4)


RANGES: dict[str, tuple[str, float, float]] = {
    "sigma": ("adaptive", 0.5, 10),
    "m1": ("adaptive", 0, 10),
    "m2": ("adaptive", 0, 20),
    "x1": ("adaptive", 0, 10),
    "y2": ("adaptive", 0, 50),
    "y3": ("adaptive", 0, 50),
    "strength": ("highpass", 0, 100),
}


def fields(client: ToolClient, **settings: Any) -> list[str]:
    """Give the fields that are to blame for a refusal."""
    response = client.post(TOOL, sample("rgb"), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    return [detail["field"] for detail in response.json["details"]]


SHARED: dict[str, tuple[float, float]] = {
    "amount": (0, 1000),
    "radius": (0.1, 5),
    "threshold": (0, 255),
}
EVERY_MODE = ("adaptive", "unsharp", "highpass")
BOUNDS = [
    *((name, *limits) for name, limits in RANGES.items()),
    *((name, mode, *limits) for name, limits in SHARED.items() for mode in EVERY_MODE),
]


@pytest.mark.parametrize(("name", "mode", "least", "most"), BOUNDS)
def test_bounds(client: ToolClient, name: str, mode: str, least: float, most: float) -> None:
    given: dict[str, Any] = {"mode": mode}
    for wrong in (least - 1, most + 1, str(most)):
        assert fields(client, **{**given, name: wrong}) == [name]
    for value in (least, most):
        given[name] = value
        assert client.post(TOOL, sample("rgb"), **given).status_code == 200


@pytest.mark.parametrize("name", [*RANGES, "kernelSize"])
@pytest.mark.parametrize("mode", ["adaptive", "unsharp", "highpass", None])
def test_settings_of_another_mode_are_refused(
    client: ToolClient, name: str, mode: str | None
) -> None:
    own, least, _ = RANGES.get(name, ("highpass", 3, 5))
    given: dict[str, Any] = {"mode": mode, name: least} if mode else {name: least}
    if own == (mode or "adaptive"):
        assert client.post(TOOL, sample("rgb"), **given).status_code == 200
    else:
        assert fields(client, **given) == [name]


def test_the_refusal_says_which_mode_it_takes(client: ToolClient) -> None:
    response = client.post(TOOL, sample("rgb"), strength=50)
    assert response.json is not None
    assert response.json["message"] == (
        "Invalid settings for sharpening: expected nothing, as it belongs to mode=highpass and the "
        "mode is adaptive, for 'strength' but received 50."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sigma": 2, "radius": 1}, "either 'radius' or 'sigma'"),
        ({"mode": "highpass", "kernelSize": 5, "radius": 1}, "either 'radius' or 'kernelSize'"),
    ],
)
def test_two_sizes_are_one_too_many(
    client: ToolClient, settings: dict[str, Any], words: str
) -> None:
    assert words in client.post(TOOL, sample("rgb"), **settings).text
    assert fields(client, **settings) == [""]


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("amount", [0, 50, 200])
def test_amount_counts_in_every_mode(client: ToolClient, mode: str, amount: float) -> None:
    bounds = {"m1": 1, "m2": 1, "y2": 50, "y3": 50} if mode == "adaptive" else {}
    once = changes(client, mode=mode, **bounds)
    expected = [change * amount / 100 for change in once]
    found = changes(client, mode=mode, amount=amount, **bounds)
    assert found == pytest.approx(expected, abs=1 + amount / 100)
    assert amount == 0 or any(found)


@pytest.mark.parametrize("mode", EVERY_MODE)
@pytest.mark.parametrize("radius", [0.5, 2, 5])
def test_radius_counts_in_every_mode(client: ToolClient, mode: str, radius: float) -> None:
    bounds = {"m1": 1, "m2": 1, "y2": 50, "y3": 50} if mode == "adaptive" else {}
    expected = round(detail(radius))
    found = changes(client, mode=mode, radius=radius, **bounds)
    assert found == pytest.approx([-expected, expected], abs=1)


@pytest.mark.parametrize("mode", EVERY_MODE)
def test_threshold_counts_in_every_mode(client: ToolClient, mode: str) -> None:
    assert any(changes(client, mode=mode, threshold=10, radius=1))
    assert changes(client, mode=mode, threshold=100, radius=1) == [0, 0]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"mode": "soft"}, "mode"),
        ({"mode": 1}, "mode"),
        ({"mode": "highpass", "kernelSize": 4}, "kernelSize"),
        ({"mode": "highpass", "kernelSize": "3"}, "kernelSize"),
        ({"denoise": "heavy"}, "denoise"),
        ({"denoise": True}, "denoise"),
        ({"sharpness": 3}, "sharpness"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    assert fields(client, **settings) == [field]


@pytest.mark.parametrize("denoise", ["light", "medium", "strong"])
@pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 2), (3, 3)])
def test_pictures_smaller_than_the_median_are_denoised_too(
    client: ToolClient, denoise: str, size: tuple[int, int]
) -> None:
    image = pyvips.Image.black(*size, bands=4).linear([1], [10, 20, 30, 255]).cast("uchar")
    result = client.run(TOOL, image.copy(interpretation="srgb"), denoise=denoise)
    assert (result.width, result.height) == size
    assert result(0, 0) == [10, 20, 30, 255]
