"""Stitch: sizes and places in every direction, mode and alignment, and what is refused."""

import errno
import io
import json
import os
from pathlib import Path
from typing import Any

import ashim_layout.stitch
import pytest
import pyvips
from ashim_layout.composing import sheet
from werkzeug.test import TestResponse

from ashim_core.plugin import Pictures
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "stitch"
RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
BACK = [10, 20, 30]
BACKGROUND = "#0a141e"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_layout.stitch)


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


SIZES = ((40, 30), (20, 60), (50, 10))
"""Of the red, the green and the blue picture."""


def three() -> list[pyvips.Image]:
    return [plain(*size, *colour) for size, colour in zip(SIZES, (RED, GREEN, BLUE), strict=True)]


Box = tuple[int, int, int, int]
"""Left, top, width, height."""


def drawing(width: int, height: int, *boxes: Box) -> pyvips.Image:
    """Draw where the red, the green and the blue picture are expected."""
    image = plain(width, height, *BACK)
    for (left, top, wide, high), colour in zip(boxes, (RED, GREEN, BLUE), strict=True):
        image = image.insert(plain(wide, high, *colour), left, top)
    return image


def test_side_by_side_at_the_smallest_height_by_default(client: ToolClient) -> None:
    result = made(client, *three())
    assert_image_close(
        result, drawing(13 + 3 + 50, 10, (0, 0, 13, 10), (13, 0, 3, 10), (16, 0, 50, 10)), within=0
    )


@pytest.mark.parametrize(
    ("direction", "mode", "size", "boxes"),
    [
        ("horizontal", "fit", (66, 10), [(0, 0, 13, 10), (13, 0, 3, 10), (16, 0, 50, 10)]),
        ("horizontal", "original", (110, 60), [(0, 15, 40, 30), (40, 0, 20, 60), (60, 25, 50, 10)]),
        ("horizontal", "stretch", (110, 10), [(0, 0, 40, 10), (40, 0, 20, 10), (60, 0, 50, 10)]),
        ("horizontal", "crop", (110, 10), [(0, 0, 40, 10), (40, 0, 20, 10), (60, 0, 50, 10)]),
        ("vertical", "fit", (20, 79), [(0, 0, 20, 15), (0, 15, 20, 60), (0, 75, 20, 4)]),
        ("vertical", "original", (50, 100), [(5, 0, 40, 30), (15, 30, 20, 60), (0, 90, 50, 10)]),
        ("vertical", "stretch", (20, 100), [(0, 0, 20, 30), (0, 30, 20, 60), (0, 90, 20, 10)]),
        ("vertical", "crop", (20, 100), [(0, 0, 20, 30), (0, 30, 20, 60), (0, 90, 20, 10)]),
        ("grid", "fit", (80, 60), [(0, 0, 40, 30), (55, 0, 10, 30), (0, 41, 40, 8)]),
        ("grid", "original", (100, 120), [(5, 15, 40, 30), (65, 0, 20, 60), (0, 85, 50, 10)]),
        ("grid", "stretch", (80, 60), [(0, 0, 40, 30), (40, 0, 40, 30), (0, 30, 40, 30)]),
        ("grid", "crop", (80, 60), [(0, 0, 40, 30), (40, 0, 40, 30), (0, 30, 40, 30)]),
    ],
)
def test_every_mode_in_every_direction(
    client: ToolClient, direction: str, mode: str, size: tuple[int, int], boxes: list[Box]
) -> None:
    result = made(
        client,
        *three(),
        direction=direction,
        resizeMode=mode,
        backgroundColor=BACKGROUND,
    )
    assert_image_close(result, drawing(*size, *boxes), within=0)


