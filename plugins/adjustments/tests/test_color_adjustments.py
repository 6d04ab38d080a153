"""Adjust Colors: every setting has the effect of its formula, alone and together with others."""

from pathlib import Path
from typing import Any

import ashim_adjustments.color_adjustments
import pytest
import pyvips
from ashim_adjustments.color_adjustments import ColorAdjustmentsSettings, adjust_colors

from ashim_core.testing import (
    MakeClient,
    ToolClient,
    assert_image_close,
    distance,
    sample,
)

TOOL = "color-adjustments"
SKIN = [200.0, 100.0, 50.0]
LIGHTNESS = 0.213 * 200 + 0.715 * 100 + 0.072 * 50
DULL = [130.0, 100.0, 90.0]
DULL_LIGHTNESS = 0.213 * 130 + 0.715 * 100 + 0.072 * 90


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_adjustments.color_adjustments)


def plain(values: list[float], width: int = 8, height: int = 8) -> pyvips.Image:
    image = (pyvips.Image.black(width, height, bands=len(values)) + values).cast("uchar")
    return image.copy(interpretation="srgb" if len(values) > 2 else "b-w")


def colour(client: ToolClient, values: list[float], **settings: Any) -> list[float]:
    """Give what becomes of one colour."""
    return list(client.run(TOOL, plain(values), **settings)(4, 4))


def close(values: list[float]) -> Any:
    """Expect 8-bit values: those given, rounded and within 0 to 255."""
    return pytest.approx([min(max(value, 0), 255) for value in values], abs=0.51)


def with_light(values: list[float], factor: float) -> list[float]:
    """Multiply the light that values stand for, by what libvips knows of sRGB."""
    lit = plain(values).colourspace("scrgb") * factor
    return list(lit.copy(interpretation="scrgb").colourspace("srgb")(0, 0))


def away(values: list[float], lightness: float, factor: float) -> list[float]:
    """Multiply the distance from the grey of a lightness."""
    return [lightness + factor * (value - lightness) for value in values]


@pytest.mark.parametrize(
    "name",
    ["adjust-colors", "brightness-contrast", "saturation", "color-channels", "color-effects"],
)
def test_it_answers_to_its_other_names(client: ToolClient, name: str) -> None:
    assert client.run(name, plain(SKIN), brightness=-50)(4, 4) == [100, 50, 25]


@pytest.mark.parametrize("name", ["rgb", "rgba", "grey", "grey-alpha"])
def test_defaults_give_the_picture_itself(name: str) -> None:
    image = pyvips.Image.new_from_buffer(sample(name), "")
    assert adjust_colors(image, ColorAdjustmentsSettings()) is image


@pytest.mark.parametrize(
    ("value", "factor"), [(-100, 0), (-50, 0.5), (10, 1.1), (27.5, 1.275), (100, 2)]
)
def test_brightness_multiplies(client: ToolClient, value: float, factor: float) -> None:
    expected = [factor * band for band in SKIN]
    assert colour(client, SKIN, brightness=value) == close(expected)


@pytest.mark.parametrize(("value", "slope"), [(-100, 0), (-50, 0.5), (15, 1.15), (100, 2)])
def test_contrast_moves_away_from_middle_grey(
    client: ToolClient, value: float, slope: float
) -> None:
    expected = [128 + slope * (band - 128) for band in SKIN]
    assert colour(client, SKIN, contrast=value) == close(expected)


@pytest.mark.parametrize(("value", "light"), [(-100, 0.25), (-50, 0.5), (25, 2**0.5), (50, 2)])
def test_exposure_multiplies_the_light(client: ToolClient, value: float, light: float) -> None:
    expected = with_light(SKIN, light)
    assert colour(client, SKIN, exposure=value) == pytest.approx(expected, abs=1)


def test_two_stops_of_exposure(client: ToolClient) -> None:
    expected = with_light([90, 40, 10], 4)
    assert colour(client, [90, 40, 10], exposure=100) == pytest.approx(expected, abs=1)
    assert colour(client, [200, 200, 200], exposure=100) == [255] * 3


