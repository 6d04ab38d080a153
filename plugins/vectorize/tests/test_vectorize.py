"""Image to SVG: drawings that look like the picture, each setting, and what is too much."""

import json
import re
from pathlib import Path
from typing import Any

import ashim_vectorize.vectorize
import numpy
import pytest
import pyvips
from ashim_vectorize import shapes, tracing
from ashim_vectorize.paths import Grid, Traced, written
from ashim_vectorize.shapes import few_enough, packed, without_specks

from ashim_core.plugin import TooComplex, clean_svg, draw_svg, from_numpy
from ashim_core.testing import MakeClient, ToolClient, plain, sample

TOOL = "vectorize"
RED, BLUE, YELLOW = (220, 30, 40), (30, 60, 160), (240, 190, 20)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_vectorize.vectorize)


def drawn(client: ToolClient, picture: Any, **settings: Any) -> str:
    """Give the drawing that is made of a picture."""
    response = client.post(TOOL, picture, **settings)
    assert response.status_code == 200, response.text
    assert response.mimetype == "image/svg+xml"
    return response.get_data(as_text=True)


def on_white(svg: str, scale: float = 1) -> pyvips.Image:
    return draw_svg(svg.encode(), scale).flatten(background=[255, 255, 255])


def distance(one: pyvips.Image, other: pyvips.Image) -> float:
    """Give the mean difference of all pixels, in levels of 255."""
    return float((one[:3].cast("short") - other[:3]).abs().avg())


def logo() -> pyvips.Image:
    """Draw a disc, a bar and a ring in flat colours on white."""
    image = plain(240, 160, 255, 255, 255)
    image = image.draw_circle([*RED], 70, 70, 50, fill=True)
    image = image.draw_rect([*BLUE], 20, 120, 200, 24, fill=True)
    image = image.draw_circle([*YELLOW], 180, 60, 40, fill=True)
    return image.draw_circle([255, 255, 255], 180, 60, 20, fill=True).copy_memory()


def paths(svg: str) -> list[str]:
    return re.findall(r' d="([^"]*)"', svg)


def colours(svg: str) -> set[str]:
    return set(re.findall(r'fill="(#\w+)"', svg))


def test_a_logo_looks_the_same(client: ToolClient) -> None:
    svg = drawn(client, logo(), colorMode="color")
    assert distance(on_white(svg), logo()) < 2
    assert colours(svg) - {"#ffffff"} == {"#dc1e28", "#1e3ca0", "#f0be14"}
    assert len(svg) < 4000


def test_it_stays_sharp_at_any_size(client: ToolClient) -> None:
    svg = drawn(client, logo(), colorMode="color")
    large = on_white(svg, 6)
    assert (large.width, large.height) == (1440, 960)
    assert distance(large, logo().resize(6, kernel="cubic")) < 3


def test_what_is_dark_becomes_black_on_nothing(client: ToolClient) -> None:
    svg = drawn(client, logo())
    image = draw_svg(svg.encode())
    assert [image(70, 70), image(60, 130), image(5, 5)[3]] == [[0, 0, 0, 255], [0, 0, 0, 255], 0]
    assert image(180, 25)[3] == 0  # the yellow is light
    assert "fill" not in svg


def test_a_photograph_is_recognised_and_small(client: ToolClient, photos: Path) -> None:
    picture = pyvips.Image.pngload(str(photos / "coffee.png"))
    svg = drawn(client, picture, colorMode="color")
    assert distance(on_white(svg), picture) < 9
    assert len(svg) < 500_000
    noisy = picture.shrink(2, 2) + pyvips.Image.gaussnoise(300, 200, sigma=12, seed=1)
    svg = drawn(client, noisy.cast("uchar").copy(interpretation="srgb"), colorMode="color")
    assert len(svg) < 250_000


def test_letters_can_be_read(client: ToolClient, photos: Path) -> None:
    page = pyvips.Image.pngload(str(photos / "page.png"))
    shaded = on_white(drawn(client, page, threshold=110)).colourspace("b-w")
    expected = ((page[0] >= 110).ifthenelse(255, 0)).cast("uchar")
    assert float((shaded.cast("short") - expected).abs().avg()) < 12


def test_the_drawing_has_the_size_of_the_picture(client: ToolClient) -> None:
    svg = drawn(client, logo().resize(3), maxSide=100)
    assert 'width="720" height="480" viewBox="0 0 720 480"' in svg
    turned = drawn(client, sample("orientation-6"))
    assert 'viewBox="0 0 48 32"' in turned


def test_max_side_decides_about_detail(client: ToolClient, photos: Path) -> None:
    sizes = [len(drawn(client, photos / "page.png", maxSide=side)) for side in (64, 384)]
    assert sizes[0] < sizes[1] / 3
    response = client.post(TOOL, photos / "page.png", maxSide=64)
    assert "traced at 64 x 32 pixels" in response.headers["X-Ashim-Notes"]


