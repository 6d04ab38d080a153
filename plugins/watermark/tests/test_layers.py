"""Layers: faded, scaled, turned, with a shadow or a box, before they are laid."""

import pytest
import pyvips
from ashim_watermark.blending import drawn_on
from ashim_watermark.layers import boxed, faded, like, scaled, shadowed, turned
from ashim_watermark.squares import ready

from ashim_core.plugin import Colour, canvas
from ashim_core.testing import plain

BLACK, HALF_WHITE = Colour(0, 0, 0), Colour(255, 255, 255, 128)


@pytest.mark.parametrize(
    ("opacity", "alpha"), [(100, 200), (50, 100), (25, 50), (0.5, 1), (0.2, 0), (0, 0)]
)
def test_fading_multiplies_alpha_and_leaves_the_colours(opacity: float, alpha: int) -> None:
    assert faded(plain(3, 2, 10, 20, 30, 200), opacity)(2, 1) == [10, 20, 30, alpha]
    assert faded(plain(3, 2, 70, 200), opacity)(2, 1) == [70, alpha]


@pytest.mark.parametrize(("opacity", "alpha"), [(50, 128), (20, 51), (0, 0)])
def test_what_is_opaque_fades_too(opacity: float, alpha: int) -> None:
    assert faded(plain(3, 2, 10, 20, 30), opacity)(2, 1) == [10, 20, 30, alpha]
    assert faded(plain(3, 2, 70), opacity)(2, 1) == [70, alpha]
    assert faded(plain(3, 2, 10, 20, 30, 255), opacity)(2, 1) == [10, 20, 30, alpha]


def test_what_is_opaque_and_not_faded_stays_without_alpha() -> None:
    assert faded(plain(3, 2, 10, 20, 30), 100)(2, 1) == [10, 20, 30]


@pytest.mark.parametrize(
    ("size", "width", "most", "expected"),
    [
        ((40, 20), 80, 100, (80, 40)),
        ((40, 20), 10, 100, (10, 5)),
        ((20, 400), 100, 100, (5, 100)),
        ((1, 30_000), 500, 600, (1, 600)),
        ((30_000, 1), 30, 600, (30, 1)),
        ((1, 1), 30, 20, (20, 20)),
    ],
)
def test_scaling_keeps_the_proportions_and_the_height(
    size: tuple[int, int], width: int, most: int, expected: tuple[int, int]
) -> None:
    layer = scaled(plain(*size, 200, 30, 60, 128), width, most)
    assert (layer.width, layer.height) == expected
    assert layer(0, 0) == [200, 30, 60, 128]


def test_a_layer_of_the_right_size_is_not_resampled() -> None:
    layer = plain(40, 20, 200, 30, 60)
    assert scaled(layer, 40, 20) is layer


@pytest.mark.parametrize(("angle", "turn"), [(90, "d90"), (-90, "d270"), (180, "d180")])
def test_quarter_turns_lose_nothing(angle: float, turn: str) -> None:
    layer = pyvips.Image.identity(bands=3).copy(interpretation="srgb").crop(0, 0, 40, 1)
    assert turned(layer, angle).write_to_memory() == layer.rot(turn).write_to_memory()


def test_a_large_layer_is_turned_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = pyvips.Image.gaussnoise(700, 500, mean=128, sigma=60, seed=1).cast("uchar")
    layer = noise.bandjoin(noise.fliphor()).bandjoin(noise.flipver()).bandjoin(noise.rot180())
    layer = layer.copy(interpretation="srgb").copy_memory()
    monkeypatch.setattr("ashim_watermark.squares._HELD", 1000)
    expected = canvas.turned(layer, 33)
    assert turned(layer, 33).write_to_memory() == expected.write_to_memory()


def test_of_a_huge_layer_only_what_is_needed_is_computed() -> None:
    """All of it would be 40 GB."""
    huge = turned(ready(plain(100_000, 100_000, 200, 30, 60, 255)), 30)
    assert huge.width > 100_000
    assert huge(huge.width // 2, huge.height // 2) == [200, 30, 60, 255]
    assert huge(0, 0)[3] == 0


def test_a_shadow_is_where_it_is_moved_to() -> None:
    layer, left, top = shadowed(plain(20, 10, 200, 30, 60, 255), HALF_WHITE, 0, 5, -3)
    assert (left, top) == (0, 3)
    assert (layer.width, layer.height) == (25, 13)
    assert layer(2, 3 + 5) == [200, 30, 60, 255]
    assert layer(24, 0)[:3] == [255, 255, 255]
    assert layer(24, 0)[3] == pytest.approx(128, abs=1)
    assert layer(2, 0)[3] == layer(24, 12)[3] == 0


def test_a_soft_shadow_fades_out() -> None:
    layer, left, top = shadowed(plain(40, 40, 200, 30, 60, 255), BLACK, 8, 0, 0)
    assert (left, top) == (13, 13)
    fade = [layer(x, 33)[3] for x in range(left)]
    assert fade == sorted(fade)
    assert fade[0] <= 2
    assert 64 < fade[-1] < 128
    assert len(set(fade)) > 6


def test_a_box_has_a_padding_and_round_corners() -> None:
    layer = boxed(plain(30, 20, 200, 30, 60, 255), HALF_WHITE, 10, 10)
    assert (layer.width, layer.height) == (50, 40)
    assert layer(10, 10) == layer(39, 29) == [200, 30, 60, 255]
    assert layer(0, 0)[3] == layer(49, 39)[3] == 0
    assert layer(25, 0)[:3] == [255, 255, 255]
    assert layer(25, 0)[3] == pytest.approx(128, abs=1)
    assert {layer(x, 3)[3] for x in range(10)} - {0.0, layer(25, 0)[3]}


def test_without_a_colour_a_box_is_only_room() -> None:
    layer = boxed(plain(30, 20, 200, 30, 60, 255), None, 10, 0)
    assert (layer.width, layer.height) == (50, 40)
    assert layer(10, 10) == [200, 30, 60, 255]
    assert layer(9, 9)[3] == 0


def test_a_layer_without_colours_takes_the_bands_of_the_picture() -> None:
    layer = plain(4, 4, 70, 70, 70, 128)
    assert like(plain(9, 9, 1), layer)(0, 0) == [70, 128]
    assert like(plain(9, 9, 1, 2, 3), layer)(0, 0) == [70, 70, 70, 128]


@pytest.mark.parametrize(("left", "top"), [(-50_000, -50_000), (5, -99_990), (-99_985, 3)])
def test_of_a_huge_drawing_only_what_is_seen_is_computed(left: int, top: int) -> None:
    """All of it would be 40 GB."""
    picture = plain(30, 20, 9, 9, 9)
    result = drawn_on(picture, plain(100_000, 100_000, 200, 30, 60, 255), left, top)
    seen = plain(100_000, 100_000, 200, 30, 60)
    expected = picture.insert(seen, left, top)
    assert result.write_to_memory() == expected.write_to_memory()
