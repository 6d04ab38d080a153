"""Text Watermark: every setting has its effect in pixels."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ashim_watermark.watermark_text
import numpy as np
import pytest
import pyvips
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.typesetting import Style

from ashim_core.plugin import WHITE, ImageTool
from ashim_core.testing import MakeClient, ToolClient, sample

Array = np.ndarray[Any, np.dtype[Any]]
Box = tuple[int, int, int, int]

WHITE_ON_BLACK: dict[str, Any] = {"color": "white", "opacity": 100}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_watermark.watermark_text)


def plain(width: int, height: int, colour: list[float]) -> pyvips.Image:
    image = pyvips.Image.black(width, height, bands=len(colour)) + colour
    interpretation = "srgb" if len(colour) > 2 else "b-w"
    return image.cast("uchar").copy(interpretation=interpretation)


def noise(width: int, height: int, bands: int = 3) -> pyvips.Image:
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, bands), dtype=np.uint8)
    interpretation = "srgb" if bands > 2 else "b-w"
    return pyvips.Image.new_from_array(pixels).copy(interpretation=interpretation)


def pixels(image: pyvips.Image) -> Array:
    flat = np.frombuffer(image.write_to_memory(), dtype=np.uint8).astype(int)
    return flat.reshape(image.height, image.width, image.bands)


def box(ink: Array) -> Box:
    """Give left, top, right and bottom of what isn't black; right and bottom are outside."""
    down, across = np.nonzero(ink.max(axis=2))
    return int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1


def letters(ink: Array) -> int:
    """Count the pieces of ink, which are letters if each of them is in one."""
    mask = (ink[:, :, 0] > 128).astype(np.uint8)
    labels = pyvips.Image.new_from_array(mask).labelregions()
    assert isinstance(labels, pyvips.Image)
    return len(np.unique(labels.numpy()[mask > 0]))


def on_black(client: ToolClient, width: int = 400, height: int = 300, **settings: Any) -> Array:
    given = {"text": "Hgf", "fontSize": 40, **WHITE_ON_BLACK, **settings}
    return pixels(client.run("watermark-text", plain(width, height, [0, 0, 0]), **given))


def test_text_is_what_is_written(client: ToolClient) -> None:
    layer = draw("Hgf", Style("FiraGO", 40, WHITE), 400, 300)
    left, top, right, bottom = box(on_black(client))
    assert (right - left, bottom - top) == (layer.width, layer.height)
    inside = on_black(client)[top:bottom, left:right, 0]
    assert np.abs(inside - pixels(layer[3])[:, :, 0]).max() <= 1


def test_text_breaks_at_line_breaks_and_where_it_gets_too_wide(client: ToolClient) -> None:
    def lines(text: str) -> int:
        filled = on_black(client, text=text, position="top-left").max(axis=(1, 2)) > 60
        return int((np.diff(filled.astype(int)) > 0).sum())

    assert [lines(text) for text in ("HH", "HH\nHH", "HH\r\nHH\rHH")] == [1, 2, 3]
    assert lines("HHHHHH HHHHHH HHHHHH") == 2


def test_markup_is_written_as_it_is(client: ToolClient) -> None:
    shown = on_black(client, text="<b>&amp;")
    assert not np.array_equal(shown, on_black(client, text="&"))
    assert box(shown)[2] - box(shown)[0] > 150


def test_font_is_the_typeface(client: ToolClient) -> None:
    faces = ["FiraGO", "FiraGO Bold", "Ubuntu", "Space Mono Italic"]
    pictures = [on_black(client, font=face) for face in faces]
    assert len({picture.tobytes() for picture in pictures}) == 4
    assert np.array_equal(pictures[0], on_black(client)), "expected FiraGO without a font"


@pytest.mark.parametrize("size", [8, 40, 99.5, 1000])
def test_font_size_is_in_pixels(client: ToolClient, size: float) -> None:
    ink = on_black(client, 1200, 900, text="H", fontSize=size, margin=0)
    _, top, _, bottom = box(ink)
    assert bottom - top == pytest.approx(0.689 * size, rel=0.01, abs=1.5)


def test_a_large_text_fills_the_picture_but_for_its_margin(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client, fontSize=1000))
    assert max((right - left) / 340, (bottom - top) / 240) == pytest.approx(1, abs=0.05)