@pytest.mark.parametrize(("value", "factor"), [(-99, 0.01), (-40, 0.6), (50, 1.5), (100, 2)])
def test_saturation_moves_away_from_grey(client: ToolClient, value: float, factor: float) -> None:
    assert colour(client, SKIN, saturation=value) == close(away(SKIN, LIGHTNESS, factor))


def test_no_saturation_is_grey(client: ToolClient) -> None:
    assert colour(client, SKIN, saturation=-100) == close([LIGHTNESS])


@pytest.mark.parametrize("value", [-100, -30, 60, 100])
def test_vibrance_is_saturation_for_dull_colours_rather_than_vivid_ones(
    client: ToolClient, value: float
) -> None:
    vivid, dull = (1 + value / 100 * (1 - apart / 255) for apart in (200 - 50, 130 - 90))
    assert colour(client, SKIN, vibrance=value) == close(away(SKIN, LIGHTNESS, vivid))
    assert colour(client, DULL, vibrance=value) == close(away(DULL, DULL_LIGHTNESS, dull))
    assert colour(client, [255, 0, 0], vibrance=value) == [255, 0, 0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100, [115, 105, 85]),
        (20, [103, 101, 97]),
        (-100, [85, 95, 115]),
    ],
)
def test_temperature(client: ToolClient, value: float, expected: list[float]) -> None:
    assert colour(client, [100, 100, 100], temperature=value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100, [110, 85, 110]),
        (20, [102, 97, 102]),
        (-100, [90, 115, 90]),
    ],
)
def test_tint(client: ToolClient, value: float, expected: list[float]) -> None:
    assert colour(client, [100, 100, 100], tint=value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (180, away(SKIN, LIGHTNESS, -1)),
        (-180, away(SKIN, LIGHTNESS, -1)),
        (90, [LIGHTNESS - 67.7, LIGHTNESS + 28.45, LIGHTNESS - 82.3]),
        (-90, [LIGHTNESS + 67.7, LIGHTNESS - 28.45, LIGHTNESS + 82.3]),
    ],
)
def test_hue_turns_colours_around_grey(
    client: ToolClient, value: float, expected: list[float]
) -> None:
    assert colour(client, SKIN, hue=value) == close(expected)


def test_a_third_of_a_turn_leads_from_red_to_green_and_to_blue(client: ToolClient) -> None:
    red = [180.0, 60.0, 60.0]
    there, back = (colour(client, red, hue=angle) for angle in (120, -120))
    assert max(there) == there[1]
    assert max(back) == back[2]


@pytest.mark.parametrize(("name", "band"), [("red", 0), ("green", 1), ("blue", 2)])
@pytest.mark.parametrize(("percent", "factor"), [(0, 0), (50, 0.5), (200, 2)])
def test_gains_of_the_channels(
    client: ToolClient, name: str, band: int, percent: float, factor: float
) -> None:
    expected = [*SKIN]
    expected[band] *= factor
    assert colour(client, SKIN, **{name: percent}) == close(expected)


def test_sharpness_makes_edges_steeper(client: ToolClient) -> None:
    """A step of 50 differs from its blur of sigma 1.45 by 18 on either side."""
    step = plain([100], 20, 8).insert(plain([150], 20, 8), 20, 0, expand=True)
    result = client.run(TOOL, step, sharpness=10)
    detail = 50 * 0.365 / 2.55
    darker = min(2 + 3 * (detail - 2), 20) * 2.55
    assert result(19, 4)[0] == pytest.approx(100 - darker, abs=4)
    assert result(20, 4)[0] == pytest.approx(150 + 12 * 2.55, abs=1)
    assert result(2, 4) == [100]
    assert result(37, 4) == [150]


