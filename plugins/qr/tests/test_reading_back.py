"""What is given is read by both readers, whatever it looks like; what isn't is refused."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import cycle, product
from typing import get_args

import pytest
import pyvips
from ashim_qr import readable
from ashim_qr.choosing import Wish
from ashim_qr.contrast import on_white, ratio
from ashim_qr.drawing.dots import DotStyle
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.drawing.finders import FrameStyle, MiddleStyle
from ashim_qr.drawing.logo import Logo
from ashim_qr.drawing.paint import Gradient, Paint
from ashim_qr.encoding import LEVELS, Code, Level
from ashim_qr.reading import found, reads

from ashim_core.plugin import Colour, ToolError

Read = Callable[[pyvips.Image], set[str]]

BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)
GRADIENTS = (
    Gradient("linear", Colour(200, 0, 0), Colour(0, 0, 150), 45),
    Gradient("radial", Colour(0, 110, 0), Colour(60, 0, 120)),
)
LEAST = {"square": 3, "rounded": 4, "extra-rounded": 5, "dot": 5}
TEXTS = ("https://example.org/a", "Grüße", "0123456789" * 3)
NOISE = pyvips.Image.gaussnoise(60, 40, sigma=90, mean=128, seed=1).cast("uchar")
LOGO = Logo(NOISE.copy(interpretation="b-w"), 20, 0, hides=True)


@cache
def coded(text: str, level: Level, frames: FrameStyle, logo: bool) -> Code | None:
    try:
        return Wish(text, level, frames=frames, logo=LOGO if logo else None).code()
    except ToolError:
        return None


@pytest.mark.parametrize("dots", get_args(DotStyle))
def test_both_readers_read_every_style(zxing: Read, zbar: Read, dots: DotStyle) -> None:
    """With four frames, four levels, a logo or none, a colour or two; the rest in turns."""
    texts, scales = cycle(TEXTS), cycle((3, 3.4, 4, 4.6, 6.1))
    middles, gradients = cycle(get_args(MiddleStyle)), cycle(GRADIENTS)
    counted: Counter[str] = Counter()
    for frames, level, with_logo, with_gradient in product(
        get_args(FrameStyle), LEVELS, (True, False), (True, False)
    ):
        text = next(texts)
        code = coded(text, level, frames, with_logo)
        assert code
        paint: Paint = next(gradients) if with_gradient else BLACK
        look = Look(dots, frames, next(middles), paint, paint, paint)
        drawing = Drawing(code, look, 4, LOGO if with_logo else None)
        size = round(drawing.side * max(next(scales), LEAST[frames]))
        try:
            readable.check(drawing, size)
        except ToolError as error:
            counted[error.code] += 1
            continue
        picture = drawing.picture(size)
        assert zxing(picture) == {text}, (look, level, size)
        assert zbar(picture) == {text}, (look, level, size)
        counted["read"] += 1
    assert counted["read"] >= 63  # of 64


@pytest.mark.parametrize("version", [7, 20, 40])
def test_both_readers_read_large_codes(zxing: Read, zbar: Read, version: int) -> None:
    code = Wish("large", "L", version=version).code()
    drawing = Drawing(code, Look("rounded", "extra-rounded", "dot"), 4)
    readable.check(drawing, drawing.side * 5)
    assert zxing(drawing.picture(drawing.side * 5)) == {"large"}
    assert zbar(drawing.picture(drawing.side * 5)) == {"large"}


def refusal(drawing: Drawing, scale: float = 8) -> ToolError:
    with pytest.raises(ToolError) as raised:
        readable.check(drawing, round(drawing.side * scale))
    assert (raised.value.status, raised.value.code) == (422, "QR_UNREADABLE")
    return raised.value


PLAIN = Wish("hello", "M", version=2).code()


@pytest.mark.parametrize(
    ("look", "field", "said"),
    [
        (Look(dark=WHITE, light=BLACK), "colorDark", "#ffffff is brighter than #000000 behind it"),
        (Look(dark=WHITE, light=BLACK), "colorDark", "Exchange the two colours"),
        (Look(dark=Colour(187, 187, 187)), "colorDark", "the contrast is 1.9:1"),
        (Look(frame=Colour(255, 255, 0)), "cornerColor", "#ffff00 and #ffffff behind it"),
        (Look(middle=Colour(200, 200, 255)), "cornerDotColor", "too much alike"),
        (
            Look(dark=Gradient("linear", BLACK, Colour(250, 250, 210))),
            "gradient",
            "#fafad2 and #ffffff",
        ),
        (Look(dark=WHITE, light=Colour(0, 0, 0, 0)), "colorDark", "#ffffff and #ffffff"),
    ],
)
def test_colours_that_are_too_much_alike_are_named(look: Look, field: str, said: str) -> None:
    error = refusal(Drawing(PLAIN, look, 4))
    assert said in error.message
    assert error.details[0]["field"] == field


def test_contrast_is_that_of_the_web() -> None:
    assert ratio(BLACK, WHITE) == pytest.approx(21)
    assert ratio(Colour(118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)
    assert ratio(WHITE, BLACK) == pytest.approx(1 / 21)
    assert on_white(Colour(255, 0, 0, 128)) == (255, 127, 127, 255)


def test_colours_at_the_limit_are_read_by_both(zxing: Read, zbar: Read) -> None:
    for dark, light in (
        (Colour(183, 183, 183), WHITE),
        (Colour(255, 128, 0), WHITE),
        (Colour(0, 0, 255), Colour(255, 60, 0)),
        (BLACK, Colour(64, 64, 64)),
    ):
        assert ratio(dark, light) >= 2
        drawing = Drawing(PLAIN, Look("dots", dark=dark, frame=dark, middle=dark, light=light), 4)
        readable.check(drawing, 200)
        assert zxing(drawing.picture(200)) == zbar(drawing.picture(200)) == {"hello"}


def test_too_few_pixels_are_told_how_many_it_takes() -> None:
    for look, least in ((Look(), 99), (Look(frames="rounded"), 132), (Look(frames="dot"), 165)):
        drawing = Drawing(PLAIN, look, 4)
        error = refusal(drawing, (least - 1) / 33)
        assert error.details == [
            {"field": "size", "expected": f"at least {least}", "received": str(least - 1)}
        ]
        readable.check(drawing, least)


def test_a_code_on_the_logo_is_another_one() -> None:
    other = Drawing(Wish("other", "M").code(), Look(), 4).picture(29 * 8)
    code = Wish("a longer text for a larger code", "H", version=6).code()
    error = refusal(Drawing(code, Look(), 4, Logo(other, 40, 0, hides=True)), 12)
    assert "What is on the logo keeps scanners from reading the code" in error.message
    assert error.details[0]["field"] == "logoSize"


@pytest.mark.parametrize(
    ("readable_with", "field", "said"),
    [
        (lambda drawing: drawing.margin >= 4, "margin", "a margin of 4 modules helps"),
        (lambda drawing: not drawing.logo, "logoSize", "a smaller logo, or a plainer one"),
        (lambda drawing: False, "cornerStyle", "another size, or cornerStyle=square"),
    ],
)
def test_the_reason_is_that_without_which_it_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
    readable_with: Callable[[Drawing], bool],
    field: str,
    said: str,
) -> None:
    monkeypatch.setattr(readable, "reads", lambda drawing, size: readable_with(drawing))
    error = refusal(Drawing(PLAIN, Look(), 2, LOGO))
    assert said in error.message
    assert error.details[0]["field"] == field


def test_what_a_phone_sees_counts_as_well() -> None:
    """Two texts in one: the finer one is gone from some way off."""
    large = Drawing(PLAIN, Look(), 4)
    assert reads(large, 33 * 12)
    assert found(large.picture(33 * 12)) == found(large.picture(33 * 4)) == {"hello"}
    assert found(large.picture(33 * 12).invert()) == set()