def test_text_larger_than_the_picture_gets_smaller(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client, fontSize=1000, margin=10))
    assert left >= 9
    assert right <= 391
    assert top >= 9
    assert bottom <= 291
    assert max((right - left) / 380, (bottom - top) / 280) > 0.95


@pytest.mark.parametrize("colour", [[255, 0, 0], [17, 34, 51], [255, 255, 255]])
def test_color_is_that_of_the_text(client: ToolClient, colour: list[int]) -> None:
    written = "#" + bytes(colour).hex()
    result = on_black(client, color=written, text="HHH")
    assert result.reshape(-1, 3).max(axis=0).tolist() == colour
    white = client.run("watermark-text", plain(400, 300, [255] * 3), text="H", opacity=100)
    assert white.min() == 0, "expected black without a colour"


def test_color_may_let_the_picture_through(client: ToolClient) -> None:
    assert on_black(client, color="#ffffff80", text="HHH").max() == pytest.approx(128, abs=1)
    assert on_black(client, color="transparent").max() == 0


@pytest.mark.parametrize(("opacity", "middle"), [(100, 0), (50, 128), (25, 191), (10, 230)])
def test_opacity_is_how_much_it_covers(client: ToolClient, opacity: float, middle: int) -> None:
    picture = plain(300, 200, [255, 255, 255])
    result = client.run("watermark-text", picture, text="HHH", fontSize=90, opacity=opacity)
    assert result.min() == pytest.approx(middle, abs=1)
    usual = client.run("watermark-text", picture, text="HHH", fontSize=90)
    assert usual.min() == pytest.approx(128, abs=1), "expected 50 without an opacity"


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("settings", [{}, {"tile": True}, {"color": "red"}])
def test_opacity_0_changes_nothing(
    client: ToolClient, bands: int, settings: dict[str, Any]
) -> None:
    picture = noise(90, 70, bands)
    result = client.run("watermark-text", picture, text="Hgf", opacity=0, **settings)
    assert np.array_equal(pixels(result), pixels(picture))


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("settings", [{}, {"rotation": 30}, {"tile": True, "rotation": -20}])
def test_what_is_not_covered_stays_as_it_is(
    client: ToolClient, bands: int, settings: dict[str, Any]
) -> None:
    where = on_black(client, 240, 180, fontSize=30, **settings).max(axis=2) == 0
    assert 0.3 < where.mean() < 0.99
    picture = noise(240, 180, bands)
    given = {"text": "Hgf", "fontSize": 30, "color": "white", **settings}
    result = pixels(client.run("watermark-text", picture, **given))
    assert np.array_equal(result[where], pixels(picture)[where])
    assert not np.array_equal(result[~where], pixels(picture)[~where])


@pytest.mark.parametrize("margin", [0, 25])
@pytest.mark.parametrize("down", ["top", "", "bottom"])
@pytest.mark.parametrize("across", ["left", "", "right"])
def test_position_is_at_the_edges_it_names(
    client: ToolClient, across: str, down: str, margin: int
) -> None:
    position = "-".join(filter(None, (down, across))) or "center"
    left, top, right, bottom = box(on_black(client, position=position, margin=margin))
    gaps = {"left": left, "right": 400 - right, "top": top, "bottom": 300 - bottom}
    for side in filter(None, (across, down)):
        assert gaps[side] == pytest.approx(margin, abs=1)
    if not across:
        assert gaps["left"] == pytest.approx(gaps["right"], abs=1)
    if not down:
        assert gaps["top"] == pytest.approx(gaps["bottom"], abs=1)


def test_position_is_the_center_if_not_given(client: ToolClient) -> None:
    assert np.array_equal(on_black(client), on_black(client, position="center"))


@pytest.mark.parametrize(("size", "usual"), [(40, 20), (60, 30), (33, 16), (100, 30), (1000, 30)])
def test_margin_is_half_of_the_font_size_or_a_tenth_if_not_given(
    client: ToolClient, size: float, usual: int
) -> None:
    left, top, *_ = box(on_black(client, fontSize=size, position="top-left"))
    assert left == pytest.approx(usual, abs=1)
    assert top == pytest.approx(usual, abs=1)


def test_margin_takes_room_from_the_text(client: ToolClient) -> None:
    left, _, right, _ = box(on_black(client, text="H" * 40, margin=60))
    assert left >= 59
    assert right <= 341


