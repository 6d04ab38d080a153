"""Color Palette: colours that are there, their shares, how they are written."""

from pathlib import Path
from typing import Any

import numpy
import pytest
import pyvips
from ashim_utilities.palette.clusters import swatches
from ashim_utilities.palette.oklab import from_oklab, to_oklab

from ashim_core.plugin import to_numpy
from ashim_core.testing import ToolClient, plain, sample

TOOL = "color-palette"


def stripes(*parts: tuple[int, tuple[int, ...]]) -> pyvips.Image:
    """Draw stripes of some widths and colours."""
    image = None
    for width, colour in parts:
        stripe = plain(width, 10, *colour)
        image = image.join(stripe, "horizontal") if image else stripe
    assert image
    return image


FLAG = stripes((50, (30, 144, 255)), (30, (255, 255, 255)), (20, (200, 0, 40)))


def test_flat_colours_are_found_exactly(reported: Any) -> None:
    report = reported(TOOL, FLAG)
    assert report["colors"] == ["#1e90ff", "#ffffff", "#c80028"]
    assert [one["share"] for one in report["palette"]] == [50.0, 30.0, 20.0]
    assert report["palette"][0]["rgb"] == [30, 144, 255]
    assert report["palette"][0]["hsl"] == [210, 100, 56]
    assert (report["count"], report["filename"]) == (3, "sample.png")


@pytest.mark.parametrize(
    ("format", "first"),
    [("hex", "#1e90ff"), ("rgb", "rgb(30, 144, 255)"), ("hsl", "hsl(210, 100%, 56%)")],
)
def test_the_format(reported: Any, format: str, first: str) -> None:
    assert reported(TOOL, FLAG, format=format)["colors"][0] == first


@pytest.mark.parametrize("count", [1, 2, 5, 32])
def test_no_more_colours_than_asked_for(reported: Any, photos: Path, count: int) -> None:
    report = reported(TOOL, photos / "coffee.png", count=count)
    assert report["count"] == len(report["colors"]) == len(report["palette"]) <= count
    assert report["count"] == count or count == 32
    shares = [one["share"] for one in report["palette"]]
    assert abs(sum(shares) - 100) < 0.2
    assert shares == sorted(shares, reverse=True)


def test_fewer_colours_stand_for_the_neighbours_of_more(reported: Any) -> None:
    """One colour for the flag is between those that it has, nearest to the commonest."""
    ((red, green, blue),) = (one["rgb"] for one in reported(TOOL, FLAG, count=1)["palette"])
    assert red > 30
    assert green > 100
    assert blue > 40


def test_colours_that_nobody_could_tell_apart_are_one(reported: Any) -> None:
    report = reported(TOOL, stripes((60, (100, 100, 100)), (40, (101, 100, 100))))
    assert report["colors"] == ["#646464"]


def test_what_is_transparent_has_no_colour(reported: Any, client: ToolClient) -> None:
    clear = stripes((90, (255, 0, 0, 0)), (10, (0, 0, 255, 255)))
    report = reported(TOOL, clear)
    assert (report["colors"], report["palette"][0]["share"]) == (["#0000ff"], 100.0)
    assert client.refusal(TOOL, plain(5, 5, 1, 2, 3, 0)) == (422, "NOTHING_VISIBLE")


def test_every_kind_of_picture(reported: Any) -> None:
    for name in ("grey", "grey-alpha", "palette", "cmyk", "16-bit", "1x1", "two-frames", "avif"):
        assert reported(TOOL, sample(name))["count"] >= 1
    assert reported(TOOL, sample("rgb"))["count"] == 4


def test_a_small_spot_of_another_colour_is_found(reported: Any) -> None:
    """In a large picture, too, of which not every pixel is looked at."""
    spot = plain(3000, 2000, 20, 120, 60).insert(plain(300, 300, 255, 60, 200), 1000, 900)
    report = reported(TOOL, spot, count=3)
    assert report["colors"] == ["#14783c", "#ff3cc8"]
    assert abs(report["palette"][1]["share"] - 1.5) < 0.2


def test_the_same_picture_has_the_same_palette(photos: Path) -> None:
    image = pyvips.Image.pngload(str(photos / "astronaut.png"))
    pixels = to_numpy(image)[::4, ::4].reshape(-1, 3)
    assert swatches(pixels, 6) == swatches(pixels[::-1], 6)


def test_oklab_and_back() -> None:
    colours = numpy.random.default_rng(3).integers(0, 256, (500, 3)).astype(float)
    assert (from_oklab(to_oklab(colours)) == colours).all()
    white, red = to_oklab(numpy.array([[255.0, 255, 255], [255, 0, 0]]))
    assert numpy.allclose(white, (1, 0, 0), atol=1e-3)
    assert numpy.allclose(red, (0.628, 0.2249, 0.1258), atol=1e-3)