def test_more_sharpness_reaches_further(client: ToolClient) -> None:
    step = plain([100], 60, 4).insert(plain([150], 60, 4), 60, 0, expand=True)
    results = [client.run(TOOL, step, sharpness=value) for value in (1, 25, 100)]
    reached = [sum(result(x, 2) != [100] for x in range(60)) for result in results]
    assert reached == sorted(reached)
    assert reached[0] < 4 < reached[1] < 16 < reached[2]


def test_grayscale_leaves_lightness_alone(client: ToolClient) -> None:
    assert colour(client, SKIN, effects=["grayscale"]) == close([LIGHTNESS])
    assert colour(client, [*SKIN, 77], effects=["grayscale"]) == close([LIGHTNESS, 77])


def test_sepia(client: ToolClient) -> None:
    red, green, blue = SKIN
    expected = [
        0.393 * red + 0.769 * green + 0.189 * blue,
        0.349 * red + 0.686 * green + 0.168 * blue,
        0.272 * red + 0.534 * green + 0.131 * blue,
    ]
    assert colour(client, SKIN, effects=["sepia"]) == close(expected)


def test_invert_is_the_negative_and_never_touches_alpha(client: ToolClient) -> None:
    assert colour(client, [200, 100, 50], effects=["invert"]) == [55, 155, 205]
    for alpha in (0, 1, 128, 255):
        assert colour(client, [200, 100, 50, alpha], effects=["invert"]) == [55, 155, 205, alpha]
        assert colour(client, [200, alpha], effects=["invert"]) == [55, alpha]


@pytest.mark.parametrize("sides", [(101, 101), (201, 61), (40, 80)])
def test_vignette_darkens_the_corners(client: ToolClient, sides: tuple[int, int]) -> None:
    width, height = sides
    result = client.run(TOOL, plain([200, 100, 50], width, height), effects=["vignette"])
    assert result(width // 2, height // 2) == [200, 100, 50]

    def left(x: int, y: int) -> float:
        across, down = ((2 * place + 1) / side - 1 for place, side in ((x, width), (y, height)))
        return 1 - 0.6 * ((across**2 + down**2) / 2) ** 2

    for x, y in ((0, 0), (width - 1, 0), (0, height // 2), (width // 2, 3), (width // 5, 7)):
        assert result(x, y) == close([left(x, y) * value for value in (200, 100, 50)])
    for other in (result.fliphor(), result.flipver()):
        assert_image_close(result, other, within=0)


def test_vignette_leaves_alpha_alone(client: ToolClient) -> None:
    result = client.run(TOOL, plain([200, 100, 50, 130], 40, 30), effects=["vignette"])
    assert (result[3].min(), result[3].max()) == (130, 130)
    assert result(0, 0)[:3] == pytest.approx([93.4, 46.7, 23.35], abs=0.51)


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"effects": "sepia"}, {"effects": ["sepia"]}),
        ({"effect": "sepia"}, {"effects": ["sepia"]}),
        ({"effect": "none"}, {}),
        ({"effects": []}, {}),
        ({"effects": ["invert", "sepia"]}, {"effects": ["sepia", "invert"]}),
    ],
)
def test_ways_to_name_effects(
    client: ToolClient, settings: dict[str, Any], same: dict[str, Any]
) -> None:
    assert colour(client, SKIN, **settings) == colour(client, SKIN, **same)


def test_everything_combines_in_the_documented_order(client: ToolClient) -> None:
    values = [1.2 * value for value in with_light(SKIN, 2**0.2)]
    values = [128 + 0.7 * (value - 128) for value in values]
    spread = max(values) - min(values)
    for factor in (1 + 0.5 * (1 - spread / 255), 1.3):
        lightness = 0.213 * values[0] + 0.715 * values[1] + 0.072 * values[2]
        values = away(values, lightness, factor)
    lightness = 0.213 * values[0] + 0.715 * values[1] + 0.072 * values[2]
    values = [value * lightness for value in (1.351, 1.203, 0.937)]
    gains = (1.075 * 0.98 * 0.9, 1.025 * 1.03 * 0.8, 0.925 * 0.98 * 1.1)
    values = [255 - gain * value for gain, value in zip(gains, values, strict=True)]
    result = colour(
        client,
        SKIN,
        exposure=10,
        brightness=20,
        contrast=-30,
        vibrance=50,
        saturation=30,
        effects=["invert", "sepia", "grayscale"],
        temperature=50,
        tint=-20,
        red=90,
        green=80,
        blue=110,
    )
    assert result == pytest.approx(values, abs=1.5)