@pytest.mark.parametrize(("threshold", "dark"), [(0, 0), (60, 1), (130, 2), (250, 3)])
def test_the_threshold(client: ToolClient, threshold: int, dark: int) -> None:
    image = plain(120, 40, 255, 255, 255)
    for index, level in enumerate((40, 100, 180)):
        image = image.insert(plain(20, 20, level, level, level), 10 + 40 * index, 10)
    result = draw_svg(drawn(client, image, threshold=threshold).encode())
    assert sum(result(20 + 40 * index, 20)[3] > 128 for index in range(3)) == dark


def test_invert(client: ToolClient) -> None:
    image = draw_svg(drawn(client, logo(), invert=True).encode())
    assert [image(70, 70)[3], image(5, 5)[3]] == [0, 255]


def test_color_precision(client: ToolClient, photos: Path) -> None:
    found = [
        colours(
            drawn(client, photos / "chelsea.png", colorMode="color", maxSide=200, colorPrecision=n)
        )
        for n in (1, 3, 6)
    ]
    assert len(found[0]) < len(found[1]) < len(found[2])
    rough, fine = (
        distance(on_white(drawn(client, logo(), colorMode="color", colorPrecision=n)), logo())
        for n in (1, 4)
    )
    assert rough > 3 * fine


@pytest.mark.parametrize("precision", [1, 2, 4, 6])
def test_there_are_no_more_colours_than_that(
    client: ToolClient, photos: Path, precision: int
) -> None:
    settings = {"colorMode": "color", "maxSide": 200, "colorPrecision": precision}
    assert len(colours(drawn(client, photos / "coffee.png", **settings))) <= 2**precision


def test_layer_difference(client: ToolClient) -> None:
    steps = plain(200, 60, 100, 100, 100)
    for index in range(5):
        level = 100 + 10 * index
        steps = steps.insert(plain(40, 60, level, level, level), 40 * index, 0)
    found = [
        len(colours(drawn(client, steps, colorMode="color", layerDifference=value)))
        for value in (4, 30, 128)
    ]
    assert found[0] == 5
    assert found[0] > found[1] >= found[2]


@pytest.mark.parametrize("mode", ["bw", "color"])
def test_filter_speckle(client: ToolClient, mode: str) -> None:
    image = plain(120, 80, 255, 255, 255).insert(plain(50, 50, 0, 0, 0), 10, 10)
    for index in range(4):
        image = image.insert(plain(3, 3, 0, 0, 0), 70 + 10 * index, 20 + 10 * index)
    kept, gone = (
        draw_svg(drawn(client, image, colorMode=mode, filterSpeckle=value).encode())
        for value in (1, 12)
    )
    found = [one.flatten(background=[255] * 3)(71, 21)[0] for one in (kept, gone)]
    assert found[0] < 100
    assert found[1] > 200


def test_path_mode(client: ToolClient) -> None:
    spline, polygon, none = (
        "".join(paths(drawn(client, logo(), pathMode=mode)))
        for mode in ("spline", "polygon", "none")
    )
    assert "c" in spline
    assert not re.search("[cC]", polygon)
    assert "l" in polygon
    assert not re.search("[cClL]", none)
    assert re.search("[hv]", none)


def test_along_the_pixels_nothing_is_lost(client: ToolClient) -> None:
    svg = drawn(client, logo(), colorMode="color", pathMode="none", filterSpeckle=0)
    assert distance(on_white(svg), logo()) == 0


def test_corner_threshold(client: ToolClient) -> None:
    zigzag = plain(200, 120, 255, 255, 255)
    for x in range(0, 200, 40):
        zigzag = zigzag.draw_line([0, 0, 0], x, 100, x + 20, 20)
        zigzag = zigzag.draw_line([0, 0, 0], x + 20, 20, x + 40, 100)
    thick = (zigzag.rank(9, 9, 0)).copy(interpretation="srgb")
    sharp, round_ = (drawn(client, thick, cornerThreshold=value) for value in (10, 180))
    assert sharp != round_
    assert distance(on_white(sharp), thick) < distance(on_white(round_), thick)


@pytest.mark.parametrize("mode", ["bw", "color"])
def test_what_is_transparent_is_not_drawn(client: ToolClient, mode: str) -> None:
    disc = pyvips.Image.black(120, 120).draw_circle([255], 60, 60, 40, fill=True)
    image = plain(120, 120, 10, 20, 30).bandjoin(disc).copy(interpretation="srgb")
    result = draw_svg(drawn(client, image, colorMode=mode).encode())
    assert [result(60, 60)[3], result(4, 4)[3]] == [255, 0]


