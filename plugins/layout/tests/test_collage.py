"""Collage: what lies where, of every template and every setting."""

import io
import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

import ashim_layout.collage
import pytest
import pyvips
from ashim_layout.templates import PLAINEST, TEMPLATES, TemplateId, grid_for, grid_of
from werkzeug.test import TestResponse

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "collage"
RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
OCHRE = [200, 100, 50]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_layout.collage)


def shade(number: int) -> list[int]:
    """Give a colour of its own for each of many files."""
    return [number + 1, 255 - number, number * 7 % 256]


@cache
def shaded(number: int, width: int, height: int) -> bytes:
    return plain(width, height, *shade(number)).pngsave_buffer()


def shades(count: int, width: int = 30, height: int = 20) -> list[bytes]:
    return [shaded(number, width, height) for number in range(count)]


def answer(client: ToolClient, *pictures: Any, **settings: Any) -> TestResponse:
    response = client.post(TOOL, *pictures, **settings)
    assert response.status_code == 200, response.text
    return response


def made(client: ToolClient, *pictures: Any, **settings: Any) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(answer(client, *pictures, **settings).data, "")


def named(client: ToolClient, *files: tuple[str, bytes], **settings: Any) -> TestResponse:
    """Post files under names of their own; the answer is JSON."""
    response = client.http.post(
        f"/api/v1/tools/{TOOL}",
        data={
            "settings": json.dumps(settings),
            "file": [(io.BytesIO(data), name) for name, data in files],
        },
        headers={"Accept": "application/json"},
        content_type="multipart/form-data",
    )
    response.request.environ["wsgi.input"].close()
    return response


