"""Border & Frame: every setting has its effect in pixels."""

from math import cos, erf, radians, sin, sqrt
from pathlib import Path
from typing import Any

import ashim_layout.border
import pytest
import pyvips
from ashim_layout.frame.shadow import reach, shadow

from ashim_core.plugin import ImageTool, canvas
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "border"
BLACK, WHITE = [0, 0, 0], [255, 255, 255]
RED, BLUE = [255, 0, 0], [0, 0, 255]
NOTHING = [0, 0, 0, 0]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_layout.border)


def greatest(image: pyvips.Image) -> float:
    """Give the greatest value of all pixels, whatever its sign."""
    value = image.abs().max()
    assert isinstance(value, float)
    return value


def answer(response: Any) -> tuple[int, dict[str, Any]]:
    """Give the status of a refusal and its JSON."""
    assert response.json is not None, response.mimetype
    return response.status_code, response.json


def inner(image: pyvips.Image, space: int) -> pyvips.Image:
    return image.crop(space, space, image.width - 2 * space, image.height - 2 * space)


@pytest.mark.parametrize("width", [0, 1, 10, 73])
def test_width_is_added_on_every_side(client: ToolClient, width: int) -> None:
    picture = pyvips.Image.pngload_buffer(sample("rgb"))
    result = client.run(TOOL, sample("rgb"), width=width)
    assert (result.width, result.height) == (48 + 2 * width, 32 + 2 * width)
    assert_image_close(inner(result, width), picture, within=0)
    covered = result.insert(plain(48, 32, *BLACK), width, width)
    assert greatest(covered) == 0


def test_the_border_is_ten_black_pixels_by_default(client: ToolClient) -> None:
    result = client.run(TOOL, plain(5, 4, *WHITE))
    assert (result.width, result.height, result.bands) == (25, 24, 3)
    assert [result(x, 12) for x in (0, 9, 10, 14, 15)] == [BLACK, BLACK, WHITE, WHITE, BLACK]
    assert [result(12, y) for y in (0, 9, 10, 13, 14)] == [BLACK, BLACK, WHITE, WHITE, BLACK]


def test_color_is_the_colour_of_the_border(client: ToolClient) -> None:
    result = client.run(TOOL, plain(6, 6, *WHITE), width=3, color="#ff8000")
    assert result(0, 0) == result(11, 11) == result(2, 6) == [255, 128, 0]


def test_padding_lies_between_picture_and_border(client: ToolClient) -> None:
    result = client.run(TOOL, plain(4, 4, *RED), width=3, padding=2, paddingColor="blue")
    assert (result.width, result.height) == (14, 14)
    row = [result(x, 7) for x in range(14)]
    assert row == [BLACK] * 3 + [BLUE] * 2 + [RED] * 4 + [BLUE] * 2 + [BLACK] * 3
    assert [result(7, y) for y in range(14)] == row


def test_padding_is_white_by_default_and_needs_no_border(client: ToolClient) -> None:
    result = client.run(TOOL, plain(4, 4, *RED), width=0, padding=2)
    assert [result(x, 4) for x in range(8)] == [WHITE] * 2 + [RED] * 4 + [WHITE] * 2


def test_names_of_older_clients_are_understood(client: ToolClient) -> None:
    now = client.run(TOOL, sample("rgb"), width=4, color="red", borderRadius=6)
    before = client.run(TOOL, sample("rgb"), borderWidth=4, borderColor="red", cornerRadius=6)
    assert (now.width, now.bands) == (56, 4)
    assert_image_close(before, now, within=0)


def test_without_anything_to_draw_the_picture_stays_as_it_is(client: ToolClient) -> None:
    for name in ("rgb", "rgba", "grey", "grey-alpha"):
        picture = pyvips.Image.pngload_buffer(sample(name))
        result = client.run(TOOL, sample(name), width=0, color="#ff000080", padding=0)
        assert_image_close(result, picture, within=0)