@pytest.mark.parametrize("margin", [150, 10_000])
def test_margin_may_be_more_than_the_picture(client: ToolClient, margin: int) -> None:
    for position in ("top-left", "center", "bottom-right"):
        assert on_black(client, margin=margin, position=position).shape == (300, 400, 3)


@pytest.mark.parametrize(("angle", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3), (360, 0)])
def test_rotation_is_clockwise(client: ToolClient, angle: float, turns: int) -> None:
    upright, turned = (on_black(client, 300, 300, rotation=degrees) for degrees in (0, angle))
    left, top, right, bottom = box(upright)
    expected = np.rot90(upright[top:bottom, left:right], -turns)
    left, top, right, bottom = box(turned)
    assert np.array_equal(turned[top:bottom, left:right], expected)


@pytest.mark.parametrize("angle", [30, 45, -20, 135.5])
def test_rotation_needs_the_room_of_the_turned_text(client: ToolClient, angle: float) -> None:
    left, top, right, bottom = box(on_black(client))
    width, height = right - left, bottom - top
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    left, top, right, bottom = box(on_black(client, rotation=angle))
    assert right - left <= width * cos + height * sin + 1
    assert right - left > width * cos
    assert bottom - top <= width * sin + height * cos + 1
    assert abs((left + right) / 2 - 200) < 8
    assert abs((top + bottom) / 2 - 150) < 8


@pytest.mark.parametrize("angle", [90, 45, 20, -70])
def test_turned_text_fits_as_well(client: ToolClient, angle: float) -> None:
    ink = on_black(client, 400, 150, text="H" * 9, fontSize=60, margin=5, rotation=angle)
    left, top, right, bottom = box(ink)
    assert left >= 4
    assert top >= 4
    assert right <= 396
    assert bottom <= 146
    assert letters(ink) == 9


def tiled(client: ToolClient, **settings: Any) -> Array:
    return on_black(client, 700, 500, text="TILE", tile=True, **settings)[:, :, 0]


