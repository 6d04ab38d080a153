"""Every style has its shapes, at the places where they can be told apart."""

from collections.abc import Callable
from typing import get_args

import pytest
import pyvips
from ashim_qr.drawing import drawing as module
from ashim_qr.drawing.dots import DotStyle
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.drawing.finders import FrameStyle, MiddleStyle
from ashim_qr.drawing.logo import Logo
from ashim_qr.drawing.paint import Gradient
from ashim_qr.encoding import Code, encode

from ashim_core.plugin import Colour, draw_svg
from ashim_core.testing import assert_image_close, plain

DARK, LIGHT = True, False
RED, BLUE, GREEN = Colour(255, 0, 0), Colour(0, 0, 255), Colour(0, 128, 0)
NEAR = 0.06
"""Modules from a corner that is looked at."""
CODE = encode("hello", "M", 2)


def shape(*rows: str) -> Code:
    """Make something with a few dark modules in its middle, where no finder is."""
    modules = [[False] * 21 for _ in range(21)]
    for y, row in enumerate(rows, 9):
        for x, sign in enumerate(row, 9):
            modules[y][x] = sign == "#"
    return Code("", tuple(map(tuple, modules)), 1, "M")


def inked(code: Code, look: Look, scale: int = 40) -> Callable[[float, float], bool]:
    """Draw without a quiet zone; say whether a place, in modules, is dark."""
    picture = Drawing(code, look, 0).picture(code.side * scale)
    return lambda x, y: picture(int(x * scale), int(y * scale))[0] < 128


def corners(code: Code, style: DotStyle, x: int = 9, y: int = 9) -> str:
    """Say which corners of a module are filled, clockwise from the top left."""
    dark = inked(code, Look(style))
    near, far = NEAR, 1 - NEAR
    places = ((near, near), (far, near), (far, far), (near, far))
    return "".join("#" if dark(x + across, y + down) else "." for across, down in places)


ALONE, PAIR, TURN, BLOCK = shape("#"), shape("##"), shape("##", "#"), shape("##", "##")


@pytest.mark.parametrize(
    ("style", "alone", "pair", "turn", "block"),
    [
        ("square", "####", "####", "####", "####"),
        ("dots", "....", "....", "....", "...."),
        ("rounded", "....", ".##.", ".###", ".###"),
        ("extra-rounded", "....", ".##.", ".###", ".###"),
        ("classy", ".#.#", ".###", ".###", ".###"),
        ("classy-rounded", ".#.#", ".###", ".###", ".###"),
    ],
)
def test_corners_are_round_where_a_style_says_so(
    style: DotStyle, alone: str, pair: str, turn: str, block: str
) -> None:
    found = [corners(code, style) for code in (ALONE, PAIR, TURN, BLOCK)]
    assert found == [alone, pair, turn, block]


@pytest.mark.parametrize(
    ("code", "smaller", "larger"),
    [(TURN, "rounded", "extra-rounded"), (ALONE, "classy", "classy-rounded")],
)
def test_the_larger_radius_of_two_styles_is_a_module(
    code: Code, smaller: DotStyle, larger: DotStyle
) -> None:
    place = 9.2, 9.2
    assert inked(code, Look(smaller))(*place)
    assert not inked(code, Look(larger))(*place)


@pytest.mark.parametrize("style", get_args(DotStyle))
def test_the_middle_of_every_module_is_what_it_is(style: DotStyle) -> None:
    dark = inked(CODE, Look(style), scale=8)
    for y, row in enumerate(CODE.modules):
        for x, expected in enumerate(row):
            assert dark(x + 0.5, y + 0.5) == expected, (style, x, y)


@pytest.mark.parametrize("style", get_args(DotStyle))
def test_there_are_no_seams(style: DotStyle) -> None:
    """Also at a size that is no multiple of the modules."""
    block = shape("####", "####", "####")
    picture = Drawing(block, Look(style), 0).picture(317)
    scale = 317 / 21
    inside = [round((9 + part) * scale) for part in (0.75, 3.25, 2.25)]
    area = picture.crop(inside[0], inside[0], inside[1] - inside[0], inside[2] - inside[0])
    assert area.max() == (255 if style == "dots" else 0)


def test_squares_have_sharp_edges_at_any_size() -> None:
    picture = Drawing(CODE, Look(), 4).picture(317)
    histogram = picture.hist_find()
    assert histogram(0, 0)[0] + histogram(255, 0)[0] == 317 * 317


@pytest.mark.parametrize(
    ("style", "outer", "inner"),
    [
        ("square", (0.05, 0.05), (1.05, 1.05)),
        ("rounded", (0.4, 0.4), (1.05, 1.05)),
        ("extra-rounded", (0.7, 0.7), (1.45, 1.45)),
        ("dot", (0.9, 0.9), (1.6, 1.6)),
    ],
)
def test_frames_become_rounder(
    style: FrameStyle, outer: tuple[float, float], inner: tuple[float, float]
) -> None:
    """What is named is the last dark place on the way from the corner, and the first light one."""
    for left, top in ((0, 0), (18, 0), (0, 18)):
        dark = inked(CODE, Look(frames=style))
        assert dark(left + outer[0], top + outer[1])
        assert style == "square" or not dark(left + outer[0] - 0.25, top + outer[1] - 0.25)
        assert not dark(left + inner[0] + 0.1, top + inner[1] + 0.1)
        assert [dark(left + 0.5 + part, top + 3.5) for part in range(7)] == [
            *(DARK, LIGHT, DARK, DARK, DARK, LIGHT, DARK)
        ]