def test_temperature_sepia_and_gains_all_show(client: ToolClient) -> None:
    tone = {"effects": ["sepia"], "temperature": 100, "red": 50, "blue": 150}
    grey = [100.0, 100.0, 100.0]
    expected = [135.1 * 1.15 * 0.5, 120.3 * 1.05, 93.7 * 0.85 * 1.5]
    assert colour(client, grey, **tone) == close(expected)


def test_a_grey_one_takes_on_the_temperature(client: ToolClient) -> None:
    expected = [LIGHTNESS * 1.15, LIGHTNESS * 1.05, LIGHTNESS * 0.85]
    assert colour(client, SKIN, effects=["grayscale"], temperature=100) == close(expected)


def test_nothing_is_cut_off_in_between(client: ToolClient) -> None:
    """Twice as bright is beyond white; half of it is what it was."""
    assert colour(client, SKIN, brightness=100, red=50, green=50, blue=50) == SKIN
    assert colour(client, SKIN, saturation=100, hue=0, brightness=-50) == close(
        away([100, 50, 25], LIGHTNESS / 2, 2)
    )


def test_nothing_is_rounded_in_between(client: ToolClient) -> None:
    ramp = pyvips.Image.identity(bands=3).copy(interpretation="srgb")
    result = client.run(TOOL, ramp, brightness=-90, red=200, green=200, blue=200, contrast=0)
    strong = client.run(TOOL, ramp, contrast=-90, saturation=10)
    for value in (3, 77, 128, 250):
        assert result(value, 0) == close([0.2 * value] * 3)
        assert strong(value, 0) == close([128 + 0.1 * (value - 128)] * 3)