@pytest.mark.parametrize(("settings", "spacing"), [({"tileSpacing": 31}, 31), ({}, 80)])
def test_tile_repeats_after_text_and_spacing(
    client: ToolClient, settings: dict[str, Any], spacing: int
) -> None:
    ink = tiled(client, **settings)
    layer = draw("TILE", Style("FiraGO", 40, WHITE), 700, 500)
    across, down = layer.width + spacing, layer.height + spacing
    assert np.array_equal(ink[:, across:], ink[:, :-across])
    assert np.array_equal(ink[2 * down :], ink[: -2 * down])
    first, second = ink[:down], ink[down : 2 * down]
    halves = (across // 2, across - across // 2)
    assert any(np.array_equal(second[:, half:], first[:, :-half]) for half in halves)
    assert not np.array_equal(second, first), "expected staggered rows"
    gaps = np.diff(np.flatnonzero(ink.max(axis=1) > 0))
    assert gaps.max() - 1 == pytest.approx(spacing, abs=1)


@pytest.mark.parametrize("sides", [(700, 500), (701, 499), (150, 30), (60, 40), (333, 1000)])
@pytest.mark.parametrize("spacing", [0, 30, 31])
def test_tile_has_the_middle_of_a_text_in_the_middle(
    client: ToolClient, sides: tuple[int, int], spacing: int
) -> None:
    width, height = sides
    ink = on_black(client, width, height, text="TILE", fontSize=20, tile=True, tileSpacing=spacing)
    layer = pixels(draw("TILE", Style("FiraGO", 20, WHITE), width, height)[3])
    left, top = (width - layer.shape[1]) // 2, (height - layer.shape[0]) // 2
    offsets = [(x, y) for y in range(top - 1, top + 3) for x in range(left - 1, left + 3)]
    differences = [
        np.abs(ink[y : y + layer.shape[0], x : x + layer.shape[1], :1] - layer).max()
        for x, y in offsets
        if x >= 0
        and y >= 0
        and ink[y : y + layer.shape[0], x : x + layer.shape[1]].size
        and ink[y : y + layer.shape[0], x : x + layer.shape[1], :1].shape == layer.shape
    ]
    assert min(differences) <= 1


@pytest.mark.parametrize("rotation", [0, 30])
def test_tile_covers_all_corners(client: ToolClient, rotation: float) -> None:
    ink = tiled(client, tileSpacing=10, rotation=rotation)
    for corner in (ink[:99, :160], ink[:99, -160:], ink[-99:, :160], ink[-99:, -160:]):
        assert corner.max() > 200


def test_tile_with_more_spacing_than_picture_is_one_text(client: ToolClient) -> None:
    assert np.array_equal(
        on_black(client, tile=True, tileSpacing=10_000), on_black(client, margin=0)
    )


def test_position_tiled_is_tile_as_older_clients_say_it(client: ToolClient) -> None:
    expected = on_black(client, tile=True)
    assert np.array_equal(on_black(client, position="tiled"), expected)
    assert np.array_equal(on_black(client, position="tiled", tile=True), expected)
    refusal = client.refusal(
        "watermark-text", sample("rgb"), text="a", position="tiled", tile=False
    )
    assert refusal == (400, "INVALID_SETTINGS")


def test_grey_stays_grey_unless_the_text_has_a_colour(client: ToolClient) -> None:
    def bands(name: str = "grey", **settings: Any) -> int:
        return client.run("watermark-text", sample(name), text="© a", fontSize=8, **settings).bands

    assert bands() == 1
    assert bands(color="#808080", tile=True, rotation=20) == 1
    assert bands("grey-alpha", color="white") == 2
    assert bands(color="red") == 3
    assert bands("grey-alpha", color="red") == 4


def test_neutral_text_on_grey_has_its_brightness(client: ToolClient) -> None:
    picture = plain(200, 100, [0])
    result = client.run(
        "watermark-text", picture, text="HHH", color="#646464", opacity=100, fontSize=60
    )
    assert result.max() == 100


def test_transparency_is_kept(client: ToolClient) -> None:
    picture = plain(200, 100, [200, 100, 50, 60])
    result = pixels(
        client.run("watermark-text", picture, text="HHH", color="white", opacity=100, fontSize=60)
    )
    assert result[0, 0].tolist() == [200, 100, 50, 60]
    assert result.reshape(-1, 4).max(axis=0).tolist() == [255, 255, 255, 255]


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
@pytest.mark.parametrize("settings", [{}, {"tile": True, "tileSpacing": 2}, {"color": "magenta"}])
def test_all_frames_of_an_animation_are_marked(
    client: ToolClient, name: str, settings: dict[str, Any]
) -> None:
    given = {"text": "HH", "fontSize": 16, "opacity": 100, **settings}
    result = client.run("watermark-text", sample(name), **given)
    before = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    assert result.get("delay") == [70, 130]
    changed = np.abs(pixels(result)[:, :, :3] - pixels(before)[:, :, :3]).max(axis=2) > 60
    for frame in (changed[:32], changed[32:]):
        assert frame[8:24, 8:40].sum() > 40


def p3() -> bytes:
    """Give a patch of a red that sRGB doesn't have, in Display P3."""
    wide = plain(200, 100, [255, 20, 20])
    profile = pyvips.Operation.call("profile_load", "p3")
    wide.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return wide.pngsave_buffer()


def test_neutral_text_keeps_a_wide_gamut(client: ToolClient) -> None:
    result = client.run("watermark-text", p3(), text="© H", color="white", opacity=100)
    assert result.get_typeof("icc-profile-data")
    assert result(1, 1) == [255, 20, 20]
    assert result.min() == 20
    assert pixels(result)[:, :, 1].max() == 255


def test_coloured_text_is_right_in_srgb(client: ToolClient) -> None:
    settings: dict[str, Any] = {"text": "HHH", "color": "#00ff00", "opacity": 100}
    response = client.post("watermark-text", p3(), **settings)
    assert "profile: the colours were converted to sRGB" in json.loads(
        response.headers["X-Ashim-Notes"]
    )
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert not result.get_typeof("icc-profile-data")
    inked = pixels(result)
    assert [0, 255, 0] in inked.reshape(-1, 3).tolist()


@pytest.mark.parametrize("position", ["top-left", "center", "bottom-right"])
def test_a_large_jpeg_is_marked_at_every_place(
    client: ToolClient, tmp_path: Path, position: str
) -> None:
    """It is read from top to bottom, and what is below the text comes after it."""
    path = tmp_path / "large.jpg"
    plain(1500, 4000, [90, 120, 150]).jpegsave(str(path), Q=95)
    result = client.run("watermark-text", path, text="HHH", fontSize=100, position=position)
    assert (result.width, result.height) == (1500, 4000)
    assert pixels(result).min() < 70
    assert result(750, 3500) == pytest.approx([90, 120, 150], abs=2)


@pytest.mark.parametrize("sides", [(1, 1), (1, 2000), (2000, 1), (2, 2), (31, 17)])
@pytest.mark.parametrize(
    "settings",
    [{}, {"tile": True}, {"tile": True, "tileSpacing": 0, "rotation": 45}, {"rotation": 33}],
)
def test_small_and_narrow_pictures_keep_their_size(
    client: ToolClient, sides: tuple[int, int], settings: dict[str, Any]
) -> None:
    text = "\u202eZ\u0351\u036b 😀 ﷽ long text"
    result = client.run("watermark-text", plain(*sides, [9, 99, 199]), text=text, **settings)
    assert (result.width, result.height, result.bands) == (*sides, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("text", value) for value in ("", " \n", "\u200b\u2060", "a\x00", "a" * 501, 5, None)),
        *(("text", value) for value in ("\ud800", "a\udfff", ["a"])),
        *(("font", value) for value in ("Comic Sans", "firago", "", None)),
        *(("fontSize", value) for value in (7, 1001, 1_000_000, "48", None, True)),
        *(("color", value) for value in ("blurple", "#12345", 0)),
        *(("opacity", value) for value in (-1, 101, "50")),
        *(("position", value) for value in ("middle", "TOP", None, 0)),
        *(("margin", value) for value in (-1, 10_001, 1.5, "5")),
        *(("rotation", value) for value in (-361, 361, "90")),
        *(("tile", value) for value in (1, "true", None)),
        *(("tileSpacing", value) for value in (-1, 10_001, 0.5)),
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, field: str, value: Any) -> None:
    response = client.post("watermark-text", sample("rgb"), **{"text": "a", field: value})
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert {detail["field"].partition(".")[0] for detail in response.json["details"]} == {field}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("fontSize", (8, 1000)),
        ("opacity", (0, 100)),
        ("margin", (0, 10_000)),
        ("rotation", (-360, 360)),
        ("tileSpacing", (0, 10_000)),
    ],
)
def test_bounds_belong_to_what_is_allowed(
    client: ToolClient, field: str, values: tuple[float, float]
) -> None:
    for value in values:
        settings: dict[str, Any] = {"text": "a", "tile": field == "tileSpacing", field: value}
        assert client.post("watermark-text", sample("rgb"), **settings).status_code == 200