def refused(client: ToolClient, count: int, **settings: Any) -> tuple[str, str]:
    """Give the field and the sentence of a refusal of settings."""
    response = client.post(TOOL, *shades(count, 2, 2), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    return response.json["details"][0]["field"], response.json["message"]


def test_every_template_has_an_entry() -> None:
    assert list(TEMPLATES) == list(get_args(TemplateId))
    assert len(TEMPLATES) >= 30


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_cells_of_a_template_tile_its_grid(template: TemplateId) -> None:
    grid = grid_of(template)
    covered = [
        place
        for cell in grid.cells
        for place in product(
            range(cell.columns.first, cell.columns.last + 1),
            range(cell.rows.first, cell.rows.last + 1),
        )
    ]
    assert sorted(covered) == sorted(product(range(len(grid.columns)), range(len(grid.rows))))


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_name_of_a_template_says_how_many_cells_it_has(template: TemplateId) -> None:
    grid = grid_of(template)
    count, *words = template.split("-")
    assert int(count) == len(grid.cells)
    if "x" in words[-1]:
        assert words[-1] == f"{len(grid.columns)}x{len(grid.rows)}"


def test_there_is_a_grid_for_every_number_of_files() -> None:
    for count in range(1, 10):
        assert grid_for(count) == grid_of(PLAINEST[count - 1])
        assert len(grid_for(count).cells) == count
    for count in range(10, 201):
        grid = grid_for(count)
        columns, rows = len(grid.columns), len(grid.rows)
        assert columns - 1 <= rows <= columns
        assert columns * (rows - 1) < count <= columns * rows == len(grid.cells)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("gap", [0, 7])
def test_cells_are_filled_in_the_order_of_the_files(
    client: ToolClient, template: TemplateId, gap: int
) -> None:
    """Every pixel is that of the cell it belongs to, or of the gap."""
    grid = grid_of(template)
    width, height, columns, rows = 400, 300, len(grid.columns), len(grid.rows)
    result = made(
        client,
        *shades(len(grid.cells)),
        template=template,
        gap=gap,
        width=width,
        backgroundColor="black",
    )
    assert (result.width, result.height, result.bands) == (width, height, 3)
    across = (width - gap * (columns + 1)) / sum(grid.columns)
    down = (height - gap * (rows + 1)) / sum(grid.rows)
    expected = plain(width, height, 0, 0, 0)
    for number, ((left, right), (top, bottom)) in enumerate(grid.cells):
        x = round(across * sum(grid.columns[:left])) + gap * (left + 1)
        y = round(down * sum(grid.rows[:top])) + gap * (top + 1)
        wide = round(across * sum(grid.columns[: right + 1])) + gap * (right + 1) - x
        high = round(down * sum(grid.rows[: bottom + 1])) + gap * (bottom + 1) - y
        expected = expected.insert(plain(wide, high, *shade(number)), x, y)
    assert_image_close(result, expected, within=0)


@pytest.mark.parametrize("gap", [0, 1, 8, 33, 100])
def test_gaps_and_margins_are_exact(client: ToolClient, gap: int) -> None:
    red = plain(10, 10, *RED)
    result = made(client, *[red] * 9, gap=gap, width=601, backgroundColor="black")
    for line in (result.crop(0, gap, 601, 1), result.crop(gap, 0, 1, 451)):
        values = bytes(line[0].write_to_memory())
        lengths = [len(part) for part in "".join("x" if v else "." for v in values).split("x")]
        assert [length for length in lengths if length] == ([gap] * 4 if gap else [])


def test_the_gap_is_8_pixels_and_white_by_default(client: ToolClient) -> None:
    result = made(client, plain(20, 20, *RED), plain(20, 20, *BLUE))
    assert (result.width, result.height) == (2400, 1800)
    points = (7, 8, 1195, 1196, 1203, 1204, 2391, 2392)
    assert [result(x, 8) for x in points] == [WHITE, RED, RED, WHITE, WHITE, BLUE, BLUE, WHITE]
    assert [result(8, y) for y in (7, 8, 1791, 1792)] == [WHITE, RED, RED, WHITE]


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("free", (240, 180)),
        ("1:1", (240, 240)),
        ("4:3", (240, 180)),
        ("3:2", (240, 160)),
        ("16:9", (240, 135)),
        ("9:16", (135, 240)),
        ("4:5", (192, 240)),
    ],
)
def test_the_width_is_the_long_side(client: ToolClient, ratio: str, size: tuple[int, int]) -> None:
    result = made(client, plain(4, 4, *RED), aspectRatio=ratio, width=240)
    assert (result.width, result.height) == size


def test_no_more_files_than_cells(client: ToolClient) -> None:
    field, message = refused(client, 5, template="4-grid")
    assert field == "template"
    assert message == "The template 4-grid has 4 cell(s), received 5 files."


def test_cells_without_a_file_stay_empty(client: ToolClient) -> None:
    result = made(client, *shades(3), template="4-grid", gap=0, width=200, backgroundColor="#123")
    assert [result(x, y) for y in (40, 110) for x in (50, 150)] == [
        *(shade(number) for number in range(3)),
        [0x11, 0x22, 0x33],
    ]


