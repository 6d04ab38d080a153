"""Blending: every mode against the formulas of the W3C, in plain Python."""

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import get_args

import pytest
import pyvips
from ashim_watermark.blending import Blend, blended

MODES: tuple[Blend, ...] = get_args(Blend)
SEE_THROUGH = (0, 1, 64, 128, 255)
COLOURS = (
    (0, 0, 0),
    (1, 1, 1),
    (63, 63, 63),
    (64, 64, 64),
    (127, 127, 127),
    (128, 128, 128),
    (254, 254, 254),
    (255, 255, 255),
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (200, 30, 90),
    (20, 120, 220),
    (90, 200, 60),
)

Values = Sequence[float]


def hard_light(b: float, s: float) -> float:
    return b * 2 * s if s <= 0.5 else b + (2 * s - 1) - b * (2 * s - 1)


def color_dodge(b: float, s: float) -> float:
    if b == 0:
        return 0
    return 1 if s == 1 else min(1, b / (1 - s))


def color_burn(b: float, s: float) -> float:
    if b == 1:
        return 1
    return 0 if s == 0 else 1 - min(1, (1 - b) / s)


def soft_light(b: float, s: float) -> float:
    if s <= 0.5:
        return b - (1 - 2 * s) * b * (1 - b)
    d = ((16 * b - 12) * b + 4) * b if b <= 0.25 else math.sqrt(b)
    return b + (2 * s - 1) * (d - b)


CHANNELS: dict[Blend, Callable[[float, float], float]] = {
    "over": lambda b, s: s,
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: 1 - (1 - b) * (1 - s),
    "overlay": lambda b, s: hard_light(s, b),
    "darken": min,
    "lighten": max,
    "color-dodge": color_dodge,
    "color-burn": color_burn,
    "hard-light": hard_light,
    "soft-light": soft_light,
    "difference": lambda b, s: abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
    "add": lambda b, s: min(1, b + s),
}


def lum(c: Values) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def sat(c: Values) -> float:
    return max(c) - min(c)


def clip_color(c: Values) -> Values:
    light, n, x = lum(c), min(c), max(c)
    if n < 0:
        c = [light + (v - light) * light / (light - n) for v in c]
    if x > 1:
        c = [light + (v - light) * (1 - light) / (x - light) for v in c]
    return c


def set_lum(c: Values, light: float) -> Values:
    d = light - lum(c)
    return clip_color([v + d for v in c])


def set_sat(c: Values, s: float) -> Values:
    if sat(c) == 0:
        return [0, 0, 0]
    return [(v - min(c)) * s / sat(c) for v in c]


WHOLE: dict[Blend, Callable[[Values, Values], Values]] = {
    "hue": lambda b, s: set_lum(set_sat(s, sat(b)), lum(b)),
    "saturation": lambda b, s: set_lum(set_sat(b, sat(s)), lum(b)),
    "color": lambda b, s: set_lum(s, lum(b)),
    "luminosity": lambda b, s: set_lum(b, lum(s)),
}


def reference(mode: Blend, below: Values, above: Values) -> Values:
    """Blend one pixel: both as red, green, blue and alpha, 0 to 255."""
    *cb, ab = (value / 255 for value in below)
    *cs, a = (value / 255 for value in above)
    if mode in CHANNELS:
        mix: Values = [CHANNELS[mode](b, s) for b, s in zip(cb, cs, strict=True)]
    else:
        mix = WHOLE[mode](cb, cs)
    cr = [(1 - ab) * s + ab * m for s, m in zip(cs, mix, strict=True)]
    ao = a + ab * (1 - a)
    if ao == 0:
        return [*below]
    co = [(a * r + ab * (1 - a) * b) / ao for r, b in zip(cr, cb, strict=True)]
    return [255 * value for value in (*co, ao)]


def near(found: Values, expected: Values, within: float) -> bool:
    return all(abs(f - e) <= within for f, e in zip(found, expected, strict=True))