@pytest.mark.parametrize(("style", "edge"), [("square", 0.05), ("rounded", 0.25), ("dot", 0.5)])
def test_middles_become_rounder(style: MiddleStyle, edge: float) -> None:
    dark = inked(CODE, Look(middles=style))
    assert dark(2 + edge, 2 + edge)
    assert style == "square" or not dark(2 + edge - 0.2, 2 + edge - 0.2)
    assert dark(2.05, 3.5)


@pytest.mark.parametrize(
    ("rotation", "first", "last"),
    [
        (0, (0, 12), (24, 12)),
        (90, (12, 0), (12, 24)),
        (180, (24, 12), (0, 12)),
        (45, (0, 0), (24, 24)),
        (-90, (12, 24), (12, 0)),
    ],
)
def test_a_linear_gradient_goes_in_its_direction(
    rotation: float, first: tuple[int, int], last: tuple[int, int]
) -> None:
    modules = tuple((True,) * 25 for _ in range(25))
    paint = Gradient("linear", RED, BLUE, rotation)
    look = Look(dark=paint, frame=paint, middle=paint)
    picture = Drawing(Code("", modules, 2, "M"), look, 0).picture(250)
    begin, end = (picture(x * 10 + 5, y * 10 + 5) for x, y in (first, last))
    assert begin == pytest.approx([255, 0, 0], abs=12)
    assert end == pytest.approx([0, 0, 255], abs=12)


def test_a_radial_gradient_begins_in_the_middle() -> None:
    modules = tuple((True,) * 25 for _ in range(25))
    look = Look(dark=Gradient("radial", RED, BLUE), frame=GREEN, middle=GREEN)
    picture = Drawing(Code("", modules, 2, "M"), look, 0).picture(250)
    assert picture(125, 125) == pytest.approx([255, 0, 0], abs=12)
    assert picture(248, 248) == pytest.approx([0, 0, 255], abs=12)
    halfway = picture(125 + 62, 125 + 62)
    assert halfway == pytest.approx([128, 0, 128], abs=12)


def test_svg_and_pixels_show_the_same() -> None:
    paint = Gradient("linear", RED, BLUE, 30)
    logo = Logo(pyvips.Image.black(200, 100).copy(interpretation="b-w"), 20, 0.5, hides=True)
    look = Look("rounded", "dot", "rounded", paint, GREEN, paint, Colour(255, 255, 200))
    drawing = Drawing(CODE, look, 3, logo)
    drawn = draw_svg(drawing.svg(330))
    assert (drawn.width, drawn.height) == (330, 330)
    assert_image_close(drawn.flatten(), drawing.picture(330), within=1)
    assert draw_svg(drawing.svg(330), scale=2).width == 660


@pytest.mark.parametrize("light", [Colour(255, 255, 255), Colour(255, 255, 255, 0)])
def test_a_picture_in_strips_is_the_same(monkeypatch: pytest.MonkeyPatch, light: Colour) -> None:
    """Also where a strip ends within a module, and within the logo."""
    paint = Gradient("radial", RED, BLUE)
    logo = Logo(plain(50, 30, 0, 200, 0, 128), 30, 0, hides=False)
    for look in (Look(light=light), Look("dots", "dot", "dot", paint, GREEN, paint, light)):
        drawing = Drawing(CODE, look, 4, None if look.dots == "square" else logo)
        whole = drawing.picture(311)
        monkeypatch.setattr(module, "_STRIP", 311 * 17)
        strips = drawing.picture(311)
        monkeypatch.undo()
        assert (strips.bands, strips.interpretation) == (whole.bands, whole.interpretation)
        assert bytes(strips.write_to_memory()) == bytes(whole.write_to_memory())


@pytest.mark.parametrize(
    ("look", "bands"),
    [
        (Look(), 1),
        (Look(light=Colour(255, 255, 255, 0)), 2),
        (Look(dark=RED), 3),
        (Look(middle=RED, light=Colour(255, 255, 255, 128)), 4),
    ],
)
def test_there_are_no_more_bands_than_are_needed(look: Look, bands: int) -> None:
    assert Drawing(CODE, look, 4).picture(100).bands == bands


def test_half_of_what_is_behind_shows_through() -> None:
    picture = Drawing(CODE, Look(light=Colour(255, 0, 0, 128)), 4).picture(200)
    assert picture(0, 0) == [255, 0, 0, 128]
    assert picture(4 * 200 // 33 + 2, 4 * 200 // 33 + 2) == [0, 0, 0, 255]