@pytest.mark.parametrize(
    ("direction", "alignment", "boxes"),
    [
        ("horizontal", "start", [(0, 0), (40, 0), (60, 0)]),
        ("horizontal", "center", [(0, 15), (40, 0), (60, 25)]),
        ("horizontal", "end", [(0, 30), (40, 0), (60, 50)]),
        ("vertical", "start", [(0, 0), (0, 30), (0, 90)]),
        ("vertical", "center", [(5, 0), (15, 30), (0, 90)]),
        ("vertical", "end", [(10, 0), (30, 30), (0, 90)]),
        ("grid", "start", [(0, 0), (50, 0), (0, 60)]),
        ("grid", "center", [(5, 15), (65, 0), (0, 85)]),
        ("grid", "end", [(10, 30), (80, 0), (0, 110)]),
    ],
)
def test_alignment(
    client: ToolClient, direction: str, alignment: str, boxes: list[tuple[int, int]]
) -> None:
    result = made(
        client,
        *three(),
        direction=direction,
        alignment=alignment,
        resizeMode="original",
        backgroundColor=BACKGROUND,
    )
    placed = [(*box, *size) for box, size in zip(boxes, SIZES, strict=True)]
    expected = drawing(result.width, result.height, *placed)
    assert_image_close(result, expected, within=0)


@pytest.mark.parametrize(("gap", "border"), [(0, 0), (7, 0), (0, 9), (13, 4), (1000, 500)])
def test_gap_and_border_are_exact(client: ToolClient, gap: int, border: int) -> None:
    pictures = [plain(10, 10, *colour) for colour in (RED, GREEN, BLUE)]
    look = {"gap": gap, "border": border, "backgroundColor": BACKGROUND}
    across = [(border + (10 + gap) * number, border, 10, 10) for number in range(3)]
    long, short = 2 * border + 30 + 2 * gap, 2 * border + 10
    row = made(client, *pictures, **look)
    assert_image_close(row, drawing(long, short, *across), within=0)
    column = made(client, *pictures, direction="vertical", **look)
    down = [(top, left, 10, 10) for left, top, _, _ in across]
    assert_image_close(column, drawing(short, long, *down), within=0)
    grid = made(client, *pictures, direction="grid", **look)
    places = [across[0], across[1], (border, border + 10 + gap, 10, 10)]
    both = 2 * border + 20 + gap
    assert_image_close(grid, drawing(both, both, *places), within=0)