@pytest.mark.parametrize(
    ("angle", "first", "last"),
    [
        (0, (0, 50), (139, 50)),
        (90, (70, 0), (70, 99)),
        (180, (139, 50), (0, 50)),
        (270, (70, 99), (70, 0)),
        (360, (0, 50), (139, 50)),
        (45, (0, 0), (139, 99)),
        (135, (139, 0), (0, 99)),
        (225, (139, 99), (0, 0)),
        (300, (0, 99), (139, 0)),
    ],
)
def test_a_gradient_ends_in_exactly_both_colours(
    client: ToolClient, angle: float, first: tuple[int, int], last: tuple[int, int]
) -> None:
    result = client.run(
        TOOL,
        plain(100, 60, *WHITE),
        width=20,
        style="gradient",
        color="#ff0010",
        secondColor="#00ff90",
        angle=angle,
    )
    assert (result.width, result.height) == (140, 100)
    assert (result(*first), result(*last)) == ([255, 0, 16], [0, 255, 144])
    assert_image_close(inner(result, 20), plain(100, 60, *WHITE), within=0)


def test_a_gradient_changes_evenly_in_its_direction(client: ToolClient) -> None:
    for angle in (0, 30, 90, 200):
        result = client.run(
            TOOL, plain(80, 80, *RED), width=60, style="gradient", angle=angle, secondColor="red"
        )
        across, down = cos(radians(angle)), sin(radians(angle))
        length = 199 * (abs(across) + abs(down))
        for x, y in ((3, 7), (50, 190), (199, 20), (120, 10), (10, 120)):
            begin = 199 * (min(across, 0) + min(down, 0))
            share = (x * across + y * down - begin) / length
            assert abs(result(x, y)[0] - 255 * share) <= 0.51
            assert result(x, y)[1:] == [0, 0]


def test_a_gradient_runs_from_top_right_to_bottom_left_by_default(client: ToolClient) -> None:
    result = client.run(TOOL, plain(20, 20, *RED), style="gradient")
    assert (result(39, 0), result(0, 39)) == (BLACK, WHITE)
    assert abs(result(0, 0)[0] - 127.5) <= 0.5
    assert abs(result(39, 39)[0] - 127.5) <= 0.5


def test_a_gradient_has_no_steps_beyond_those_of_eight_bits(client: ToolClient) -> None:
    result = client.run(TOOL, plain(470, 1, *RED), width=21, style="gradient", angle=0)
    row = result.crop(0, 0, 512, 1)[0]
    steps = row.crop(1, 0, 511, 1).cast("int") - row.crop(0, 0, 511, 1).cast("int")
    assert (steps.min(), steps.max()) == (0, 1)
    assert row.hist_find().min() == 2


def test_colours_of_a_gradient_with_alpha_are_weighed_by_it(client: ToolClient) -> None:
    result = client.run(
        TOOL,
        plain(61, 61, *WHITE),
        width=20,
        style="gradient",
        angle=0,
        color="#ff0000",
        secondColor="#0000ff00",
    )
    assert (result(0, 0), result(100, 0)[3]) == ([*RED, 255], 0)
    assert result(50, 0) == [255, 0, 0, 128]
    assert result(50, 50) == [255, 255, 255, 255]


def pattern(client: ToolClient, name: str, size: int, **settings: Any) -> pyvips.Image:
    """Give the border of a tiny picture: 200 pixels square, with the picture in the middle."""
    return client.run(
        TOOL,
        plain(2, 2, *WHITE),
        **{"width": 99, "style": "pattern", "pattern": name, "patternSize": size, **settings},
    )


