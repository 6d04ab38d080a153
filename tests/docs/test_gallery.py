"""The picture of all examples is that of the tools as they are."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import pyvips
from click.testing import CliRunner

import docs._make.gallery
from ashim_core.testing import assert_image_close
from docs._make.gallery import HEIGHT, WIDTH, Tile, as_jpeg, gallery, main, place, tiles
from docs._make.pictures import IMAGES
from docs._make.stage import Stage


def test_every_example_has_its_tile(stage: Stage) -> None:
    titles = [tile.title for tile in tiles(stage)]
    runnable = [tool for tool in stage.registry if not tool.missing()]
    for tool in runnable:
        assert titles.count(tool.id) == len([*stage.all(tool)])
    assert titles[:2] == ["photo.jpg", "portrait.jpg"]


def test_the_gallery_is_up_to_date(stage: Stage) -> None:
    shown = list(tiles(stage))
    sheet = pyvips.Image.new_from_file(str(IMAGES / "gallery.jpg"))
    expected = pyvips.Image.jpegload_buffer(as_jpeg(gallery(shown)))
    assert (sheet.width, sheet.height) == (expected.width, expected.height), "run: ./run gallery"
    for index, tile in enumerate(shown):
        # Letters vary from machine to machine: only pictures are held against each other.
        if tile.pictured:
            area = (*place(index), WIDTH, HEIGHT)
            assert_image_close(sheet.crop(*area), expected.crop(*area), within=1)


def test_tiles_are_where_they_are_said_to_be() -> None:
    plain = pyvips.Image.black(WIDTH, HEIGHT, bands=3).copy(interpretation="srgb")
    shown = [Tile(f"tool-{n}", "width 8 & <more>", (plain + n).cast("uchar")) for n in range(6)]
    sheet = gallery(shown)
    for index in range(6):
        cut = sheet.crop(*place(index), WIDTH, HEIGHT)
        assert (cut.min(), cut.max()) == (index, index)


def test_a_label_is_drawn_above_its_tile() -> None:
    plain = pyvips.Image.black(WIDTH, HEIGHT, bands=3).copy(interpretation="srgb")
    plain = (plain + 255).cast("uchar")
    sheet = gallery([Tile("resize", "width 800", plain)])
    _, top = place(0)
    darkest = [sheet.crop(0, y, WIDTH, height).min() for y, height in ((0, top), (top, HEIGHT))]
    assert darkest[1] == 255
    assert darkest[0] != 255


def test_the_gallery_is_written_where_it_is_wanted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(docs._make.gallery, "open_stage", lambda: nullcontext(stage))
    answer = CliRunner().invoke(main, [str(tmp_path / "here.jpg")])
    assert answer.exit_code == 0
    assert answer.output == f"drew {tmp_path / 'here.jpg'}\n"
    assert pyvips.Image.new_from_file(str(tmp_path / "here.jpg")).width == 4 * WIDTH + 3 * 14
