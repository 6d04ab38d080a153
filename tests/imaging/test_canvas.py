"""Layers on a canvas: where they land, and what they leave as it is."""

from functools import cache
from pathlib import Path

import pytest
import pyvips

from ashim_core.imaging import canvas
from ashim_core.testing import plain

RED = plain(10, 10, 200, 0, 0, 255)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (45, 35), (-5, -5), (20, -9), (-9, 39)])
def test_a_layer_lands_where_it_is_laid_and_nowhere_else(left: int, top: int) -> None:
    result = canvas.lay(plain(50, 40, 10, 20, 30), RED, left, top)
    assert (result.width, result.height, result.bands) == (50, 40, 3)
    for x in range(0, 50, 3):
        for y in range(0, 40, 3):
            inside = left <= x < left + 10 and top <= y < top + 10
            assert result(x, y) == ([200, 0, 0] if inside else [10, 20, 30])


@pytest.mark.parametrize(("left", "top"), [(50, 0), (0, 40), (-10, 5), (5, -10)])
def test_a_layer_outside_changes_nothing(left: int, top: int) -> None:
    base = plain(50, 40, 10, 20, 30)
    assert canvas.lay(base, RED, left, top).write_to_memory() == base.write_to_memory()


def test_a_coloured_layer_makes_a_grey_picture_coloured() -> None:
    result = canvas.lay(plain(20, 20, 100), plain(5, 5, 200, 0, 0, 128), 0, 0)
    assert result.bands == 3
    assert (result(2, 2), result(9, 9)) == ([150, 50, 50], [100, 100, 100])


def test_a_grey_layer_leaves_a_grey_picture_grey() -> None:
    result = canvas.lay(plain(20, 20, 100), plain(5, 5, 200, 255), 0, 0)
    assert result.bands == 1
    assert (result(2, 2), result(9, 9)) == ([200], [100])


def test_where_both_are_half_there_alpha_grows() -> None:
    result = canvas.lay(plain(20, 20, 0, 0, 0, 128), plain(5, 5, 255, 255, 255, 128), 0, 0)
    assert result(2, 2)[3] == pytest.approx(255 * (1 - (127 / 255) ** 2), abs=1)
    assert result(9, 9) == [0, 0, 0, 128]


def test_an_invisible_picture_under_a_layer_lends_it_no_colour() -> None:
    result = canvas.lay(plain(20, 20, 0, 255, 0, 0), RED, 0, 0)
    assert result(2, 2) == [200, 0, 0, 255]


def test_what_is_invisible_does_not_bleed_when_it_is_resampled() -> None:
    left, right = plain(16, 16, 255, 0, 0, 255), plain(16, 16, 0, 255, 0, 0)
    result = canvas.resampled(left.join(right, "horizontal"), 8, 4)
    assert (result.width, result.height) == (8, 4)
    assert all(result(x, 2)[1] == 0 for x in range(8) if result(x, 2)[3] > 0)


@cache
def tall(bands: int) -> bytes:
    """Encode a picture of far more rows than libvips keeps."""
    noise = pyvips.Image.gaussnoise(700, 3000, mean=128, sigma=30, seed=1).cast("uchar")
    noise = noise.copy_memory()
    if bands == 3:
        noise = noise.bandjoin(noise).bandjoin(noise)
    return noise.copy(interpretation="srgb" if bands == 3 else "b-w").jpegsave_buffer()


def by_rows(image: pyvips.Image) -> bytes:
    """Give the pixels as a saver asks for them."""
    return image.pngsave_buffer(compression=0)


@pytest.mark.parametrize(("left", "top"), [(20, 20), (300, 5), (0, 0), (500, 2700)])
@pytest.mark.parametrize("bands", [1, 3])
def test_a_layer_lands_on_a_picture_that_is_read_from_top_to_bottom(
    tmp_path: Path, left: int, top: int, bands: int
) -> None:
    """What ends early must not make libvips forget the rows that come after it."""
    path = str(tmp_path / "tall.jpg")
    Path(path).write_bytes(tall(bands))
    layer = plain(60, 40, 200, 0, 0, 128) if bands == 3 else plain(60, 40, 255, 128)
    streamed = pyvips.Image.jpegload(path, access="sequential")
    expected = canvas.lay(pyvips.Image.jpegload(path), layer, left, top)
    result = canvas.lay(streamed.resize(0.9).resize(1 / 0.9, vscale=3000 / 2700), layer, left, top)
    assert (result.width, result.height) == (expected.width, expected.height)
    again = pyvips.Image.jpegload(path, access="sequential")
    assert by_rows(canvas.lay(again, layer, left, top)) == by_rows(expected)
    assert len(by_rows(result)) > 0