@pytest.mark.parametrize(
    "name", ["1x1", "grey", "grey-alpha", "cmyk", "16-bit", "two-frames", "avif"]
)
def test_every_kind_of_picture(client: ToolClient, name: str) -> None:
    for mode in ("bw", "color"):
        assert drawn(client, sample(name), colorMode=mode).startswith("<svg ")


def test_it_is_a_harmless_drawing_already(client: ToolClient) -> None:
    svg = drawn(client, logo(), colorMode="color").encode()
    cleaned = clean_svg(svg)
    assert (cleaned.width, cleaned.height) == (240, 160)
    assert distance(draw_svg(svg), draw_svg(cleaned.data)) == 0


def test_what_it_tells(client: ToolClient) -> None:
    response = client.post(TOOL, logo(), colorMode="color", name="a b.png")
    facts = json.loads(response.headers["X-Ashim-Facts"])
    svg = response.get_data(as_text=True)
    assert facts == {"paths": len(paths(svg)), "colors": len(colours(svg))}
    assert "a b.svg" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"colorPrecision": 3}, "colorPrecision: ignored with colorMode=bw"),
        ({"colorMode": "color", "threshold": 9}, "threshold: ignored with colorMode=color"),
        ({"pathMode": "none", "cornerThreshold": 9}, "cornerThreshold: ignored with pathMode=none"),
    ],
)
def test_settings_that_have_no_effect_are_said(
    client: ToolClient, settings: dict[str, Any], note: str
) -> None:
    assert note in client.post(TOOL, logo(), **settings).headers["X-Ashim-Notes"]


def test_a_drawing_that_would_be_too_large(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ashim_vectorize.vectorize, "_MOST_BYTES", 500)
    response = client.post(TOOL, logo(), colorMode="color")
    assert (response.status_code, response.get_json()["code"]) == (422, "TOO_COMPLEX")
    assert "filterSpeckle" in response.get_json()["error"]


def noise(width: int, height: int) -> "shapes.Areas":
    values = numpy.random.default_rng(2).integers(0, 2, (height, width, 1)).astype(numpy.uint8)
    return packed(numpy.repeat(255 * values, 3, axis=2), None)


def test_more_areas_than_can_be_traced() -> None:
    with pytest.raises(TooComplex, match="areas"):
        few_enough(noise(200, 200), 100)
    fewer = few_enough(noise(200, 200), 400, largest=10_000)
    assert len(numpy.unique(fewer)) <= 2
    assert int(shapes._labels(fewer).max()) <= 400


def test_specks_become_part_of_what_is_around() -> None:
    rgb = numpy.full((20, 20, 3), 255, numpy.uint8)
    rgb[3:5, 3:5] = 0
    rgb[10:18, 10:18] = 0
    cleaned = without_specks(packed(rgb, None), 5)
    assert cleaned[3, 3] == cleaned[0, 0]
    assert cleaned[12, 12] != cleaned[0, 0]


def test_noise_does_not_end_the_tracer(client: ToolClient) -> None:
    image = from_numpy(noise(240, 160).view("uint8").reshape(160, 240, 4)[:, :, :3].copy())
    for settings in ({"filterSpeckle": 0}, {"colorMode": "color", "filterSpeckle": 0}):
        response = client.post(TOOL, image, **settings)
        assert response.status_code in (200, 422), response.text
    assert tracing._MOST_OF_TWO < 2**16


def test_paths_are_written_short() -> None:
    grid = Grid(across=1, down=1, above=0, decimals=1)
    square = Traced("#000000", "M0 0 L10 0 L10 10 L0 10 Z", 5, 7)
    assert written(square, grid) == "M5 7h10v10h-10z"
    half = Traced("#000000", "M0 0 L0.04 0 L0 0 Z", 0, 0)
    assert written(half, grid) == ""
    curve = Traced("#000000", "M0 0 C0 5.24 4.5 10 10 10 C6 6 3 3 0 0 Z", 0, 0)
    assert written(curve, grid) == "M0 0c0 5.2 4.5 10 10 10z"


def test_what_can_not_be_read(client: ToolClient) -> None:
    assert client.refusal(TOOL, b"no picture") == (400, "INVALID_IMAGE")
    assert client.refusal(TOOL, sample("jpeg")[:300]) == (422, "DECODE_FAILED")


@pytest.mark.parametrize(
    "settings",
    [
        {"colorMode": "grey"},
        {"threshold": 256},
        {"colorPrecision": 9},
        {"pathMode": "curves"},
        {"filterSpeckle": -1},
        {"maxSide": 5000},
    ],
)
def test_wrong_settings(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, logo(), **settings) == (400, "INVALID_SETTINGS")