@pytest.mark.parametrize(
    "settings",
    [
        {"brightness": 30, "contrast": 20, "exposure": -10},
        {"saturation": 80, "hue": 120, "vibrance": 50},
        {"red": 70, "green": 70, "blue": 70},
        {"sharpness": 20, "effects": ["grayscale", "invert", "vignette"]},
    ],
)
def test_grey_stays_grey(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.run(TOOL, sample("grey"), **settings).bands == 1
    assert client.run(TOOL, sample("grey-alpha"), **settings).bands == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 10},
        {"tint": -10},
        {"red": 50},
        {"effects": "sepia"},
        {"temperature": 10, "sharpness": 10, "effects": ["vignette"]},
    ],
)
def test_grey_becomes_coloured_if_asked_for(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.run(TOOL, sample("grey"), **settings).bands == 3
    assert client.run(TOOL, sample("grey-alpha"), **settings).bands == 4


@pytest.mark.parametrize(
    "settings",
    [
        {"brightness": 20, "contrast": 30, "exposure": 10},
        {"saturation": 80, "hue": 30, "temperature": 50},
        {"vibrance": 50, "effects": ["sepia", "invert"], "sharpness": 30},
    ],
)
def test_grey_gets_the_colours_that_the_same_grey_in_colour_gets(
    client: ToolClient, photos: Path, settings: dict[str, Any]
) -> None:
    grey = pyvips.Image.new_from_file(str(photos / "camera.png"))
    result = client.run(TOOL, grey, **settings)
    colours = grey.bandjoin(grey).bandjoin(grey).copy(interpretation="srgb")
    expected = client.run(TOOL, colours, **settings)
    if result.bands == 1:
        result = result.bandjoin(result).bandjoin(result)
    assert ((result - expected).abs() > 1).avg() == 0


@pytest.mark.parametrize(
    "settings",
    [{"brightness": 40}, {"saturation": 60}, {"vibrance": 60}, {"sharpness": 40}],
)
def test_alpha_is_kept(client: ToolClient, settings: dict[str, Any]) -> None:
    before = pyvips.Image.new_from_buffer(sample("rgba"), "")
    result = client.run(TOOL, before, **settings)
    assert_image_close(result[3], before[3], within=0)


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_animation_keeps_its_frames_and_timing(client: ToolClient, name: str) -> None:
    result = client.run(TOOL, sample(name), effects=["invert"])
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    assert result.get("delay") == [70, 130]
    assert result(5, 5)[:3] == pytest.approx([0, 255, 255], abs=3)
    assert result(5, 37)[:3] == pytest.approx([255, 0, 0], abs=3)


def test_sixteen_bits_and_cmyk(client: ToolClient) -> None:
    assert client.run(TOOL, sample("16-bit"), effects=["invert"])(5, 5) == [0, 255, 255]
    before, after = (client.run(TOOL, sample("cmyk"), effects=names) for names in ([], ["invert"]))
    assert_image_close(after, before.invert(), within=3)


@pytest.mark.parametrize(
    "settings",
    [
        {"sharpness": 100, "effects": ["vignette"]},
        {"exposure": 20, "vibrance": 50, "saturation": 10, "sharpness": 5, "effects": ["invert"]},
    ],
)
def test_a_large_picture_is_read_from_top_to_bottom(
    client: ToolClient, photo: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    large = pyvips.Image.new_from_file(str(photo)).crop(500, 0, 400, 1411).replicate(1, 2)
    path = tmp_path / "large.jpg"
    large.jpegsave(str(path), Q=90)
    parsed = ColorAdjustmentsSettings.model_validate(settings)
    streamed, settled = (
        adjust_colors(pyvips.Image.new_from_file(str(path), access=access), parsed).copy_memory()
        for access in ("sequential", "random")
    )
    assert_image_close(streamed, settled, within=0)
    response = client.post(TOOL, path, **settings)
    assert (response.status_code, response.mimetype) == (200, "image/jpeg")
    written = pyvips.Image.new_from_buffer(response.data, "")
    assert_image_close(written, settled, within=4)


def test_a_photograph_keeps_its_detail(client: ToolClient, photos: Path) -> None:
    before = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    there = client.run(TOOL, before, contrast=-40)
    back = client.run(TOOL, there, contrast=100 * (1 / 0.6 - 1))
    assert distance(before, there) > 20
    assert_image_close(back, before, within=1)


RANGES = {
    **dict.fromkeys(
        (
            *("brightness", "contrast", "exposure", "saturation", "vibrance"),
            *("temperature", "tint"),
        ),
        (-100, 100),
    ),
    "hue": (-180, 180),
    "sharpness": (0, 100),
    **dict.fromkeys(("red", "green", "blue"), (0, 200)),
}


@pytest.mark.parametrize(("name", "bounds"), RANGES.items())
def test_bounds(client: ToolClient, name: str, bounds: tuple[int, int]) -> None:
    for wrong in (bounds[0] - 1, bounds[1] + 1, str(bounds[1])):
        given: dict[str, Any] = {name: wrong}
        response = client.post(TOOL, sample("rgb"), **given)
        assert response.json is not None
        assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
        assert [detail["field"] for detail in response.json["details"]] == [name]
    for value in bounds:
        given = {name: value}
        assert client.post(TOOL, sample("rgb"), **given).status_code == 200


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"effects": ["sepia", "sepia"]}, "effects"),
        ({"effects": ["blur"]}, "effects.0"),
        ({"effects": "blur"}, "effects.0"),
        ({"effects": "none"}, "effects.0"),
        ({"effects": 3}, "effects"),
        ({"effects": ["sepia"] * 5}, "effects"),
        ({"effect": "blur"}, "effects.0"),
        ({"effect": "sepia", "effects": ["invert"]}, ""),
        ({"brightnes": 3}, "brightnes"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    response = client.post(TOOL, sample("rgb"), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert response.json["details"][0]["field"] == field