def test_text_is_needed(client: ToolClient) -> None:
    response = client.post("watermark-text", sample("rgb"), fontSize=20)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert response.json["details"] == [
        {"field": "text", "expected": "a value", "received": "nothing"}
    ]


def test_text_that_draws_nothing_is_refused(client: ToolClient) -> None:
    response = client.post("watermark-text", sample("rgb"), text="\u2800")
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "TEXT_INVISIBLE")
    assert response.json["details"][0]["field"] == "text"
    assert response.json["details"][0]["received"] == "U+2800"


def test_it_streams_with_all_settings() -> None:
    (tool,) = ashim_watermark.watermark_text.ashim_tools()
    assert isinstance(tool, ImageTool)
    for more in ({}, {"tile": True, "rotation": 30}):
        assert tool.streams(tool.settings.model_validate({"text": "a", **more})) is True


_PEAK = r"""
import re, sys
from pathlib import Path
sys.path[:] = {paths!r}
import pyvips
from ashim_core.executors.worker import harden_libvips
from ashim_watermark.watermark_text import WatermarkTextSettings, watermark
harden_libvips()
picture = pyvips.Image.pngload({source!r}, access="sequential")
settings = WatermarkTextSettings.model_validate({settings!r})
watermark(picture, settings).pngsave({target!r}, compression=1)
print(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_a_tiled_picture_of_100_megapixels_is_never_held(tmp_path: Path) -> None:
    source, target = tmp_path / "large.png", tmp_path / "marked.png"
    plain(10_000, 10_000, [90, 120, 150]).pngsave(str(source), compression=1)
    code = _PEAK.format(
        paths=sys.path,
        source=str(source),
        target=str(target),
        settings={"text": "Confidential", "tile": True, "rotation": 30},
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert int(done.stdout) < 200 * 1024, "expected less than 200 MiB for one of 286"
    assert pyvips.Image.new_from_file(str(target)).width == 10_000