def row(*pixels: Values) -> pyvips.Image:
    """Give a picture of one row: grey or sRGB, with alpha if there is an even number."""
    bands = len(pixels[0])
    data = bytes(int(value) for pixel in pixels for value in pixel)
    image = pyvips.Image.new_from_memory(data, len(pixels), 1, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")


def pixels_of(image: pyvips.Image) -> list[list[int]]:
    data, bands = bytes(image.write_to_memory()), image.bands
    assert len(data) == image.width * image.height * bands
    return [list(data[start : start + bands]) for start in range(0, len(data), bands)]


@pytest.mark.parametrize("mode", MODES)
def test_on_an_opaque_picture_a_mode_is_what_its_formula_says(mode: Blend) -> None:
    """Within 1 of 255: the mix is rounded to 8 bits, and so is what alpha makes of it."""
    pairs = [(b, (*s, a)) for b in COLOURS for s in COLOURS for a in SEE_THROUGH]
    result = blended(row(*(b for b, _ in pairs)), row(*(s for _, s in pairs)), 0, 0, mode)
    assert result.bands == 3
    for (below, above), found in zip(pairs, pixels_of(result), strict=True):
        expected = reference(mode, (*below, 255), above)[:3]
        assert near(found, expected, 1.001), (below, above)


@pytest.mark.parametrize("mode", MODES)
def test_on_a_picture_with_alpha_a_mode_is_what_its_formula_says(mode: Blend) -> None:
    """Within 1.5 of 255: mix, source and result are each rounded to 8 bits."""
    pairs = [
        ((*b, ab), (*s, a))
        for b in COLOURS
        for s in COLOURS
        for ab in SEE_THROUGH
        for a in SEE_THROUGH
    ]
    result = blended(row(*(b for b, _ in pairs)), row(*(s for _, s in pairs)), 0, 0, mode)
    assert result.bands == 4
    for (below, above), found in zip(pairs, pixels_of(result), strict=True):
        expected = reference(mode, below, above)
        assert near(found, expected, 1.5), (below, above)
        assert near(found[3:], expected[3:], 0.501), (below, above)


@pytest.mark.parametrize("mode", MODES)
def test_a_layer_without_alpha_is_an_opaque_one(mode: Blend) -> None:
    pairs = [(b, s) for b in COLOURS for s in COLOURS]
    below, above = row(*(b for b, _ in pairs)), row(*(s for _, s in pairs))
    for under in (below, below.bandjoin(128)):
        without = blended(under, above, 0, 0, mode)
        opaque = blended(under, above.bandjoin(255), 0, 0, mode)
        assert without.write_to_memory() == opaque.write_to_memory()


@pytest.mark.parametrize("mode", MODES)
def test_an_invisible_layer_leaves_every_bit(mode: Blend) -> None:
    dice = random.Random(mode)
    below = [[dice.randrange(256) for _ in range(4)] for _ in range(5000)]
    above = row(*([*dice.choice(COLOURS), 0] for _ in range(5000)))
    for bands in (4, 3):
        under = row(*(pixel[:bands] for pixel in below))
        assert pixels_of(blended(under, above, 0, 0, mode)) == [pixel[:bands] for pixel in below]


@pytest.mark.parametrize("mode", MODES)
def test_greys_meet_as_colours_without_colour_do(mode: Blend) -> None:
    pairs = [
        ((b, ab), (s, a))
        for b in (0, 1, 63, 128, 200, 255)
        for s in (0, 1, 64, 127, 210, 255)
        for ab in SEE_THROUGH
        for a in SEE_THROUGH
    ]
    below, above = row(*(b for b, _ in pairs)), row(*(s for _, s in pairs))
    result = blended(below, above, 0, 0, mode)
    assert result.bands == 2
    for ((b, ab), (s, a)), found in zip(pairs, pixels_of(result), strict=True):
        expected = reference(mode, (b, b, b, ab), (s, s, s, a))
        assert near(found, [expected[0], expected[3]], 1.5), (b, ab, s, a)
    assert blended(below[0], above[0], 0, 0, mode).bands == 1


@pytest.mark.parametrize("mode", MODES)
def test_grey_and_colour_meet_in_colour(mode: Blend) -> None:
    grey, colour = (90,), (200, 30, 60)
    result = blended(row(grey), row(colour), 0, 0, mode)
    expected = reference(mode, (*grey * 3, 255), (*colour, 255))[:3]
    assert pixels_of(result)[0] == pytest.approx(expected, abs=1)
    result = blended(row(colour), row(grey), 0, 0, mode)
    expected = reference(mode, (*colour, 255), (*grey * 3, 255))[:3]
    assert pixels_of(result)[0] == pytest.approx(expected, abs=1)


@cache
def noise() -> pyvips.Image:
    image = pyvips.Image.gaussnoise(300, 290, mean=128, sigma=60, seed=1)
    image = image.bandjoin(image.rot180()).bandjoin(image.fliphor()).cast("uchar")
    return image.copy(interpretation="srgb").copy_memory()


@pytest.mark.parametrize("mode", MODES)
def test_every_part_of_a_large_picture_meets_like_a_small_one(mode: Blend) -> None:
    """Also where only some of the layer is inside, and wherever libvips begins to compute."""
    below = noise()
    above = below.flipver().bandjoin(below[0])
    left, top = -20, 37
    result = blended(below, above, left, top, mode)
    assert (result.width, result.height, result.bands) == (300, 290, 3)
    for x, y in ((0, 37), (127, 165), (128, 166), (279, 289), (150, 200)):
        expected = reference(mode, (*below(x, y), 255), above(x - left, y - top))[:3]
        assert result(x, y) == pytest.approx(expected, abs=1.001)
    for untouched in ((0, 0, 300, 37), (280, 37, 20, 253)):
        here, before = (image.crop(*untouched).write_to_memory() for image in (result, below))
        assert here == before


@pytest.mark.parametrize(("left", "top"), [(8, 0), (0, 1), (-8, 0), (0, -1)])
def test_a_layer_outside_changes_nothing_not_even_the_bands(left: int, top: int) -> None:
    grey = row(*[(90,)] * 8)
    result = blended(grey, row(*[(200, 30, 60)] * 8), left, top, "multiply")
    assert result.bands == 1
    assert result.write_to_memory() == grey.write_to_memory()