@pytest.mark.parametrize("name", ["stripes", "checks", "dots"])
@pytest.mark.parametrize("size", [2, 7, 16, 45])
def test_patterns_repeat_after_their_size(client: ToolClient, name: str, size: int) -> None:
    result = pattern(client, name, size, color="#102030", secondColor="#f0e0d0")
    top = result.crop(0, 0, 200, 99)
    across = top.crop(size, 0, 200 - size, 99)
    assert_image_close(across, top.crop(0, 0, 200 - size, 99), within=0)
    left = result.crop(0, 0, 99, 200)
    down = left.crop(0, size, 99, 200 - size)
    assert_image_close(down, left.crop(0, 0, 99, 200 - size), within=0)
    if size > 2:
        sooner = top.crop(size // 2, 0, 200 - size, 99)
        assert greatest(sooner - top.crop(0, 0, 200 - size, 99)) > 100


def test_stripes_are_the_pattern_by_default_and_repeat_after_16_pixels(client: ToolClient) -> None:
    result = client.run(TOOL, plain(9, 9, *RED), width=40, style="pattern")
    expected = pattern(client, "stripes", 16)
    assert_image_close(result.crop(0, 0, 80, 40), expected.crop(0, 0, 80, 40), within=0)


def test_stripes_are_as_wide_in_both_colours_and_slanted(client: ToolClient) -> None:
    result = pattern(client, "stripes", 20, color="red", secondColor="blue")
    # Along a row the first colour has the first half of a period.
    assert result(4, 0) == result(24, 0) == RED
    assert result(14, 0) == result(34, 0) == BLUE
    for x, y in ((4, 0), (14, 0), (9, 0), (19, 0)):
        assert result(x, y) == result(x - 3, y + 3) == result(x + 17, y + 3)
    tile = result.crop(0, 0, 20, 20)
    assert tile[0].avg() == pytest.approx(127.5, abs=0.5)


def test_checks_are_half_a_period_square(client: ToolClient) -> None:
    result = pattern(client, "checks", 20, color="red", secondColor="blue")
    for box, colour in {
        (0, 0): RED,
        (10, 0): BLUE,
        (0, 10): BLUE,
        (10, 10): RED,
        (20, 20): RED,
        (30, 60): BLUE,
    }.items():
        assert_image_close(result.crop(*box, 10, 10), plain(10, 10, *colour), within=0)


def test_checks_of_odd_sizes_share_the_pixels_between_them(client: ToolClient) -> None:
    result = pattern(client, "checks", 5)
    assert [result(x, 0)[0] for x in range(6)] == [0, 0, 128, 255, 255, 0]
    assert [result(x, 2)[0] for x in range(6)] == [128] * 5 + [128]


def test_dots_are_round_and_lie_in_the_middle_of_each_period(client: ToolClient) -> None:
    result = pattern(client, "dots", 40, color="red", secondColor="blue")
    assert result(19, 19) == result(20, 20) == result(59, 19) == result(20, 60) == BLUE
    assert result(0, 0) == result(39, 39) == result(40, 0) == RED
    # A radius of 10 around (20, 20).
    assert (result(19, 11), result(19, 9), result(28, 20), result(30, 20)) == (BLUE, RED, BLUE, RED)
    assert result(12, 12) == RED
    assert result(14, 14) == BLUE
    area = result.crop(0, 0, 40, 40)[2].avg() / 255 * 1600
    assert area == pytest.approx(3.14159 * 100, rel=0.01)


@pytest.mark.parametrize("name", ["stripes", "dots"])
def test_slanted_and_round_edges_are_smooth(client: ToolClient, name: str) -> None:
    tile = pattern(client, name, 40).crop(0, 0, 40, 40)[0]
    between = ((tile > 20) & (tile < 235)).avg() / 255 * 1600
    assert 30 <= between <= 160


def test_patterns_may_show_what_is_behind(client: ToolClient) -> None:
    result = pattern(client, "checks", 20, color="#ff000080", secondColor="transparent")
    assert result(0, 0) == [255, 0, 0, 128]
    assert result(10, 0) == NOTHING
    assert result(99, 99) == [255, 255, 255, 255]


def test_what_a_style_does_not_use_has_no_effect(client: ToolClient) -> None:
    unused = {"secondColor": "#00ff0080", "angle": 7, "pattern": "dots", "patternSize": 99}
    result = client.run(TOOL, sample("rgb"), style="solid", **unused)
    assert_image_close(result, client.run(TOOL, sample("rgb")), within=0)


@pytest.mark.parametrize(("sides", "radius"), [((100, 80), 20), ((61, 41), 13.5), ((90, 90), 45)])
def test_the_radius_rounds_the_whole_framed_picture(
    client: ToolClient, sides: tuple[int, int], radius: float
) -> None:
    width, height = sides
    picture = plain(width - 10, height - 10, *RED)
    result = client.run(TOOL, picture, width=5, color="blue", borderRadius=radius)
    assert (result.width, result.height, result.bands) == (width, height, 4)
    alpha = result[3]
    assert [alpha(x, y)[0] for x in (0, width - 1) for y in (0, height - 1)] == [0, 0, 0, 0]
    assert min(*alpha(width // 2, 0), *alpha(0, height // 2)) >= 254
    missing = (255 - alpha).avg() / 255 * width * height
    assert missing == pytest.approx((4 - 3.14159) * radius**2, rel=0.02)
    for turned in (alpha.fliphor(), alpha.flipver()):
        assert greatest(alpha - turned) == 0
    square = client.run(TOOL, picture, width=5, color="blue")
    differing = (result.extract_band(0, n=3) - square).abs() * (alpha / 255).floor()
    assert greatest(differing) == 0


def test_round_corners_are_smooth_and_keep_the_colour_of_the_border(client: ToolClient) -> None:
    result = client.run(TOOL, plain(60, 60, *WHITE), width=20, color="#ff8000", borderRadius=30)
    for x, y in ((0, 29), (29, 0), (8, 9), (9, 8)):
        distance = sqrt((29.5 - x) ** 2 + (29.5 - y) ** 2)
        covered = min(1, max(0, 30.5 - distance))
        assert result(x, y)[3] == pytest.approx(255 * covered, abs=1)
    half = [result(x, y) for x in range(20) for y in range(20) if 60 < result(x, y)[3] < 200]
    assert len(half) > 8
    # Colours are weighed by alpha in between, and rounded there.
    assert all(abs(a - b) <= 3 for p in half for a, b in zip(p, [255, 128, 0], strict=False))


def test_the_radius_is_at_most_half_the_shorter_side(client: ToolClient) -> None:
    most = client.run(TOOL, plain(80, 40, *RED), width=5, borderRadius=2000)
    half = client.run(TOOL, plain(80, 40, *RED), width=5, borderRadius=25)
    assert_image_close(most, half, within=0)
    assert most[3](44, 0) == [255]


def test_round_corners_show_the_background(client: ToolClient) -> None:
    result = client.run(
        TOOL, plain(60, 60, *WHITE), width=20, borderRadius=30, background="#00ff00"
    )
    assert result.bands == 3
    assert result(0, 0) == result(99, 99) == [0, 255, 0]
    alpha = client.run(TOOL, plain(60, 60, *WHITE), width=20, borderRadius=30)[3]
    for x, y in ((8, 9), (9, 8), (7, 10), (91, 90)):
        assert result(x, y)[0] == 0
        assert abs(result(x, y)[1] - (255 - alpha(x, y)[0])) <= 1
    faint = client.run(TOOL, plain(9, 9, *RED), borderRadius=9, background="#00ff0040")
    assert faint(0, 0) == [0, 255, 0, 64]
    assert faint(14, 14) == [*RED, 255]


SHADOW = {"width": 0, "shadow": True}


@pytest.mark.parametrize(
    ("blur", "across", "down", "sides"),
    [
        (15, 0, 5, (30, 25, 30, 35)),
        (1, 0, 0, (2, 2, 2, 2)),
        (10, 50, -50, (0, 70, 70, 0)),
        (10, -7, 3, (27, 17, 13, 23)),
        (200, 0, 0, (400, 400, 400, 400)),
    ],
)
def test_the_canvas_has_room_for_the_shadow(
    client: ToolClient, blur: int, across: int, down: int, sides: tuple[int, int, int, int]
) -> None:
    left, top, right, bottom = sides
    result = client.run(
        TOOL,
        plain(40, 30, *RED),
        **SHADOW,
        shadowBlur=blur,
        shadowOffsetX=across,
        shadowOffsetY=down,
    )
    assert (result.width, result.height) == (40 + left + right, 30 + top + bottom)
    shown = result.crop(left, top, 40, 30)
    assert_image_close(shown, plain(40, 30, *RED, 255), within=0)
    assert greatest(result[3].crop(0, 0, 1, 1)) <= 1


def test_the_shadow_is_as_wanted_by_default(client: ToolClient) -> None:
    result = client.run(TOOL, plain(200, 200, *RED), **SHADOW)
    same = client.run(
        TOOL,
        plain(200, 200, *RED),
        **SHADOW,
        shadowBlur=15,
        shadowOffsetX=0,
        shadowOffsetY=5,
        shadowColor="#000000",
        shadowOpacity=40,
    )
    assert_image_close(same, result, within=0)


@pytest.mark.parametrize("blur", [4, 15, 60, 133])
def test_the_shadow_falls_off_as_a_blurred_edge_does(client: ToolClient, blur: int) -> None:
    side, space = 4 * blur, 2 * blur
    result = client.run(
        TOOL,
        plain(side, side, *RED),
        **SHADOW,
        shadowBlur=blur,
        shadowOffsetY=0,
        shadowOpacity=100,
    )
    middle = space + side // 2
    for away in (0, blur // 3, blur // 2, blur, 2 * blur - 1):
        expected = 127.5 * (1 - erf((away + 0.5) / (blur / 2 * sqrt(2))))
        for point in (
            (space - 1 - away, middle),
            (space + side + away, middle),
            (middle, space - 1 - away),
            (middle, space + side + away),
        ):
            assert result(*point)[3] == pytest.approx(expected, abs=2)


def test_the_shadow_has_its_colour_and_opacity(client: ToolClient) -> None:
    def below(**settings: Any) -> list[float]:
        wanted = {"shadowBlur": 2, "shadowOffsetY": 40, **settings}
        picture = client.run(TOOL, plain(60, 60, *RED), **SHADOW, **wanted)
        return picture(picture.width // 2, picture.height - 20)

    assert below() == [0, 0, 0, 102]
    assert below(shadowOpacity=100) == [0, 0, 0, 255]
    assert below(shadowOpacity=12.5) == [0, 0, 0, 32]
    assert below(shadowOpacity=0) == NOTHING
    assert below(shadowColor="#3366cc") == [0x33, 0x66, 0xCC, 102]
    assert below(shadowColor="#3366cc80") == [0x33, 0x66, 0xCC, 51]


def test_the_shadow_is_strongest_where_it_is_moved_to(client: ToolClient) -> None:
    result = client.run(
        TOOL, plain(100, 100, *RED), **SHADOW, shadowOffsetX=12, shadowOffsetY=-8, shadowBlur=10
    )
    left, top = 20 - 12, 20 + 8
    alpha = result[3]
    at = {
        "left": alpha(left - 4, top + 50)[0],
        "right": alpha(left + 103, top + 50)[0],
        "above": alpha(left + 50, top - 4)[0],
        "below": alpha(left + 50, top + 103)[0],
    }
    assert at["right"] > at["above"] > 51 > at["below"] > at["left"]


def test_the_shadow_is_that_of_the_rounded_shape(client: ToolClient) -> None:
    def corner(radius: float) -> float:
        result = client.run(
            TOOL, plain(200, 200, *RED), **SHADOW, borderRadius=radius, shadowOffsetY=0
        )
        return float(result[3](28, 28)[0])

    assert corner(60) < 1
    assert corner(0) > 10


@pytest.mark.parametrize(
    ("sides", "radius", "blur"),
    [
        ((300, 200), 0, 15),
        ((301, 201), 40, 15),
        ((300, 200), 30, 60),
        ((50, 37), 10, 60),
        ((33, 500), 16.5, 90),
        ((64, 64), 32, 1),
        ((1, 1), 0.5, 30),
    ],
)
def test_a_shadow_built_of_a_quarter_is_like_one_blurred_whole(
    sides: tuple[int, int], radius: float, blur: int
) -> None:
    (width, height), space = sides, reach(blur)
    whole = canvas.round_mask(width, height, radius).embed(
        space, space, width + 2 * space, height + 2 * space
    )
    blurred = whole.cast("float").gaussblur(blur / 2, precision="float", min_ampl=0.001)
    drawn = shadow(width, height, radius, blur)
    assert (drawn.width, drawn.height) == (blurred.width, blurred.height)
    assert greatest(drawn.cast("float") - blurred) < 1.5


def test_a_shadow_is_soft_without_steps(client: ToolClient) -> None:
    result = client.run(
        TOOL, plain(50, 50, *RED), **SHADOW, borderRadius=25, shadowBlur=120, shadowOpacity=100
    )
    alpha = result[3].crop(0, 0, result.width, 200).cast("int")
    across = alpha.crop(1, 0, result.width - 1, 200) - alpha.crop(0, 0, result.width - 1, 200)
    assert greatest(across) <= 1
    assert greatest(alpha) > 10


def test_shadow_and_round_corners_meet_smoothly(client: ToolClient) -> None:
    """Over any background the pixels of an edge lie between shadow and picture."""
    result = client.run(
        TOOL,
        plain(100, 100, *WHITE),
        **SHADOW,
        borderRadius=50,
        shadowBlur=10,
        shadowOffsetY=0,
        shadowOpacity=100,
    )
    for x, y in ((34, 35), (35, 34), (20, 69), (69, 20), (33, 36)):
        distance = sqrt((69.5 - x) ** 2 + (69.5 - y) ** 2)
        covered = min(1, max(0, 50.5 - distance))
        shade = shadow(100, 100, 50, 10)(x, y)[0] / 255
        alpha = covered + shade * (1 - covered)
        assert result(x, y)[3] == pytest.approx(255 * alpha, abs=1.5)
        assert result(x, y)[0] == pytest.approx(255 * covered / alpha, abs=3)


def test_the_area_of_the_shadow_shows_the_background(client: ToolClient) -> None:
    result = client.run(
        TOOL,
        plain(60, 60, *RED),
        **SHADOW,
        shadowBlur=2,
        shadowOffsetY=40,
        shadowColor="blue",
        background="#ffffff",
    )
    assert (result.bands, result(0, 0)) == (3, WHITE)
    assert result(result.width // 2, result.height - 20) == [153, 153, 255]
    half = client.run(
        TOOL,
        plain(60, 60, *RED),
        **SHADOW,
        shadowBlur=2,
        shadowOffsetY=40,
        background="#ffffff80",
    )
    shade = half(half.width // 2, half.height - 20)
    assert half(0, 0) == [255, 255, 255, 128]
    assert shade[3] == pytest.approx(102 + 128 * 0.6, abs=1)
    assert shade[0] == pytest.approx(255 * 128 * 0.6 / (102 + 128 * 0.6), abs=2)


def test_nothing_shows_behind_a_picture_with_alpha(client: ToolClient) -> None:
    picture = plain(60, 60, 200, 100, 50, 128)
    result = client.run(
        TOOL, picture, width=2, borderRadius=10, shadow=True, shadowOffsetY=0, background="white"
    )
    assert result(30 + 32, 30 + 32) == [200, 100, 50, 128]
    assert result(0, 0) == [255, 255, 255, 255]
    padded = client.run(TOOL, picture, width=3, padding=4, paddingColor="#00ff00")
    assert [padded(x, 30) for x in (0, 3, 7)] == [
        [0, 0, 0, 255],
        [0, 255, 0, 255],
        [200, 100, 50, 128],
    ]


def test_corners_of_a_picture_with_alpha_keep_its_alpha(client: ToolClient) -> None:
    result = client.run(TOOL, plain(60, 60, 200, 100, 50, 100), width=0, borderRadius=30)
    assert result(30, 30) == [200, 100, 50, 100]
    assert result(0, 0) == NOTHING
    distance = sqrt((29.5 - 8) ** 2 + (29.5 - 9) ** 2)
    assert result(8, 9)[3] == pytest.approx(100 * (30.5 - distance), abs=1)


def test_grey_stays_grey_unless_a_colour_comes_in(client: ToolClient) -> None:
    def bands(name: str = "grey", **settings: Any) -> int:
        return client.run(TOOL, sample(name), **settings).bands

    assert bands() == bands(padding=3, style="gradient") == bands(style="pattern") == 1
    assert bands(borderRadius=9) == bands(shadow=True) == bands(color="#00000080") == 2
    assert bands(borderRadius=9, shadow=True, background="white") == 1
    assert bands("grey-alpha") == bands("grey-alpha", borderRadius=9) == 2
    assert bands(color="red") == bands(padding=1, paddingColor="red") == 3
    assert bands(style="pattern", secondColor="red") == 3
    assert bands(shadow=True, shadowColor="red") == bands(shadow=True, background="#ff000080") == 4
    assert bands(width=0, color="red", paddingColor="red", secondColor="red") == 1
    assert bands(secondColor="red", shadowColor="red", background="red") == 1


def test_grey_gets_the_same_values_as_colours_do(client: ToolClient) -> None:
    settings = {"style": "gradient", "borderRadius": 9, "shadow": True, "padding": 2}
    grey = client.run(TOOL, plain(30, 30, 90), **settings)
    colour = client.run(TOOL, plain(30, 30, 90, 90, 90), **settings)
    assert_image_close(grey[0], colour[0], within=0.2)
    assert_image_close(grey[1], colour[3], within=0)


@pytest.mark.parametrize(
    ("settings", "jpeg", "gif"),
    [
        ({}, "jpeg", "gif"),
        ({"style": "gradient", "secondColor": "red"}, "jpeg", "gif"),
        ({"borderRadius": 5}, "png", "png"),
        ({"borderRadius": 5, "background": "white"}, "jpeg", "gif"),
        ({"borderRadius": 5, "background": "#ffffff80"}, "png", "png"),
        ({"shadow": True}, "png", "png"),
        ({"shadow": True, "background": "white"}, "jpeg", "gif"),
        ({"color": "#ff000080"}, "png", "png"),
        ({"color": "#ff000080", "background": "white"}, "png", "png"),
        ({"width": 0, "color": "#ff000080"}, "jpeg", "gif"),
        ({"style": "pattern", "secondColor": "transparent"}, "png", "png"),
        ({"secondColor": "transparent"}, "jpeg", "gif"),
        ({"padding": 3, "paddingColor": "transparent"}, "png", "png"),
        ({"paddingColor": "transparent"}, "jpeg", "gif"),
        ({"background": "transparent"}, "jpeg", "gif"),
    ],
)
def test_the_format_changes_where_it_can_not_hold_what_is_transparent(
    client: ToolClient, settings: dict[str, Any], jpeg: str, gif: str
) -> None:
    picture = pyvips.Image.pngload_buffer(sample("rgb")).gifsave_buffer()
    assert client.post(TOOL, sample("jpeg"), **settings).mimetype == f"image/{jpeg}"
    assert client.post(TOOL, picture, **settings).mimetype == f"image/{gif}"
    for name in ("webp", "tiff", "avif"):
        assert client.post(TOOL, sample(name), **settings).mimetype == f"image/{name}"


@pytest.mark.parametrize(
    ("name", "settings", "media_type"),
    [
        ("two-frames", {}, "image/gif"),
        ("two-frames", {"borderRadius": 8, "background": "white"}, "image/gif"),
        ("two-frames", {"borderRadius": 8, "shadow": True}, "image/webp"),
        ("two-frames-webp", {}, "image/webp"),
        ("two-frames-webp", {"borderRadius": 8, "shadow": True}, "image/webp"),
    ],
)
def test_animation_keeps_its_frames_and_timing(
    client: ToolClient, name: str, settings: dict[str, Any], media_type: str
) -> None:
    response = client.post(TOOL, sample(name), width=6, shadowOffsetY=0, **settings)
    assert (response.status_code, response.mimetype) == (200, media_type)
    result = pyvips.Image.new_from_buffer(response.data, "", n=-1)
    space = 30 if "shadow" in settings else 0
    width, height = 48 + 12 + 2 * space, 32 + 12 + 2 * space
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (width, height, 2)
    assert result.get("delay") == [70, 130]
    for frame, colour in enumerate(([255, 0, 0], [0, 255, 255])):
        part = result.crop(space + 8, frame * height + space + 8, 8, 8)
        assert_image_close(part.extract_band(0, n=3), plain(8, 8, *colour), within=4)
        edge = result(width // 2, frame * height + space + 2)
        assert edge[:3] == pytest.approx(BLACK, abs=12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_framed(client: ToolClient, orientation: int) -> None:
    result = client.run(TOOL, sample(f"orientation-{orientation}"), width=5)
    assert_image_close(result, client.run(TOOL, sample("jpeg"), width=5), within=6)


@pytest.mark.parametrize(
    "settings",
    [
        {"padding": 30, "width": 50},
        {"width": 40, "style": "gradient"},
        {"width": 0, "borderRadius": 60},
        {"width": 0, "borderRadius": 60, "background": "white"},
        {"width": 9, "borderRadius": 500, "shadow": True},
        {"width": 30, "style": "pattern", "shadow": True, "background": "white"},
    ],
)
def test_large_pictures_are_read_from_top_to_bottom(
    client: ToolClient, photo: Path, settings: dict[str, Any]
) -> None:
    """Rows that the decoder is past can't be asked for again."""
    picture = pyvips.Image.new_from_file(str(photo)).crop(400, 0, 600, 1411)
    tall = picture.replicate(1, 2).jpegsave_buffer(Q=95)
    result = client.run(TOOL, tall, **settings)
    shown = picture.crop(100, 300, 400, 600)
    sides = client.run(TOOL, plain(600, 2822, *RED), **settings)
    assert (result.width, result.height) == (sides.width, sides.height)
    space = 45 if settings.get("shadow") else 0
    left, top = (result.width - 600) // 2, settings.get("padding", 0) + settings["width"]
    top += space - (20 if settings.get("shadow") else 0)
    part = result.crop(left + 100, top + 300 + 1411, 400, 600).extract_band(0, n=3)
    assert_image_close(part, shown, within=4)


def test_pictures_of_one_pixel_take_every_frame(client: ToolClient) -> None:
    for settings, side in (
        ({"width": 2000}, 4001),
        ({"width": 1, "style": "gradient"}, 3),
        ({"width": 1, "style": "pattern", "pattern": "dots", "patternSize": 500}, 3),
        ({"width": 0, "padding": 200, "borderRadius": 2000}, 401),
        ({"width": 0, "shadow": True, "shadowBlur": 200, "shadowOffsetY": 0}, 801),
        ({"width": 0, "borderRadius": 2000}, 1),
    ):
        result = client.run(TOOL, plain(1, 1, *RED), **settings)
        assert (result.width, result.height) == (side, side)
        assert result(side // 2, side // 2)[:3] == RED
        assert not result.hasalpha() or result(side // 2, side // 2)[3] == 255


def test_a_result_past_the_budget_is_refused(ashim: MakeClient) -> None:
    client = ashim(ashim_layout.border, max_megapixels=4)
    assert client.post(TOOL, sample("1x1"), width=999).status_code == 200
    refused = client.refusal(TOOL, sample("1x1"), width=1000, shadow=True, borderRadius=2000)
    assert refused == (413, "TOO_MANY_PIXELS")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("width", [-1, 2001, 1.5, "10", True]),
        ("color", ["blurple", 0, "#12"]),
        ("style", ["dashed", "", 1]),
        ("secondColor", ["blurple"]),
        ("angle", [-0.1, 360.1, "90"]),
        ("pattern", ["waves"]),
        ("patternSize", [1, 501]),
        ("borderRadius", [-1, 2000.5]),
        ("padding", [-1, 201]),
        ("paddingColor", ["#12345"]),
        ("shadow", [1, "true"]),
        ("shadowBlur", [0, 201]),
        ("shadowOffsetX", [-51, 51]),
        ("shadowOffsetY", [-51, 51]),
        ("shadowColor", ["none"]),
        ("shadowOpacity", [-1, 101]),
        ("background", ["blurple"]),
        ("borderStyle", ["solid"]),
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, field: str, values: list[Any]) -> None:
    for value in values:
        status, said = answer(client.post(TOOL, sample("rgb"), **{field: value}))
        assert (status, said["code"]) == (400, "INVALID_SETTINGS")
        assert {detail["field"].split(".")[0] for detail in said["details"]} == {field}


@pytest.mark.parametrize(
    "settings",
    [
        {"padding": 200, "angle": 360, "patternSize": 500, "borderRadius": 2000},
        {"shadow": True, "shadowBlur": 1, "shadowOffsetX": -50, "shadowOpacity": 100},
        {"shadow": True, "shadowBlur": 200, "shadowOffsetY": 50, "shadowOpacity": 0},
    ],
)
def test_bounds_are_accepted(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.post(TOOL, sample("rgb"), **settings).status_code == 200


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"padding": 3, "style": "gradient"}, True),
        ({"borderRadius": 9, "shadow": True, "background": "white"}, True),
        ({"borderRadius": 9, "shadow": True}, True),
        ({"color": "red"}, False),
    ],
)
def test_a_wide_gamut_stays_in_its_profile(
    client: ToolClient, photos: Path, settings: dict[str, Any], kept: bool
) -> None:
    picture = pyvips.Image.new_from_file(str(photos / "coffee.png"))
    wide = picture.icc_transform("p3", input_profile="srgb", depth=8)
    result = client.run(TOOL, wide.write_to_buffer(".jpg[Q=95]"), **settings)
    assert bool(result.get_typeof("icc-profile-data")) is kept


@pytest.mark.parametrize(
    ("settings", "keeps"),
    [
        ({"color": "white", "shadow": True, "borderRadius": 9}, True),
        ({"color": "red"}, False),
        ({"color": "red", "width": 0}, True),
        ({"secondColor": "red"}, True),
        ({"style": "gradient", "secondColor": "red"}, False),
        ({"padding": 1, "paddingColor": "red"}, False),
        ({"shadow": True, "shadowColor": "red"}, False),
        ({"borderRadius": 1, "background": "red"}, False),
    ],
)
def test_only_greys_leave_the_colours_of_any_profile_alone(
    settings: dict[str, Any], keeps: bool
) -> None:
    (tool,) = ashim_layout.border.ashim_tools()
    assert isinstance(tool, ImageTool)
    given = tool.settings.model_validate(settings)
    assert (tool.keeps_colour(given), tool.streams(given)) == (keeps, True)