@pytest.mark.parametrize(
    ("columns", "size"),
    [(1, (10, 70)), (2, (20, 40)), (3, (30, 30)), (5, (50, 20)), (7, (70, 10)), (100, (70, 10))],
)
def test_grid_columns(client: ToolClient, columns: int, size: tuple[int, int]) -> None:
    pictures = [plain(10, 10, 30 * number, 5, 5) for number in range(7)]
    result = made(client, *pictures, direction="grid", gridColumns=columns)
    assert (result.width, result.height) == size
    wide = min(columns, 7)
    for number in range(7):
        x, y = number % wide * 10 + 5, number // wide * 10 + 5
        assert result(x, y) == [30 * number, 5, 5]
    for number in range(7, size[0] * size[1] // 100):
        assert result(number % wide * 10 + 5, number // wide * 10 + 5) == WHITE


@pytest.mark.parametrize(
    ("files", "columns", "rows"), [(2, 2, 1), (3, 2, 2), (5, 3, 2), (9, 3, 3), (10, 4, 3)]
)
def test_a_grid_is_as_square_as_possible(
    client: ToolClient, files: int, columns: int, rows: int
) -> None:
    result = made(client, *[plain(10, 10, *RED)] * files, direction="grid")
    assert (result.width, result.height) == (10 * columns, 10 * rows)


def test_fit_keeps_the_picture(client: ToolClient, photos: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    result = made(client, picture, plain(30, 128, *RED))
    assert (result.width, result.height) == (128 + 30, 128)
    assert_image_close(result.crop(0, 0, 128, 128), picture.resize(0.25), within=1)


def test_a_grid_never_enlarges_to_fit(client: ToolClient) -> None:
    pictures = [plain(side, side, *RED) for side in (4, 20, 20)]
    result = made(client, *pictures, direction="grid", backgroundColor=BACKGROUND)
    assert (result.width, result.height) == (40, 40)
    assert_image_close(
        result.crop(0, 0, 20, 20), plain(20, 20, *BACK).insert(pictures[0], 8, 8), within=0
    )


def bands() -> pyvips.Image:
    """Draw a red, a green and a blue band of 30 x 10 pixels one below the other."""
    return pyvips.Image.arrayjoin(
        [plain(30, 10, *colour) for colour in (RED, GREEN, BLUE)], across=1
    )


def test_stretch_shows_all_and_crop_the_middle(client: ToolClient) -> None:
    low = plain(5, 10, *WHITE)
    stretched = made(client, bands(), low, resizeMode="stretch")
    for y, colour in ((1, RED), (5, GREEN), (8, BLUE)):
        assert stretched(15, y) == pytest.approx(colour, abs=8)
    cropped = made(client, bands(), low, resizeMode="crop")
    assert_image_close(cropped.crop(0, 0, 30, 10), plain(30, 10, *GREEN), within=0)
    assert (cropped.width, cropped.height) == (stretched.width, stretched.height) == (35, 10)
    column = made(client, bands().rot90(), low.rot90(), resizeMode="crop", direction="vertical")
    assert_image_close(column.crop(0, 0, 10, 30), plain(10, 30, *GREEN), within=0)


def test_crop_in_a_grid_fills_the_median_box(client: ToolClient) -> None:
    wide = bands().rot90()
    result = made(
        client,
        wide,
        plain(90, 30, *RED),
        plain(10, 30, *RED),
        plain(30, 30, *RED),
        plain(30, 90, *RED),
        direction="grid",
        resizeMode="crop",
        gridColumns=5,
    )
    assert (result.width, result.height) == (150, 30)
    high = made(client, wide, *[plain(10, 60, *RED)] * 2, direction="grid", resizeMode="crop")
    assert (high.width, high.height) == (20, 120)
    assert_image_close(high.crop(0, 0, 10, 60), plain(10, 60, *GREEN), within=3)


@pytest.mark.parametrize(("radius", "real"), [(0, 0), (12, 12), (12.5, 12.5), (500, 30)])
def test_the_radius_of_the_result(client: ToolClient, radius: float, real: float) -> None:
    result = made(client, plain(40, 60, *RED), plain(41, 60, *RED), borderRadius=radius)
    if not radius:
        assert result.bands == 3
        return
    assert result.bands == 4
    alpha, area = result[3], 81 * 60
    assert area - alpha.avg() / 255 * area == pytest.approx((4 - 3.14159) * real**2, rel=0.02)
    assert ((alpha > 0) & (alpha < 255)).avg() / 255 * area > real
    assert alpha(40, 0)[0] == alpha(40, 59)[0] == 255
    assert_image_close(alpha, alpha.rot180(), within=0)
    assert ((alpha > 8).ifthenelse(result[0], 255) < 255).avg() == 0


def test_round_corners_of_a_border_and_of_a_jpeg(client: ToolClient) -> None:
    look = {"border": 20, "borderRadius": 15, "backgroundColor": BACKGROUND}
    result = made(client, plain(40, 40, *RED), plain(40, 40, *RED), **look)
    assert result(0, 0)[3] == 0
    assert result(40, 3) == [*BACK, 255]
    jpeg = made(client, plain(40, 40, *RED), plain(40, 40, *RED), format="jpeg", **look)
    assert jpeg.bands == 3
    assert jpeg(0, 0) == pytest.approx(WHITE, abs=6)
    assert jpeg(60, 8) == pytest.approx(BACK, abs=6)


def test_legacy_names_mean_the_same(client: ToolClient) -> None:
    today = answer(client, *three(), borderRadius=5, format="webp")
    legacy = answer(client, *three(), cornerRadius=5, outputFormat="webp")
    assert legacy.mimetype == "image/webp"
    assert legacy.data == today.data


@pytest.mark.parametrize(
    ("given", "media_type", "extension"),
    [
        (None, "image/png", "png"),
        ("png", "image/png", "png"),
        ("jpeg", "image/jpeg", "jpg"),
        ("jpg", "image/jpeg", "jpg"),
        ("webp", "image/webp", "webp"),
        ("avif", "image/avif", "avif"),
    ],
)
def test_formats(client: ToolClient, given: str | None, media_type: str, extension: str) -> None:
    settings = {"format": given} if given else {}
    response = answer(client, plain(32, 32, *RED), plain(32, 32, *BLUE), **settings)
    assert response.mimetype == media_type
    assert f"stitch.{extension}" in response.headers["Content-Disposition"]
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert (result.width, result.height, result.bands) == (64, 32, 3)
    assert result(16, 16) == pytest.approx(RED, abs=8)
    assert result(48, 16) == pytest.approx(BLUE, abs=8)


def test_quality_decides_about_the_size(client: ToolClient, photos: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photos / "chelsea.png")).crop(150, 75, 150, 150)

    def size(format: str, **settings: int) -> int:
        return len(answer(client, picture, picture, format=format, **settings).data)

    for format in ("jpeg", "webp", "avif"):
        assert size(format, quality=20) < size(format, quality=60) < size(format)
        assert size(format) == size(format, quality=90)
    assert size("png", quality=20) == size("png", quality=90)


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, wanted: str) -> None:
    settings = {"format": "jpeg", "chromaSubsampling": wanted}
    response = answer(client, sample("rgb"), sample("rgb"), **settings)
    stored = pyvips.Image.new_from_buffer(response.data, "").get("jpeg-chroma-subsample")
    assert stored == wanted


def test_the_background_shows_through(client: ToolClient) -> None:
    clear, half = plain(20, 20, *RED, 0), plain(20, 20, 200, 100, 50, 128)
    opaque = made(client, clear, half, backgroundColor="blue")
    assert opaque.bands == 3
    assert opaque(10, 10) == BLUE
    assert opaque(30, 10) == pytest.approx([100, 50, 152], abs=1)
    none = made(client, clear, half, gap=4, backgroundColor="transparent")
    assert [none(x, 10)[3] for x in (10, 22, 30)] == [0, 0, 128]
    assert none(30, 10)[:3] == [200, 100, 50]
    partly = made(client, clear, half, gap=4, backgroundColor="#00ff0080")
    assert partly(10, 10) == partly(22, 10) == [0, 255, 0, 128]
    assert partly(30, 10)[3] == pytest.approx(192, abs=1)


def test_grey_stays_grey_until_a_colour_comes_in(client: ToolClient) -> None:
    grey, alpha = plain(8, 8, 90), plain(8, 8, 90, 255)

    def bands(*pictures: pyvips.Image, **settings: Any) -> int:
        return made(client, *pictures, **settings).bands

    assert bands(grey, grey) == bands(grey, alpha, gap=3) == 1
    assert bands(grey, grey, borderRadius=3) == 2
    assert bands(grey, alpha, backgroundColor="transparent") == 2
    assert bands(grey, alpha, backgroundColor="#33333380", gap=1) == 2
    assert bands(grey, alpha, backgroundColor="red") == 3
    mixed = made(client, grey, plain(8, 8, *RED), alpha)
    assert [mixed(x, 4) for x in (4, 12, 20)] == [[90] * 3, RED, [90] * 3]


@pytest.mark.parametrize(
    "name",
    ["rgb", "rgba", "palette", "cmyk", "16-bit", "jpeg", "webp", "tiff", "avif", "grey", "1x1"],
)
def test_every_kind_of_picture(client: ToolClient, name: str) -> None:
    result = made(client, sample(name), sample("rgb"), resizeMode="original", alignment="start")
    width = 1 if name == "1x1" else 48
    assert (result.width, result.height, result.bands) == (width + 48, 32, 3)
    assert_image_close(
        result.crop(width, 0, 48, 32), pyvips.Image.new_from_buffer(sample("rgb"), ""), within=0
    )
    # The ink of a CMYK picture is duller.
    expected = {"grey": [127] * 3, "cmyk": [231, 0, 17]}.get(name, RED)
    assert result(0, 0) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_joined(client: ToolClient, orientation: int) -> None:
    result = made(client, sample(f"orientation-{orientation}"), sample("rgb"), gap=2)
    assert (result.width, result.height) == (98, 32)
    assert_image_close(result, made(client, sample("rgb"), sample("rgb"), gap=2), within=6)


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_the_first_frame_is_joined_and_the_others_are_told(client: ToolClient, name: str) -> None:
    result = made(client, sample(name), sample("rgb"))
    assert (result.width, result.height) == (96, 32)
    assert result(5, 5)[:3] == RED
    told = named(client, ("a.gif", sample(name)), ("b.png", sample("rgb"))).json
    assert told is not None
    assert told["notes"] == ["animation: only the first of 2 frames was used"]


def test_large_pictures_are_decoded_smaller(client: ToolClient, photo: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photo))
    for data in (photo.read_bytes(), picture.webpsave_buffer(Q=95)):
        result = made(client, data, plain(9, 150, *RED))
        assert (result.width, result.height) == (159, 150)
        expected = picture.thumbnail_image(150)
        assert_image_close(result.crop(0, 0, 150, 150), expected, within=3)


