"""Image Splitting: tiles that leave nothing out, whatever they are counted or measured by."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ashim_layout.split
import pytest
import pyvips
from ashim_layout.split import SplitSettings, cuts

from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.limits import Limits
from ashim_core.plugin import Context, Host, InputFile, Models, Pictures
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample

TOOL = "split"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_layout.split)


@pytest.fixture
def coffee(photos: Path) -> pyvips.Image:
    """A colour photograph, 600 x 400 pixels."""
    return pyvips.Image.new_from_file(str(photos / "coffee.png")).copy_memory()


def noise(width: int, height: int, bands: int = 3) -> pyvips.Image:
    """Draw pixels that are nowhere alike."""
    image = pyvips.Image.gaussnoise(width, height, mean=128, sigma=50, seed=1)
    for seed in range(2, bands + 1):
        image = image.bandjoin(
            pyvips.Image.gaussnoise(width, height, mean=128, sigma=50, seed=seed)
        )
    kind = "srgb" if bands > 2 else "b-w"
    return image.cast("uchar").copy(interpretation=kind).copy_memory()


def unpacked(response: Any) -> dict[str, bytes]:
    assert (response.status_code, response.mimetype) == (200, "application/zip"), response.text
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def made(
    client: ToolClient,
    picture: pyvips.Image | bytes | Path,
    name: str = "photo.png",
    **settings: Any,
) -> dict[str, bytes]:
    """Split a picture; give the files by name, in the order that they came in."""
    return unpacked(client.post(TOOL, picture, name=name, **settings))


def answer(response: Any) -> tuple[int, dict[str, Any]]:
    """Give the status of an answer and its JSON."""
    assert response.json is not None, response.mimetype
    return response.status_code, response.json


def opened(files: dict[str, bytes]) -> list[pyvips.Image]:
    return [pyvips.Image.new_from_buffer(data, "") for data in files.values()]


def sizes(files: dict[str, bytes]) -> list[tuple[int, int]]:
    return [(tile.width, tile.height) for tile in opened(files)]


def joined(tiles: Sequence[pyvips.Image], across: int) -> pyvips.Image:
    """Put tiles together again, row by row."""
    rows = [tiles[index : index + across] for index in range(0, len(tiles), across)]
    bands = []
    for first, *others in rows:
        row = first
        for tile in others:
            row = row.join(tile, "horizontal")
        bands.append(row)
    whole, *below = bands
    for row in below:
        whole = whole.join(row, "vertical")
    return whole


def refused(client: ToolClient, picture: pyvips.Image | bytes, **settings: Any) -> dict[str, Any]:
    """Give status, code and details of a refusal."""
    status, said = answer(client.post(TOOL, picture, **settings))
    return {"status": status, "code": said["code"], "details": said.get("details", [])}


def test_three_by_three_by_default(client: ToolClient, coffee: pyvips.Image) -> None:
    files = made(client, coffee)
    assert list(files) == [f"photo_r{row}_c{col}.png" for row in (1, 2, 3) for col in (1, 2, 3)]
    # The last row has the pixel left over.
    assert sizes(files) == [(200, 133)] * 6 + [(200, 134)] * 3
    assert_image_close(joined(opened(files), 3), coffee, within=0)


@pytest.mark.parametrize(("rows", "cols"), [(2, 1), (1, 2), (3, 5), (7, 11), (10, 13)])
def test_tiles_of_a_grid_make_up_the_picture(client: ToolClient, rows: int, cols: int) -> None:
    picture = noise(203, 101)
    files = made(client, picture, rows=rows, cols=cols)
    wide, high = 203 // cols, 101 // rows
    widths = [wide] * (cols - 1) + [203 - wide * (cols - 1)]
    heights = [high] * (rows - 1) + [101 - high * (rows - 1)]
    assert sizes(files) == [(width, height) for height in heights for width in widths]
    assert_image_close(joined(opened(files), cols), picture, within=0)


def test_mode_rows_cuts_up_and_down_only(client: ToolClient, coffee: pyvips.Image) -> None:
    files = made(client, coffee, mode="rows", rows=3, cols=2)
    assert list(files) == ["photo_r1_c1.png", "photo_r2_c1.png", "photo_r3_c1.png"]
    assert sizes(files) == [(600, 133), (600, 133), (600, 134)]
    assert_image_close(joined(opened(files), 1), coffee, within=0)


def test_mode_cols_cuts_across_only(client: ToolClient, coffee: pyvips.Image) -> None:
    files = made(client, coffee, mode="cols", rows=2, cols=7)
    assert list(files) == [f"photo_r1_c{number}.png" for number in range(1, 8)]
    assert sizes(files) == [(85, 400)] * 6 + [(90, 400)]
    assert_image_close(joined(opened(files), 7), coffee, within=0)


def test_mode_grid_cuts_both_ways(client: ToolClient, coffee: pyvips.Image) -> None:
    files = made(client, coffee, mode="grid", rows=2, cols=2)
    assert sizes(files) == [(300, 200)] * 4
    assert_image_close(opened(files)[1], coffee.crop(300, 0, 300, 200), within=0)
    assert_image_close(opened(files)[2], coffee.crop(0, 200, 300, 200), within=0)


@pytest.mark.parametrize("mode", [{}, {"mode": "tiles"}, {"mode": "tiles", "rows": 9, "cols": 9}])
def test_tiles_have_the_size_asked_for_and_the_last_ones_are_smaller(
    client: ToolClient, coffee: pyvips.Image, mode: dict[str, Any]
) -> None:
    files = made(client, coffee, tileWidth=250, tileHeight=150, **mode)
    assert sizes(files) == [
        *((250, 150), (250, 150), (100, 150)),
        *((250, 150), (250, 150), (100, 150)),
        *((250, 100), (250, 100), (100, 100)),
    ]
    assert_image_close(joined(opened(files), 3), coffee, within=0)


@pytest.mark.parametrize("mode", [{}, {"mode": "tiles"}])
def test_with_one_side_of_the_tiles_the_other_one_is_not_cut(
    client: ToolClient, coffee: pyvips.Image, mode: dict[str, Any]
) -> None:
    assert sizes(made(client, coffee, tileWidth=256, **mode)) == [(256, 400)] * 2 + [(88, 400)]
    assert sizes(made(client, coffee, tileHeight=200, **mode)) == [(600, 200)] * 2


def test_tiles_larger_than_the_picture_are_the_picture(
    client: ToolClient, coffee: pyvips.Image
) -> None:
    files = made(client, coffee, tileWidth=32_767, tileHeight=401)
    assert list(files) == ["photo_r1_c1.png"]
    result = pyvips.Image.new_from_buffer(files["photo_r1_c1.png"], "")
    assert_image_close(result, coffee, within=0)


@pytest.mark.parametrize(
    ("rows", "cols", "first", "last"),
    [
        (9, 9, "r1_c1", "r9_c9"),
        (10, 2, "r01_c1", "r10_c2"),
        (3, 12, "r1_c01", "r3_c12"),
        (2, 100, "r1_c001", "r2_c100"),
    ],
)
def test_numbers_in_names_are_equally_long(
    client: ToolClient, rows: int, cols: int, first: str, last: str
) -> None:
    names = list(made(client, noise(120, 90), rows=rows, cols=cols))
    assert (names[0], names[-1]) == (f"photo_{first}.png", f"photo_{last}.png")
    assert len({len(name) for name in names}) == 1
    assert names == sorted(names)


def test_long_and_strange_names_stay_apart(client: ToolClient) -> None:
    for name, start in (
        ("ß" * 200 + ".png", "ß" * 10),
        ("../a.b/c.tar.png", "c.tar_r"),
        ("näh maschine.PNG", "näh maschine_r"),
    ):
        names = list(made(client, noise(40, 30), name=name, rows=10, cols=4))
        assert len(set(names)) == 40
        assert all(item.startswith(start) and len(item.encode()) <= 150 for item in names)
        assert (names[0][-11:], names[-1][-11:]) == ("_r01_c1.png", "_r10_c4.png")


@pytest.mark.parametrize(
    ("settings", "extension", "loader"),
    [
        ({}, "png", "pngload_buffer"),
        ({"format": "original"}, "png", "pngload_buffer"),
        ({"format": "png"}, "png", "pngload_buffer"),
        ({"format": "jpeg"}, "jpg", "jpegload_buffer"),
        ({"format": "jpg"}, "jpg", "jpegload_buffer"),
        ({"format": "JPEG"}, "jpg", "jpegload_buffer"),
        ({"format": "webp"}, "webp", "webpload_buffer"),
        ({"format": "avif"}, "avif", "heifload_buffer"),
        ({"outputFormat": "jpg"}, "jpg", "jpegload_buffer"),
    ],
)
def test_the_format_of_the_tiles(
    client: ToolClient, settings: dict[str, Any], extension: str, loader: str
) -> None:
    files = made(client, sample("rgb"), rows=1, cols=2, **settings)
    assert list(files) == [f"photo_r1_c1.{extension}", f"photo_r1_c2.{extension}"]
    assert [tile.get("vips-loader") for tile in opened(files)] == [loader, loader]


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("jpeg", "jpg"),
        ("webp", "webp"),
        ("tiff", "tiff"),
        ("avif", "avif"),
        ("palette", "png"),
        ("two-frames", "gif"),
    ],
)
def test_tiles_have_the_format_of_the_picture_by_default(
    client: ToolClient, name: str, extension: str
) -> None:
    files = made(client, sample(name), rows=1, cols=2)
    assert list(files) == [f"photo_r1_c1.{extension}", f"photo_r1_c2.{extension}"]
    assert sizes(files) == [(24, 32), (24, 32)]


def test_the_quality_of_lossy_formats(client: ToolClient, coffee: pyvips.Image) -> None:
    picture = coffee.crop(200, 100, 200, 150).copy_memory()

    def total(**settings: Any) -> int:
        files = made(client, picture, rows=1, cols=2, **settings)
        return sum(len(data) for data in files.values())

    for format in ("jpeg", "webp", "avif"):
        low, high = (total(format=format, quality=quality) for quality in (20, 95))
        assert low * 2 < high
    assert total(format="jpeg") == total(format="jpeg", quality=90)
    assert total(quality=1) == total(quality=100) == total(format="png")


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, wanted: str) -> None:
    settings = {"format": "jpeg", "chromaSubsampling": wanted}
    tile, *_ = made(client, sample("rgb"), **settings).values()
    stored = pyvips.Image.new_from_buffer(tile, "").get("jpeg-chroma-subsample")
    assert stored == wanted


def test_tiles_of_a_jpeg_look_as_the_picture_does(client: ToolClient, coffee: pyvips.Image) -> None:
    files = made(client, coffee.jpegsave_buffer(Q=95), name="photo.jpg")
    assert next(iter(files)) == "photo_r1_c1.jpg"
    assert_image_close(joined(opened(files), 3), coffee, within=4)


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_grey_and_alpha_are_kept(client: ToolClient, bands: int) -> None:
    picture = noise(50, 40, bands)
    tiles = opened(made(client, picture, rows=3, cols=4))
    assert {tile.bands for tile in tiles} == {bands}
    assert_image_close(joined(tiles, 4), picture, within=0)


def test_alpha_that_a_format_can_not_hold_is_told(client: ToolClient) -> None:
    response = client.post(
        TOOL, noise(50, 40, 4), accept="application/json", format="jpeg", rows=1, cols=2
    )
    status, said = answer(response)
    assert status == 200
    assert said["notes"] == ["alpha: flattened on #ffffff, jpeg has none"]


def test_the_upright_picture_is_split(client: ToolClient) -> None:
    for orientation in range(1, 9):
        tiles = opened(made(client, sample(f"orientation-{orientation}"), rows=2, cols=2))
        assert [(tile.width, tile.height) for tile in tiles] == [(24, 16)] * 4
        for tile, colour in zip(
            tiles, ([255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]), strict=True
        ):
            assert all(abs(a - b) < 12 for a, b in zip(tile(12, 8), colour, strict=True))


@pytest.mark.parametrize(
    ("name", "settings"),
    [("two-frames", {}), ("two-frames-webp", {}), ("two-frames", {"format": "webp"})],
)
def test_every_tile_of_an_animation_has_all_frames(
    client: ToolClient, name: str, settings: dict[str, Any]
) -> None:
    files = made(client, sample(name), rows=2, cols=3, **settings)
    assert len(files) == 6
    for data in files.values():
        strip = pyvips.Image.new_from_buffer(data, "", n=-1)
        assert (strip.width, strip.get("page-height"), strip.get("n-pages")) == (16, 16, 2)
        assert strip.get("delay") == [70, 130]
    first = pyvips.Image.new_from_buffer(files[next(iter(files))], "", n=-1)
    for point, colour in (((4, 4), [255, 0, 0]), ((4, 20), [0, 255, 255])):
        assert all(abs(a - b) < 12 for a, b in zip(first(*point), colour, strict=False))


def test_frames_that_a_format_can_not_hold_are_told(client: ToolClient) -> None:
    response = client.post(
        TOOL, sample("two-frames"), accept="application/json", format="png", rows=1, cols=2
    )
    status, said = answer(response)
    assert status == 200
    assert [(item["width"], item["height"]) for item in said["outputs"]] == [(24, 32)] * 2
    assert said["notes"] == ["animation: only the first of 2 frames was used"]


def test_names_of_older_clients_are_understood(client: ToolClient) -> None:
    files = made(client, sample("rgb"), columns=4, rows=1, outputFormat="jpg")
    assert list(files) == [f"photo_r1_c{number}.jpg" for number in (1, 2, 3, 4)]


def test_a_picture_of_one_pixel_can_be_one_tile_only(client: ToolClient) -> None:
    ways: tuple[dict[str, Any], ...] = ({"rows": 1, "cols": 1}, {"tileWidth": 10, "tileHeight": 10})
    for settings in ways:
        (tile,) = made(client, sample("1x1"), **settings).values()
        result = pyvips.Image.new_from_buffer(tile, "")
        assert (result.width, result.height) == (1, 1)
    assert refused(client, sample("1x1"), rows=1, cols=2) == {
        "status": 422,
        "code": "TOO_MANY_TILES",
        "details": [{"field": "cols", "expected": "at most 1", "received": "2"}],
    }


def test_more_rows_than_pixels_are_refused(client: ToolClient) -> None:
    assert len(made(client, noise(9, 32), mode="rows", rows=32)) == 32
    assert refused(client, noise(9, 31), mode="rows", rows=32) == {
        "status": 422,
        "code": "TOO_MANY_TILES",
        "details": [{"field": "rows", "expected": "at most 31", "received": "32"}],
    }


def test_the_least_pixels_for_so_many_parts_are_one_each(client: ToolClient) -> None:
    files = made(client, noise(199, 3), mode="cols", cols=100)
    assert sizes(files) == [(1, 3)] * 99 + [(100, 3)]


def test_1024_tiles_are_the_most(client: ToolClient) -> None:
    picture = noise(320, 330)
    assert len(made(client, picture.crop(0, 0, 320, 320), tileWidth=10, tileHeight=10)) == 1024
    assert refused(client, picture, tileWidth=10, tileHeight=10) == {
        "status": 422,
        "code": "TOO_MANY_TILES",
        "details": [
            {"field": "tileHeight", "expected": "larger tiles", "received": "33 rows"},
            {"field": "tileWidth", "expected": "larger tiles", "received": "32 columns"},
        ],
    }


def test_a_hundred_by_a_hundred_tiles_are_refused_before_a_file_is_read(
    client: ToolClient,
) -> None:
    status, said = answer(client.post(TOOL, b"no picture", rows=100, cols=100))
    assert (status, said["code"]) == (400, "INVALID_SETTINGS")
    assert "at most 1024 tiles" in said["error"]


@pytest.mark.parametrize("damaged", ["jpeg", "png", "webp", "tiff"])
def test_a_file_that_is_cut_off_is_refused_and_named(
    client: ToolClient, coffee: pyvips.Image, damaged: str
) -> None:
    suffix = ".tif[tile,compression=lzw]" if damaged == "tiff" else f".{damaged}"
    data = coffee.write_to_buffer(suffix)
    # A TIFF ends with its directory, so something in its middle is overwritten.
    half = len(data) // 2
    broken = (
        data[:half] + b"\xff" * 2000 + data[half + 2000 :] if damaged == "tiff" else data[:half]
    )
    status, said = answer(client.post(TOOL, broken, name="torn.jpg"))
    assert (status, said["code"]) == (422, "DECODE_FAILED")
    if damaged != "webp":  # its header is damaged already
        assert "'torn.jpg'" in said["error"]


def test_what_is_no_picture_is_refused(client: ToolClient) -> None:
    assert client.refusal(TOOL, b"no picture") == (400, "INVALID_IMAGE")
    assert client.refusal(TOOL, sample("rgb"), sample("rgb")) == (400, "TOO_MANY_FILES")


def test_progress_is_told_for_every_tile(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(sample("rgb"))
    told: list[tuple[float, str]] = []
    context = Context(
        inputs=[InputFile(path, "a.png")],
        settings=SplitSettings(rows=2, cols=2),
        workdir=tmp_path,
        progress=lambda percent, message: told.append((percent, message)),
        cancelled=lambda: False,
        pictures=Pictures(Limits(), CORE_FORMATS),
        note=lambda text: None,
        tell=lambda **facts: None,
        extra=lambda name: None,
        models=Models([], Host()),
    )
    names = [path.name for path in ashim_layout.split.split(context)]
    assert names == ["a_r1_c1.png", "a_r1_c2.png", "a_r2_c1.png", "a_r2_c2.png"]
    assert told == [(0, "r1_c1"), (25, "r1_c2"), (50, "r2_c1"), (75, "r2_c2")]


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("mode", {"mode": "squares"}),
        ("rows", {"rows": 0}),
        ("rows", {"rows": 101, "cols": 1}),
        ("rows", {"rows": 2.5}),
        ("cols", {"cols": 0}),
        ("cols", {"cols": 101, "rows": 1}),
        ("cols", {"columns": "3"}),
        ("tileWidth", {"tileWidth": 9}),
        ("tileWidth", {"tileWidth": 32_768}),
        ("tileHeight", {"tileHeight": 9}),
        ("tileHeight", {"tileHeight": 32_768}),
        ("tileWidth", {"mode": "grid", "tileWidth": 100}),
        ("tileWidth", {"mode": "cols", "tileWidth": 100}),
        ("tileHeight", {"mode": "rows", "tileHeight": 100}),
        ("format", {"format": "gif"}),
        ("format", {"outputFormat": "bmp"}),
        ("quality", {"quality": 0}),
        ("quality", {"quality": 101}),
        ("", {"mode": "tiles"}),
        ("", {"rows": 33, "cols": 32}),
        ("colums", {"colums": 3}),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, field: str, settings: dict[str, Any]
) -> None:
    refusal = refused(client, sample("rgb"), **settings)
    assert (refusal["status"], refusal["code"]) == (400, "INVALID_SETTINGS")
    assert [detail["field"] for detail in refusal["details"]] == [field]


@pytest.mark.parametrize(
    ("settings", "rows", "columns"),
    [
        ({"rows": 100, "cols": 10}, 100, 10),
        ({"mode": "rows", "rows": 100, "cols": 100}, 100, 1),
        ({"mode": "cols", "rows": 100, "cols": 100}, 1, 100),
        ({"mode": "tiles", "tileWidth": 32_767, "rows": 100, "cols": 100}, 1, 1),
        ({"tileHeight": 1000, "tileWidth": 1000}, 10, 20),
    ],
)
def test_rows_and_columns_of_each_mode(settings: dict[str, Any], rows: int, columns: int) -> None:
    found = cuts(SplitSettings.model_validate(settings), 20_000, 10_000)
    assert (len(found.rows), len(found.columns)) == (rows, columns)
    assert sum(span.length for span in found.rows) == 10_000
    assert sum(span.length for span in found.columns) == 20_000