def test_two_hundred_files(client: ToolClient) -> None:
    result = made(client, *shades(200, 3, 3), gap=1, width=800, backgroundColor="black")
    across, down = (800 - 16) / 15, (600 - 15) / 14
    for number in range(200):
        x = round(across * (number % 15)) + number % 15 + 1
        y = round(down * (number // 15)) + number // 15 + 1
        assert result(x, y) == result(x + 50, y + 38) == shade(number)
    assert result(799 - 20, 599 - 20) == [0, 0, 0]


def test_201_files_are_too_many(client: ToolClient) -> None:
    assert client.refusal(TOOL, *[plain(1, 1, 0)] * 201) == (400, "TOO_MANY_FILES")


def test_a_collage_takes_a_file(client: ToolClient) -> None:
    assert client.refusal(TOOL) == (400, "NO_FILE")


def test_auto_counts_the_cells_as_well(client: ToolClient) -> None:
    cells = [{"imageIndex": 0}] * 4
    result = made(client, plain(9, 9, *RED), cells=cells, gap=10, width=200, template="auto")
    assert_image_close(
        result,
        made(client, *[plain(9, 9, *RED)] * 4, template="4-grid", gap=10, width=200),
        within=0,
    )


def test_image_index_says_which_file(client: ToolClient) -> None:
    cells = [{"imageIndex": 2}, {}, {"imageIndex": 0}]
    result = made(client, *shades(3), template="3-h-equal", cells=cells, gap=0, width=300)
    assert [result(x, 9) for x in (50, 150, 250)] == [shade(2), shade(1), shade(0)]


def test_an_image_index_past_the_files_is_refused(client: ToolClient) -> None:
    assert refused(client, 2, cells=[{}, {"imageIndex": 2}]) == (
        "cells.1.imageIndex",
        "Cell 2 is to show file 2: expected at most 1, as they are counted from 0.",
    )


def test_settings_for_cells_that_are_not_there_are_refused(client: ToolClient) -> None:
    field, message = refused(client, 2, template="2-h-equal", cells=[{}] * 3)
    assert field == "cells"
    assert message == "The template 2-h-equal has 2 cell(s), received settings for 3."


def test_files_that_no_cell_shows_are_told(client: ToolClient) -> None:
    files = [(f"{name}.png", sample("rgb")) for name in "abc"]
    cells = [{"imageIndex": 1}, {}, {"imageIndex": 1}]
    told = named(client, *files, cells=cells).json
    assert told is not None
    assert told["notes"] == ["files: no cell shows a.png, c.png"]
    quiet = named(client, *files).json
    assert quiet is not None
    assert quiet.get("notes", []) == []


def stripes(colours: list[list[int]]) -> pyvips.Image:
    """Draw stripes of 100 x 300 pixels side by side."""
    return pyvips.Image.arrayjoin([plain(100, 300, *colour) for colour in colours], across=9)


def test_cover_cuts_off_both_sides(client: ToolClient) -> None:
    wide = stripes([RED, GREEN, BLUE])
    result = made(client, wide.crop(0, 100, 300, 100), gap=0, width=120, aspectRatio="1:1")
    assert_image_close(result.crop(4, 0, 112, 120), plain(112, 120, *GREEN), within=0)
    high = made(client, wide.crop(0, 100, 300, 100).rot90(), gap=0, width=120, aspectRatio="1:1")
    assert_image_close(high.crop(0, 4, 120, 112), plain(120, 112, *GREEN), within=0)


@pytest.mark.parametrize(
    ("pan", "expected"),
    [(-100, "RRR"), (-50, "RRG"), (0, "RGB"), (50, "GBB"), (100, "BBB")],
)
def test_pan_moves_the_cut(client: ToolClient, pan: float, expected: str) -> None:
    """Nine stripes in three colours; three are shown, so six overhang and a half of it is 1.5."""
    names = {"R": RED, "G": GREEN, "B": BLUE}
    picture = stripes([names[name] for name in "RRRRGBBBB"])
    across = made(client, picture, cells=[{"panX": pan}], gap=0, width=300, aspectRatio="1:1")
    left = 300 * (1 + pan / 100)
    inside = [names["RRRRGBBBB"[int((left + x) // 100)]] for x in (5, 145, 155, 295)]
    assert [across(x, 150) for x in (5, 145, 155, 295)] == inside
    assert names[expected[0]] == inside[0]
    assert names[expected[2]] == inside[3]
    down = made(client, picture.rot90(), cells=[{"panY": pan}], gap=0, width=300, aspectRatio="1:1")
    assert_image_close(down, across.rot90(), within=0)


def ramp(width: int, height: int) -> pyvips.Image:
    """Draw a picture whose values say where each pixel comes from, of 1000."""
    where = (pyvips.Image.xyz(width, height) + 0.5) * [1000 / width, 1000 / height] / 4
    return where.bandjoin(0).rint().cast("uchar").copy(interpretation="srgb")


@pytest.mark.parametrize("zoom", [1, 1.5, 2, 10])
@pytest.mark.parametrize("pan", [(0, 0), (-100, 100), (40, -60)])
@pytest.mark.parametrize("side", [200, 1000])
def test_zoom_and_pan_show_the_computed_part(
    client: ToolClient, zoom: float, pan: tuple[float, float], side: int
) -> None:
    settings = {"zoom": zoom, "panX": pan[0], "panY": pan[1]}
    result = made(client, ramp(side, side), cells=[settings], gap=0, width=400, aspectRatio="1:1")
    for band, percent in enumerate(pan):
        start = (1000 - 1000 / zoom) / 2 * (1 + percent / 100)
        for place in (20, 200, 380):
            point = (place, 200) if band == 0 else (200, place)
            expected = (start + (place + 0.5) / 400 * 1000 / zoom) / 4
            assert result(*point)[band] == pytest.approx(expected, abs=1.1)


def test_only_the_cell_meant_is_zoomed(client: ToolClient) -> None:
    picture = ramp(300, 400)
    both = made(client, picture, picture, cells=[{}, {"zoom": 4}], gap=0, width=400)
    neither = made(client, picture, picture, gap=0, width=400)
    left = (0, 0, 200, 300)
    assert_image_close(both.crop(*left), neither.crop(*left), within=0)
    assert both(399, 9)[0] - both(200, 9)[0] < 70 < neither(399, 9)[0] - neither(200, 9)[0]


def test_contain_shows_all_with_the_background_around(client: ToolClient) -> None:
    cells = [{"fit": "contain", "zoom": 5, "panX": 100}]
    look = {"gap": 0, "width": 240, "aspectRatio": "1:1", "backgroundColor": "#102030"}
    result = made(client, plain(40, 20, *RED), cells=cells, **look)
    expected = plain(240, 240, 16, 32, 48).insert(plain(240, 120, *RED), 0, 60)
    assert_image_close(result, expected, within=0)
    legacy = made(client, plain(40, 20, *RED), cells=[{"objectFit": "contain"}], **look)
    assert_image_close(legacy, expected, within=0)


def test_a_line_is_contained(client: ToolClient) -> None:
    result = made(client, plain(3000, 1, *RED), cells=[{"fit": "contain"}], gap=0, width=200)
    assert [result(x, y) for x, y in ((0, 74), (0, 73), (199, 74), (199, 76))] == [
        RED,
        WHITE,
        RED,
        WHITE,
    ]


@pytest.mark.parametrize("sides", [(1, 30_000), (30_000, 1), (1, 1)])
def test_a_line_covers(client: ToolClient, sides: tuple[int, int]) -> None:
    """Brought to the size of the cell as a whole, it would have a billion rows."""
    cells = [{"zoom": 10, "panX": 30, "panY": -70}]
    result = made(client, plain(*sides, *OCHRE), cells=cells, gap=0, width=800)
    assert_image_close(result, plain(800, 600, *OCHRE), within=0)


@pytest.mark.parametrize(("radius", "real"), [(0, 0), (10, 10), (30.5, 30.5), (500, 46)])
def test_the_radius_of_the_cells(client: ToolClient, radius: float, real: float) -> None:
    """Each cell is 92 pixels wide and 142 high."""
    look = {"gap": 4, "width": 196, "aspectRatio": "4:3", "backgroundColor": "transparent"}
    red = plain(50, 50, *RED)
    result = made(client, red, red, template="2-h-equal", borderRadius=radius, **look)
    assert result.height == 147
    cell = result.crop(4, 4, 92, 139)
    alpha = cell[3]
    hidden = 92 * 139 - alpha.avg() / 255 * 92 * 139
    assert hidden == pytest.approx((4 - 3.14159) * real**2, rel=0.02, abs=0.5)
    assert alpha(46, 0)[0] > 250 < alpha(0, 69)[0]
    partly = ((alpha > 0) & (alpha < 255)).avg() / 255 * 92 * 139
    assert (partly > real) == (real > 0)
    assert_image_close(alpha, alpha.rot180(), within=0)
    assert_image_close(result.crop(100, 4, 92, 139), cell, within=0)
    assert result.crop(96, 0, 4, 147)[3].max() == 0


def test_round_corners_show_the_background_smoothly(client: ToolClient) -> None:
    look = {"gap": 0, "width": 200, "aspectRatio": "1:1", "backgroundColor": "white"}
    result = made(client, plain(50, 50, 0, 0, 0), borderRadius=60, **look)
    assert result.bands == 3
    assert result(0, 0) == WHITE
    assert result(100, 100) == [0, 0, 0]
    between = ((result[0] > 20) & (result[0] < 235)).avg() / 255 * 200 * 200
    assert 100 < between < 500


def test_legacy_names_mean_the_same(client: ToolClient) -> None:
    today = answer(
        client,
        *shades(2),
        template="2-v-equal",
        borderRadius=20,
        outputFormat="webp",
        width=200,
    )
    legacy = answer(
        client, *shades(2), templateId="2-v-equal", cornerRadius=20, format="webp", width=200
    )
    assert legacy.mimetype == "image/webp"
    assert legacy.data == today.data


@pytest.mark.parametrize(
    ("given", "media_type", "extension"),
    [
        (None, "image/png", "png"),
        ("png", "image/png", "png"),
        ("jpeg", "image/jpeg", "jpg"),
        ("jpg", "image/jpeg", "jpg"),
        ("JPG", "image/jpeg", "jpg"),
        ("webp", "image/webp", "webp"),
        ("avif", "image/avif", "avif"),
    ],
)
def test_formats(client: ToolClient, given: str | None, media_type: str, extension: str) -> None:
    settings = {"outputFormat": given} if given else {}
    response = answer(client, *shades(2), width=160, gap=10, **settings)
    assert response.mimetype == media_type
    disposition = response.headers["Content-Disposition"]
    assert f"collage.{extension}" in disposition
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert (result.width, result.height, result.bands) == (160, 120, 3)
    for x, colour in ((40, shade(0)), (120, shade(1)), (2, WHITE)):
        assert result(x, 60) == pytest.approx(colour, abs=8)


def test_quality_decides_about_the_size(client: ToolClient, photo: Path) -> None:
    def size(format: str, **settings: int) -> int:
        return len(answer(client, photo, outputFormat=format, width=160, **settings).data)

    for format in ("jpeg", "webp", "avif"):
        assert size(format, quality=20) < size(format, quality=60) < size(format)
        assert size(format) == size(format, quality=90)
    assert size("png", quality=20) == size("png", quality=90)


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, wanted: str) -> None:
    settings = {"outputFormat": "jpeg", "chromaSubsampling": wanted}
    response = answer(client, sample("rgb"), sample("rgb"), **settings)
    stored = pyvips.Image.new_from_buffer(response.data, "").get("jpeg-chroma-subsample")
    assert stored == wanted


def test_a_transparent_background_gives_alpha(client: ToolClient) -> None:
    result = made(client, plain(9, 9, *RED), backgroundColor="transparent", gap=10, width=100)
    assert result.bands == 4
    assert result(5, 5) == [0, 0, 0, 0]
    assert result(50, 40) == [*RED, 255]


def test_a_half_transparent_background_is_kept(client: ToolClient) -> None:
    picture = plain(9, 9, *RED, 0).insert(plain(3, 9, *RED, 255), 0, 0)
    settings = {"backgroundColor": "#00ff0080", "gap": 0, "width": 900, "aspectRatio": "1:1"}
    result = made(client, picture, **settings)
    assert result(100, 450) == [*RED, 255]
    assert result(800, 450) == [*GREEN, 128]
    contained = made(client, picture.crop(0, 0, 9, 3), cells=[{"fit": "contain"}], **settings)
    assert contained(450, 10) == contained(800, 450) == [*GREEN, 128]
    assert contained(100, 450) == [*RED, 255]


@pytest.mark.parametrize("format", ["jpeg", "jpg"])
def test_a_jpeg_is_white_where_the_background_is_transparent(
    client: ToolClient, format: str
) -> None:
    result = made(
        client,
        plain(9, 9, *RED),
        backgroundColor="transparent",
        outputFormat=format,
        gap=20,
        width=100,
    )
    assert result.bands == 3
    assert result(4, 4) == pytest.approx(WHITE, abs=3)


def test_the_background_shows_through(client: ToolClient) -> None:
    clear = plain(20, 20, *RED, 0)
    half = plain(20, 20, 200, 100, 50, 128)
    result = made(client, clear, half, backgroundColor="#0000ff", gap=0, width=200)
    assert result.bands == 3
    assert result(50, 50) == BLUE
    assert result(150, 50) == pytest.approx([100, 50, 152], abs=1)


def test_grey_stays_grey_until_a_colour_comes_in(client: ToolClient) -> None:
    grey, alpha = plain(8, 8, 90), plain(8, 8, 90, 255)

    def bands(*pictures: pyvips.Image, **settings: Any) -> int:
        return made(client, *pictures, width=100, **settings).bands

    assert bands(grey, grey) == 1
    assert bands(grey, alpha, borderRadius=9) == 1
    assert bands(grey, backgroundColor="transparent", borderRadius=9) == 2
    assert bands(grey, backgroundColor="#11111180", cells=[{"fit": "contain"}]) == 2
    assert bands(grey, alpha, backgroundColor="red") == 3
    assert bands(grey, plain(8, 8, *RED)) == 3
    assert bands(grey, plain(8, 8, *RED), cells=[{}, {"imageIndex": 0}]) == 1
    mixed = made(client, grey, plain(8, 8, *RED), alpha, width=300, gap=0)
    assert [mixed(x, 9) for x in (50, 150, 250)] == [[90] * 3, RED, [90] * 3]


@pytest.mark.parametrize(
    "name",
    ["rgb", "rgba", "palette", "cmyk", "16-bit", "jpeg", "webp", "tiff", "avif", "grey", "1x1"],
)
def test_every_kind_of_picture(client: ToolClient, name: str) -> None:
    result = made(client, sample(name), gap=0, width=120, aspectRatio="3:2")
    assert (result.width, result.height) == (120, 80)
    # The ink of a CMYK picture is duller, and a little of the background shows through of "rgba".
    expected = {"grey": [127], "cmyk": [231, 0, 17], "rgba": [255, 19, 19]}.get(name, RED)
    assert result(10, 10) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_shown(client: ToolClient, orientation: int) -> None:
    settings: dict[str, Any] = {"gap": 0, "width": 144, "aspectRatio": "3:2"}
    result = made(client, sample(f"orientation-{orientation}"), **settings)
    assert_image_close(result, made(client, sample("rgb"), **settings), within=6)


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_the_first_frame_is_shown_and_the_others_are_told(client: ToolClient, name: str) -> None:
    result = made(client, sample(name), gap=0, width=120, aspectRatio="3:2")
    assert result(10, 10)[:3] == RED
    told = named(client, ("a.gif", sample(name)), width=120).json
    assert told is not None
    assert told["notes"] == ["animation: only the first of 2 frames was used"]


def test_large_pictures_are_decoded_smaller(client: ToolClient, photo: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photo)).replicate(2, 2)
    result = made(client, picture.jpegsave_buffer(Q=95), gap=0, width=300, aspectRatio="1:1")
    assert_image_close(result, picture.resize(300 / picture.width), within=3)
    webp = picture.crop(0, 0, 1400, 1400).webpsave_buffer(Q=95)
    small = made(client, webp, gap=0, width=175, aspectRatio="1:1")
    assert_image_close(small, picture.crop(0, 0, 1400, 1400).resize(1 / 8), within=3)


def test_a_broken_file_among_good_ones_is_named(client: ToolClient, photo: Path) -> None:
    whole = photo.read_bytes()
    for data, status, code in (
        (whole[: len(whole) // 2], 422, "DECODE_FAILED"),
        (whole[:200], 422, "DECODE_FAILED"),
        (b"no picture", 400, "INVALID_IMAGE"),
    ):
        refusal = named(client, ("a.jpg", whole), ("bad.jpg", data), ("c.jpg", whole))
        assert refusal.json is not None
        assert (refusal.status_code, refusal.json["code"]) == (status, code)
        assert refusal.json["message"].startswith("bad.jpg: ")


def test_a_canvas_past_the_budget_is_refused_before_anything_is_decoded(
    ashim: MakeClient, photo: Path
) -> None:
    """The file is cut off, which decoding it would find out."""
    client = ashim(ashim_layout.collage, max_megapixels=2.1)
    cut_off = photo.read_bytes()[:-50_000]
    assert client.refusal(TOOL, cut_off) == (413, "TOO_MANY_PIXELS")
    assert client.refusal(TOOL, cut_off, width=1200) == (422, "DECODE_FAILED")


def test_a_gap_that_leaves_no_room_is_refused(client: ToolClient) -> None:
    field, message = refused(client, 9, width=100, gap=40)
    assert field == "gap"
    most = int(message.rpartition(" ")[2].rstrip("."))
    assert made(client, *shades(9, 2, 2), width=100, gap=most).width == 100
    assert refused(client, 9, width=100, gap=most + 1)[0] == "gap"
    assert refused(client, 200, width=1000, gap=500)[0] == "gap"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"template": "3-nonsense"}, "template"),
        ({"template": 4}, "template"),
        ({"gap": -1}, "gap"),
        ({"gap": 501}, "gap"),
        ({"gap": 1.5}, "gap"),
        ({"borderRadius": -1}, "borderRadius"),
        ({"borderRadius": 501}, "borderRadius"),
        ({"aspectRatio": "2:1"}, "aspectRatio"),
        ({"width": 99}, "width"),
        ({"width": 8001}, "width"),
        ({"outputFormat": "gif"}, "outputFormat"),
        ({"outputFormat": 1}, "outputFormat"),
        ({"quality": 0}, "quality"),
        ({"quality": 101}, "quality"),
        ({"cells": {}}, "cells"),
        ({"cells": [{}] * 201}, "cells"),
        ({"cells": [{"imageIndex": -1}]}, "cells.0.imageIndex"),
        ({"cells": [{"imageIndex": 200}]}, "cells.0.imageIndex"),
        ({"cells": [{}, {"fit": "fill"}]}, "cells.1.fit"),
        ({"cells": [{"panX": -100.5}]}, "cells.0.panX"),
        ({"cells": [{"panY": 101}]}, "cells.0.panY"),
        ({"cells": [{"zoom": 0.9}]}, "cells.0.zoom"),
        ({"cells": [{"zoom": 10.1}]}, "cells.0.zoom"),
        ({"cells": [{"zoom": "2"}]}, "cells.0.zoom"),
        ({"cells": [{"rotate": 90}]}, "cells.0.rotate"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    assert refused(client, 1, **settings)[0] == field


@pytest.mark.parametrize("colour", ["blurple", "#12345", 7, None])
def test_wrong_colours_are_refused(client: ToolClient, colour: Any) -> None:
    field, _ = refused(client, 1, backgroundColor=colour)
    assert field.startswith("backgroundColor")


def test_the_largest_collage(client: ToolClient) -> None:
    result = made(
        client,
        *shades(4),
        width=8000,
        gap=500,
        borderRadius=500,
        outputFormat="jpeg",
        quality=1,
        cells=[{"zoom": 10, "panX": 100}],
    )
    assert (result.width, result.height) == (8000, 6000)