def test_two_hundred_files(client: ToolClient) -> None:
    colours = [(number + 1, 255 - number, 7) for number in range(200)]
    pictures = [plain(4, 3, *colour).pngsave_buffer() for colour in colours]
    for direction, columns in (("horizontal", 200), ("vertical", 1), ("grid", 15)):
        result = made(client, *pictures, direction=direction, gap=1, border=2)
        rows = -(-200 // columns)
        assert (result.width, result.height) == (5 * columns + 3, 4 * rows + 3)
        for number in range(200):
            x, y = 2 + number % columns * 5, 2 + number // columns * 4
            assert result(x, y) == result(x + 3, y + 2) == [number + 1, 255 - number, 7]


@pytest.mark.parametrize(
    ("count", "code"), [(0, "NO_FILE"), (1, "NO_FILE"), (201, "TOO_MANY_FILES")]
)
def test_other_numbers_of_files_are_refused(client: ToolClient, count: int, code: str) -> None:
    assert client.refusal(TOOL, *[plain(1, 1, 0)] * count) == (400, code)


def test_a_large_canvas_is_a_file(client: ToolClient) -> None:
    """This one has 38 megabytes."""
    result = made(
        client,
        *three() * 12,
        direction="grid",
        resizeMode="original",
        gap=450,
        border=500,
        format="jpeg",
        quality=30,
        backgroundColor=BACKGROUND,
    )
    assert (result.width, result.height) == (1000 + 6 * 50 + 5 * 450, 1000 + 6 * 60 + 5 * 450)
    for number in range(36):
        x, y = 500 + number % 6 * 500 + 25, 500 + number // 6 * 510 + 30
        assert result(x, y) == pytest.approx((RED, GREEN, BLUE)[number % 3], abs=20)
        assert result(x + 40, y) == pytest.approx(BACK, abs=12)


def test_pictures_of_several_parts(client: ToolClient, photo: Path) -> None:
    """Pictures of more than four megabytes are computed part by part."""
    picture = pyvips.Image.new_from_file(str(photo)).copy_memory()
    sides = (side.pngsave_buffer(compression=1) for side in (picture, picture.fliphor()))
    result = made(client, *sides)
    assert_image_close(result.crop(0, 0, 1411, 1411), picture, within=0)
    assert_image_close(result.crop(1411, 0, 1411, 1411), picture.fliphor(), within=0)


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
    client = ashim(ashim_layout.stitch, max_megapixels=4)
    cut_off = photo.read_bytes()[:-50_000]
    assert client.refusal(TOOL, cut_off, cut_off) == (422, "DECODE_FAILED")
    assert client.refusal(TOOL, cut_off, cut_off, gap=20) == (413, "TOO_MANY_PIXELS")


def test_hostile_sizes(client: ToolClient) -> None:
    wide, high = plain(30_000, 1, *RED), plain(1, 30_000, *BLUE)
    row = made(client, wide, high)
    assert (row.width, row.height) == (30_001, 1)
    assert (row(0, 0), row(30_000, 0)) == (RED, BLUE)
    for mode in ("stretch", "crop"):
        grid = made(client, wide, high, high, direction="grid", resizeMode=mode, gridColumns=3)
        assert (grid.width, grid.height) == (3, 30_000)
        assert [grid(x, y) for x in (0, 1, 2) for y in (0, 29_999)] == [RED] * 2 + [BLUE] * 4
    refusal = client.post(TOOL, wide, high, resizeMode="original")
    assert refusal.json is not None
    assert (refusal.status_code, refusal.json["code"]) == (413, "TOO_MANY_PIXELS")
    assert client.refusal(TOOL, wide, wide, resizeMode="original") == (413, "TOO_MANY_PIXELS")


def test_a_format_that_can_not_be_so_wide_is_refused_at_once(
    client: ToolClient, photo: Path
) -> None:
    cut_off = photo.read_bytes()[:-50_000]
    pictures: list[pyvips.Image | bytes] = [cut_off, *[plain(1411, 1, 0)] * 12]
    settings = {"resizeMode": "original", "direction": "horizontal"}
    assert client.refusal(TOOL, *pictures, format="webp", **settings) == (
        422,
        "FORMAT_NOT_SUPPORTED",
    )


def test_want_of_memory_and_of_disk_is_told(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Path:
        raise pyvips.Error("unable to write", os.strerror(errno.ENOSPC))

    def insufficient(*_: Any) -> Path:
        raise pyvips.Error("unable to write", "Insufficient memory")

    def no_room(*_: Any) -> bytearray:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Pictures, "save", full)
        assert client.refusal(TOOL, *three()) == (507, "STORAGE_FULL")
    with monkeypatch.context() as patch:
        patch.setattr(Pictures, "save", insufficient)
        assert client.refusal(TOOL, *three()) == (422, "OUT_OF_MEMORY")
    with monkeypatch.context() as patch:
        patch.setattr(sheet, "_room", no_room)
        assert client.refusal(TOOL, *three()) == (422, "OUT_OF_MEMORY")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"direction": "diagonal"}, "direction"),
        ({"gridColumns": 0}, "gridColumns"),
        ({"gridColumns": 101}, "gridColumns"),
        ({"gridColumns": 2.5}, "gridColumns"),
        ({"resizeMode": "cover"}, "resizeMode"),
        ({"alignment": "middle"}, "alignment"),
        ({"gap": -1}, "gap"),
        ({"gap": 1001}, "gap"),
        ({"border": -1}, "border"),
        ({"border": 501}, "border"),
        ({"borderRadius": -0.5}, "borderRadius"),
        ({"borderRadius": 501}, "borderRadius"),
        ({"format": "gif"}, "format"),
        ({"format": None}, "format"),
        ({"quality": 0}, "quality"),
        ({"quality": 101}, "quality"),
        ({"columns": 3}, "columns"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    response = client.post(TOOL, *three(), **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert response.json["details"][0]["field"] == field


@pytest.mark.parametrize("colour", ["blurple", "#12345", 7, None])
def test_wrong_colours_are_refused(client: ToolClient, colour: Any) -> None:
    refusal = client.refusal(TOOL, *three(), backgroundColor=colour)
    assert refusal == (400, "INVALID_SETTINGS")
