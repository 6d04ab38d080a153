"""Text Overlay: every setting has its effect in pixels."""

import json
from pathlib import Path
from typing import Any

import ashim_watermark.text_overlay
import numpy as np
import pytest
import pyvips
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.typesetting import Style

from ashim_core.plugin import WHITE, ImageTool
from ashim_core.testing import MakeClient, ToolClient, sample

Array = np.ndarray[Any, np.dtype[Any]]
Box = tuple[int, int, int, int]

BOXED: dict[str, Any] = {"background": "#00ff00", "color": "#00ff00", "shadow": False}
"""A box that hides its text."""


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_watermark.text_overlay)


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


def on_black(client: ToolClient, width: int = 400, height: int = 300, **settings: Any) -> Array:
    given: dict[str, Any] = {"text": "Hgf", "fontSize": 40, "shadow": False, **settings}
    return pixels(client.run("text-overlay", plain(width, height, [0, 0, 0]), **given))


def text_size(text: str = "Hgf", size: float = 40) -> tuple[int, int]:
    layer = draw(text, Style("FiraGO", size, WHITE), 400, 300)
    return layer.width, layer.height


def test_text_is_what_is_written(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client))
    layer = draw("Hgf", Style("FiraGO", 40, WHITE), 400, 300)
    assert (right - left, bottom - top) == (layer.width, layer.height)
    inside = on_black(client)[top:bottom, left:right]
    assert np.abs(inside - pixels(layer[3])).max() <= 1


def test_markup_is_written_as_it_is(client: ToolClient) -> None:
    left, _, right, _ = box(on_black(client, text="<i>&lt;"))
    assert right - left == text_size("<i>&lt;")[0]
    assert right - left > 2 * text_size("<")[0]


def test_font_is_the_typeface(client: ToolClient) -> None:
    faces = ["FiraGO", "Noto Sans Italic", "Ubuntu Bold", "Cascadia Mono"]
    pictures = [on_black(client, font=face) for face in faces]
    assert len({picture.tobytes() for picture in pictures}) == 4
    assert np.array_equal(pictures[0], on_black(client)), "expected FiraGO without a font"


@pytest.mark.parametrize("size", [8, 48, 1000])
def test_font_size_is_in_pixels(client: ToolClient, size: float) -> None:
    _, top, _, bottom = box(on_black(client, 1200, 900, text="H", fontSize=size, margin=0))
    assert bottom - top == pytest.approx(0.689 * size, rel=0.01, abs=1.5)


def test_color_is_that_of_the_text(client: ToolClient) -> None:
    red = on_black(client, text="HHH", color="#c81e0a").reshape(-1, 3)
    assert red.max(axis=0).tolist() == [200, 30, 10]
    assert on_black(client, text="HHH").max() == 255, "expected white without a colour"
    assert on_black(client, text="HHH", color="#ffffff40").max() == pytest.approx(64, abs=1)


@pytest.mark.parametrize(("opacity", "seen"), [(100, 255), (50, 128), (20, 51)])
def test_opacity_is_of_text_and_box(client: ToolClient, opacity: float, seen: int) -> None:
    text = on_black(client, text="HHH", opacity=opacity)
    assert text.max() == pytest.approx(seen, abs=1)
    ground = on_black(client, opacity=opacity, **BOXED)
    assert ground.reshape(-1, 3).max(axis=0) == pytest.approx([0, seen, 0], abs=1)


def test_opacity_is_of_the_shadow_too(client: ToolClient) -> None:
    def darkest(opacity: float) -> float:
        settings: dict[str, Any] = {
            "text": "H",
            "fontSize": 90,
            "shadowBlur": 0,
            "shadowColor": "black",
        }
        picture = plain(300, 200, [255, 255, 255])
        result = client.run("text-overlay", picture, opacity=opacity, **settings)
        return float(pixels(result).min())

    assert darkest(100) == 0
    assert darkest(50) == pytest.approx(128, abs=1)


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_opacity_0_changes_nothing(client: ToolClient, bands: int) -> None:
    picture = noise(90, 70, bands)
    settings: dict[str, Any] = {"text": "Hgf", "opacity": 0, "background": "red"}
    assert np.array_equal(pixels(client.run("text-overlay", picture, **settings)), pixels(picture))


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "settings",
    [
        {"shadow": False},
        {"shadow": False, "background": "#ffffff", "borderRadius": 9},
        {"shadow": True, "shadowColor": "white", "shadowBlur": 4},
        {"shadow": False, "rotation": 25},
    ],
)
def test_what_is_not_covered_stays_as_it_is(
    client: ToolClient, bands: int, settings: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"text": "Hgf", "fontSize": 30, **settings}
    where = on_black(client, 240, 180, **given).max(axis=2) == 0
    assert 0.5 < where.mean() < 0.99
    picture = noise(240, 180, bands)
    result = pixels(client.run("text-overlay", picture, **given))
    assert np.array_equal(result[where], pixels(picture)[where])
    assert not np.array_equal(result[~where], pixels(picture)[~where])


@pytest.mark.parametrize(("x", "y"), [(0, 0), (40, 70), (333, 5), (399, 299)])
def test_x_and_y_are_the_corner_of_the_box(client: ToolClient, x: int, y: int) -> None:
    left, top, *_ = box(on_black(client, x=x, y=y, fontSize=20, **BOXED))
    assert (left, top) == (x, y)
    left, top, *_ = box(on_black(client, x=20, y=30))
    assert left == pytest.approx(20, abs=1)
    assert top == pytest.approx(30, abs=1)


def test_x_and_y_may_be_outside(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client, x=-10, y=-8, padding=20, **BOXED))
    width, height = text_size()
    assert (left, top, right, bottom) == (0, 0, width + 30, height + 32)
    for x, y in ((-32_767, 0), (0, 32_767), (32_767, -32_767), (400, 300)):
        assert on_black(client, x=x, y=y).max() == 0


def test_text_at_a_place_has_the_room_to_the_far_edges(client: ToolClient) -> None:
    left, top, right, _ = box(on_black(client, text="H" * 30, x=250, y=100))
    assert left >= 250
    assert right <= 400
    assert right - left > 100
    assert top >= 100


def test_x_and_y_come_together(client: ToolClient) -> None:
    for settings in ({"x": 5}, {"y": 5}):
        refusal = client.refusal("text-overlay", sample("rgb"), text="a", **settings)
        assert refusal == (400, "INVALID_SETTINGS")


@pytest.mark.parametrize("margin", [0, 25])
@pytest.mark.parametrize("down", ["top", "", "bottom"])
@pytest.mark.parametrize("across", ["left", "", "right"])
def test_position_is_at_the_edges_it_names(
    client: ToolClient, across: str, down: str, margin: int
) -> None:
    position = "-".join(filter(None, (down, across))) or "center"
    looks: tuple[dict[str, Any], ...] = ({}, BOXED)
    for more in looks:
        ink = on_black(client, position=position, margin=margin, **more)
        left, top, right, bottom = box(ink)
        gaps = {"left": left, "right": 400 - right, "top": top, "bottom": 300 - bottom}
        for side in filter(None, (across, down)):
            assert gaps[side] == pytest.approx(margin, abs=1)
        if not across:
            assert gaps["left"] == pytest.approx(gaps["right"], abs=1)
        if not down:
            assert gaps["top"] == pytest.approx(gaps["bottom"], abs=1)


def test_position_is_the_bottom_if_not_given(client: ToolClient) -> None:
    assert np.array_equal(on_black(client), on_black(client, position="bottom"))


@pytest.mark.parametrize(("size", "usual"), [(40, 20), (60, 30)])
def test_margin_is_half_of_the_font_size_if_not_given(
    client: ToolClient, size: float, usual: int
) -> None:
    left, top, *_ = box(on_black(client, fontSize=size, position="top-left", **BOXED))
    assert (left, top) == (usual, usual)


@pytest.mark.parametrize("most", [60, 100, 250])
def test_max_width_is_where_lines_are_broken(client: ToolClient, most: int) -> None:
    left, _, right, _ = box(on_black(client, text="HH HH HH HH", fontSize=30, maxWidth=most))
    assert most / 2 < right - left <= most
    wide = box(on_black(client, text="HH HH HH HH", fontSize=30))
    assert wide[2] - wide[0] == text_size("HH HH HH HH", 30)[0]


def test_max_width_is_not_more_than_the_room(client: ToolClient) -> None:
    left, _, right, _ = box(on_black(client, text="H" * 40, maxWidth=32_767, margin=30))
    assert left >= 29
    assert right <= 371


@pytest.mark.parametrize(("align", "share"), [("left", 0), ("center", 0.5), ("right", 1)])
@pytest.mark.parametrize("text", ["HHHHHH\nI", "אאאאאא\nל"])
def test_align_is_how_lines_lie(client: ToolClient, align: str, share: float, text: str) -> None:
    ink = on_black(client, text=text, align=align)
    left, _, right, bottom = box(ink)
    short = box(ink[bottom - 8 : bottom])
    before, after = short[0] - left, right - short[2]
    assert before / (before + after) == pytest.approx(share, abs=0.07)


def test_align_is_center_if_not_given(client: ToolClient) -> None:
    given: dict[str, Any] = {"text": "HHHHHH\nI"}
    assert np.array_equal(on_black(client, **given), on_black(client, align="center", **given))


@pytest.mark.parametrize(("angle", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3), (360, 0)])
def test_rotation_is_clockwise(client: ToolClient, angle: float, turns: int) -> None:
    given: dict[str, Any] = {"position": "center", "background": "#804020", "borderRadius": 12}
    upright = on_black(client, 300, 300, **given)
    turned = on_black(client, 300, 300, rotation=angle, **given)
    left, top, right, bottom = box(upright)
    expected = np.rot90(upright[top:bottom, left:right], -turns)
    left, top, right, bottom = box(turned)
    assert np.array_equal(turned[top:bottom, left:right], expected)


@pytest.mark.parametrize("angle", [30, 45, 60, -20, 100])
def test_rotation_by_any_angle_needs_the_room_of_the_box(client: ToolClient, angle: float) -> None:
    width, height = (side + 20 for side in text_size())
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    ink = on_black(client, rotation=angle, padding=10, position="center", **BOXED)
    left, top, right, bottom = box(ink)
    assert right - left == pytest.approx(width * cos + height * sin, abs=2)
    assert bottom - top == pytest.approx(width * sin + height * cos, abs=2)
    assert (left + right) / 2 == pytest.approx(200, abs=1)
    assert (top + bottom) / 2 == pytest.approx(150, abs=1)
    area = ink[:, :, 1].sum() / 255
    assert area == pytest.approx(width * height, rel=0.01)


@pytest.mark.parametrize("angle", [90, 45, 20, -70])
def test_a_turned_box_fits_as_well(client: ToolClient, angle: float) -> None:
    given: dict[str, Any] = {
        "text": "HHHHH " * 6,
        "fontSize": 60,
        "margin": 5,
        "rotation": angle,
        **BOXED,
    }
    left, top, right, bottom = box(on_black(client, 400, 150, **given))
    assert left >= 4
    assert top >= 4
    assert right <= 396
    assert bottom <= 146
    assert bottom - top > 120 or right - left > 360


@pytest.mark.parametrize("padding", [0, 1, 16, 60])
def test_background_is_a_box_around_the_text_with_padding(client: ToolClient, padding: int) -> None:
    left, top, right, bottom = box(on_black(client, padding=padding, **BOXED))
    width, height = text_size()
    assert (right - left, bottom - top) == (width + 2 * padding, height + 2 * padding)
    assert (on_black(client, padding=padding, **BOXED)[top:bottom, left:right, 1] == 255).all()


def test_padding_is_a_quarter_of_the_font_size_if_not_given(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client, **BOXED))
    width, height = text_size()
    assert (right - left, bottom - top) == (width + 20, height + 20)


def test_padding_without_a_background_keeps_the_text_away(client: ToolClient) -> None:
    left, top, right, bottom = box(on_black(client, padding=30, margin=5, position="top-left"))
    assert (right - left, bottom - top) == text_size()
    assert (left, top) == (35, 35)


def test_background_lies_behind_the_text(client: ToolClient) -> None:
    ink = on_black(client, text="HHH", background="#0000ff", color="#ff0000")
    assert ink.reshape(-1, 3).max(axis=0).tolist() == [255, 0, 255]
    left, top, *_ = box(ink)
    assert ink[top + 1, left + 1].tolist() == [0, 0, 255]
    assert [255, 0, 0] in ink.reshape(-1, 3).tolist()


@pytest.mark.parametrize(("colour", "seen"), [("#ffffff80", 128), ("#ffffff1a", 26)])
def test_background_may_let_the_picture_through(client: ToolClient, colour: str, seen: int) -> None:
    ink = on_black(client, background=colour, color="black", text="H")
    assert ink.max() == pytest.approx(seen, abs=1)


def test_border_radius_rounds_the_corners(client: ToolClient) -> None:
    radius = 20
    ink = on_black(client, padding=30, borderRadius=radius, **BOXED)
    left, top, right, bottom = box(ink)
    width, height = text_size()
    assert (right - left, bottom - top) == (width + 60, height + 60)
    ground = ink[top:bottom, left:right, 1]
    for corner in (ground, ground[::-1], ground[:, ::-1], ground[::-1, ::-1]):
        assert corner[0, 0] == 0
        assert corner[3, 3] == 0
        assert corner[8, 8] == 255
        assert corner[0, radius + 1] == corner[radius + 1, 0] == 255
        assert ((corner[:radius, :radius] > 0) & (corner[:radius, :radius] < 255)).sum() > 10
    missing = (255 - ground).sum() / 255
    assert missing == pytest.approx((4 - np.pi) * radius**2, rel=0.02)


@pytest.mark.parametrize("radius", [0, 2000])
def test_border_radius_is_at_most_half_of_the_shorter_side(
    client: ToolClient, radius: float
) -> None:
    ink = on_black(client, padding=30, borderRadius=radius, **BOXED)
    left, top, right, bottom = box(ink)
    missing = (255 - ink[top:bottom, left:right, 1]).sum() / 255
    shorter = min(right - left, bottom - top) / 2 if radius else 0
    assert missing == pytest.approx((4 - np.pi) * shorter**2, rel=0.02)


def shade(client: ToolClient, **settings: Any) -> Array:
    """Give what a white shadow of a black box adds to a black picture."""
    given: dict[str, Any] = {
        "background": "black",
        "color": "black",
        "shadow": True,
        "shadowColor": "white",
    }
    return on_black(client, position="center", **given, **settings)


@pytest.mark.parametrize(("across", "down"), [(2, 2), (30, 0), (0, 25), (-40, -15), (200, -200)])
def test_shadow_is_moved_by_its_offsets(client: ToolClient, across: int, down: int) -> None:
    ink = shade(client, shadowBlur=0, shadowOffsetX=across, shadowOffsetY=down)
    width, height = (side + 20 for side in text_size())
    left, top = (400 - width) // 2, (300 - height) // 2
    expected = np.zeros((300, 400), dtype=int)
    one = slice(max(top + down, 0), max(top + down + height, 0))
    expected[one, left + across : left + across + width] = 255
    found = box(ink) if ink.max() else None
    hidden = ink[top + 2 : top + height - 2, left + 2 : left + width - 2]
    assert hidden.max() == 0, "expected the box above its shadow"
    if expected.any():
        assert found is not None
        edges = {
            0: left + across if across < 0 or abs(across) >= width else None,
            1: top + down if down < 0 or abs(down) >= height else None,
            2: left + across + width if across > 0 else None,
            3: top + down + height if down > 0 else None,
        }
        for side, edge in edges.items():
            if edge is not None:
                assert found[side] == pytest.approx(edge, abs=1)


def test_shadow_is_where_the_usual_offsets_say(client: ToolClient) -> None:
    usual = shade(client)
    assert np.array_equal(usual, shade(client, shadowOffsetX=2, shadowOffsetY=2, shadowBlur=3))
    assert not np.array_equal(usual, shade(client, shadowOffsetX=0))


@pytest.mark.parametrize("blur", [4, 10, 30])
def test_shadow_blur_is_over_how_many_pixels_it_fades_out(client: ToolClient, blur: float) -> None:
    """Half of it is outside of where the edge would be."""
    sharp = shade(client, shadowBlur=0, shadowOffsetX=60, padding=60, shadowOffsetY=0)
    soft = shade(client, shadowBlur=blur, shadowOffsetX=60, padding=60, shadowOffsetY=0)
    middle = 150
    edge = box(sharp)[2]
    profile = soft[middle, :, 0]
    assert profile[edge - 1] + profile[edge] == pytest.approx(255, abs=24)
    fading = ((profile > 12) & (profile < 243)).sum()
    assert fading == pytest.approx(1.7 * blur, rel=0.25, abs=2)
    assert (np.diff(profile[edge - 2 * int(blur) : edge + 2 * int(blur)]) <= 0).all()


def test_shadow_of_text_has_its_colour(client: ToolClient) -> None:
    given: dict[str, Any] = {
        "text": "H",
        "fontSize": 90,
        "color": "black",
        "shadow": True,
        "shadowBlur": 0,
    }
    moved: dict[str, Any] = {"shadowOffsetX": 100, "shadowOffsetY": 20, "position": "center"}
    ink = on_black(client, shadowColor="#ff8000", **given, **moved)
    assert ink.reshape(-1, 3).max(axis=0).tolist() == [255, 128, 0]
    left, top, right, bottom = box(ink)
    assert (right - left, bottom - top) == text_size("H", 90)
    half = on_black(client, shadowColor="#ff800080", **given, **moved)
    assert half.max() == pytest.approx(128, abs=1)


def test_shadow_is_there_if_not_said_otherwise(client: ToolClient) -> None:
    def darkest(**settings: Any) -> float:
        picture = plain(300, 200, [255, 255, 255])
        result = client.run("text-overlay", picture, text="HHH", fontSize=60, **settings)
        return float(pixels(result).min())

    assert darkest(shadow=False) == 255
    assert darkest() == darkest(shadow=True) < 150


def test_a_shadow_moves_nothing_else(client: ToolClient) -> None:
    given: dict[str, Any] = {"color": "#ff0000", "position": "top-right", "margin": 7}
    without = on_black(client, **given)
    blurred: dict[str, Any] = {"shadowBlur": 40, "shadowOffsetX": -50, "shadowOffsetY": 30}
    shaded = on_black(client, shadow=True, shadowColor="#0000ff", **blurred, **given)
    assert np.abs(without[:, :, 0] - shaded[:, :, 0]).max() <= 1


def test_background_box_is_a_background_as_older_clients_say_it(client: ToolClient) -> None:
    expected = on_black(client, background="#336699")
    old = on_black(client, backgroundBox=True, backgroundColor="#336699")
    assert np.array_equal(old, expected)
    usual = on_black(client, backgroundBox=True)
    assert np.array_equal(usual, on_black(client, background="#000000b3"))
    none = on_black(client)
    assert np.array_equal(on_black(client, backgroundBox=False), none)
    assert np.array_equal(on_black(client, backgroundBox=False, backgroundColor="red"), none)
    assert np.array_equal(on_black(client, backgroundColor="red"), none)


@pytest.mark.parametrize(
    "settings",
    [
        {"background": "red", "backgroundBox": True},
        {"background": "red", "backgroundColor": "red"},
        {"backgroundBox": "yes"},
        {"backgroundBox": True, "backgroundColor": "blurple"},
    ],
)
def test_old_and_new_names_do_not_mix(client: ToolClient, settings: dict[str, Any]) -> None:
    refusal = client.refusal("text-overlay", sample("rgb"), text="a", **settings)
    assert refusal == (400, "INVALID_SETTINGS")


def test_text_too_large_gets_smaller_with_its_box(client: ToolClient) -> None:
    given: dict[str, Any] = {"text": "H\n" * 30 + "H", "fontSize": 100, "margin": 10, "padding": 20}
    left, top, right, bottom = box(on_black(client, **given, **BOXED))
    assert 9 <= top <= 10 + 31, "expected a pixel more per line not to fit"
    assert bottom == pytest.approx(290, abs=1)
    assert left >= 9
    assert right <= 391


def test_grey_stays_grey_unless_something_has_a_colour(client: ToolClient) -> None:
    def bands(name: str = "grey", **settings: Any) -> int:
        return client.run("text-overlay", sample(name), text="© a", fontSize=8, **settings).bands

    assert bands() == 1
    assert bands(background="#333", borderRadius=4, rotation=12) == 1
    assert bands("grey-alpha", shadowBlur=9) == 2
    assert bands(color="red") == 3
    assert bands(background="red") == 3
    assert bands(shadowColor="#00f") == 3
    assert bands(shadowColor="#00f", shadow=False) == 1


def test_transparency_is_kept(client: ToolClient) -> None:
    picture = plain(200, 100, [200, 100, 50, 60])
    result = pixels(client.run("text-overlay", picture, text="HHH", fontSize=60, shadow=False))
    assert result[0, 0].tolist() == [200, 100, 50, 60]
    assert result.reshape(-1, 4).max(axis=0).tolist() == [255, 255, 255, 255]


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_all_frames_of_an_animation_have_the_text(client: ToolClient, name: str) -> None:
    given: dict[str, Any] = {"text": "HH", "fontSize": 16, "background": "#808080", "shadow": False}
    result = client.run("text-overlay", sample(name), position="center", **given)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    assert result.get("delay") == [70, 130]
    before = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
    changed = np.abs(pixels(result)[:, :, :3] - pixels(before)[:, :, :3]).max(axis=2) > 60
    for frame in (changed[:32], changed[32:]):
        assert frame[10:22, 14:34].mean() > 0.9
        assert frame[:2].mean() < 0.1


def p3() -> bytes:
    """Give a patch of a red that sRGB doesn't have, in Display P3."""
    wide = plain(200, 100, [255, 20, 20])
    profile = pyvips.Operation.call("profile_load", "p3")
    wide.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return wide.pngsave_buffer()


def test_neutral_text_keeps_a_wide_gamut(client: ToolClient) -> None:
    result = client.run("text-overlay", p3(), text="HHH", background="#808080", shadow=False)
    assert result.get_typeof("icc-profile-data")
    assert result(1, 1) == [255, 20, 20]
    assert [128, 128, 128] in pixels(result).reshape(-1, 3).tolist()


@pytest.mark.parametrize("name", ["color", "background", "shadowColor"])
def test_colours_are_right_in_srgb(client: ToolClient, name: str) -> None:
    settings: dict[str, Any] = {
        "text": "HHH",
        "shadowBlur": 0,
        "shadowOffsetX": 20,
        name: "#00ff00",
    }
    response = client.post("text-overlay", p3(), **settings)
    notes = json.loads(response.headers["X-Ashim-Notes"])
    assert "profile: the colours were converted to sRGB" in notes
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert not result.get_typeof("icc-profile-data")
    assert [0, 255, 0] in pixels(result).reshape(-1, 3).tolist()


@pytest.mark.parametrize("position", ["top", "left", "bottom-right"])
def test_a_large_jpeg_has_text_at_every_place(
    client: ToolClient, tmp_path: Path, position: str
) -> None:
    """It is read from top to bottom, and what is below the text comes after it."""
    path = tmp_path / "large.jpg"
    plain(1500, 4000, [90, 120, 150]).jpegsave(str(path), Q=95)
    given: dict[str, Any] = {
        "text": "HHH",
        "fontSize": 100,
        "background": "black",
        "position": position,
    }
    result = client.run("text-overlay", path, **given)
    assert (result.width, result.height) == (1500, 4000)
    assert pixels(result).min() < 10
    assert pixels(result).max() > 245
    assert result(750, 3500) == pytest.approx([90, 120, 150], abs=2)


@pytest.mark.parametrize("sides", [(1, 1), (1, 2000), (2000, 1), (2, 2), (31, 17)])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"background": "#fff", "padding": 2000, "borderRadius": 2000},
        {"rotation": 33, "shadowBlur": 100, "shadowOffsetX": -200},
        {"maxWidth": 1, "x": 0, "y": 0},
    ],
)
def test_small_and_narrow_pictures_keep_their_size(
    client: ToolClient, sides: tuple[int, int], settings: dict[str, Any]
) -> None:
    text = "\u202eZ\u0351\u036b 😀 ﷽ long text"
    result = client.run("text-overlay", plain(*sides, [9, 99, 199]), text=text, **settings)
    assert (result.width, result.height, result.bands) == (*sides, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("text", value) for value in ("", "\u200b", "\u2060 ", "a\x1b", "a" * 501, "\ud800", 5)),
        *(("font", value) for value in ("Arial", None)),
        *(("fontSize", value) for value in (7.9, 1000.5, 1_000_000, "48")),
        *(("color", value) for value in ("blurple", None)),
        *(("opacity", value) for value in (-0.1, 100.1)),
        *(("x", value) for value in (-32_768, 32_768, 1.5)),
        *(("y", value) for value in (-32_768, 32_768, "5")),
        *(("position", value) for value in ("tiled", "middle")),
        *(("margin", value) for value in (-1, 10_001)),
        *(("maxWidth", value) for value in (0, 32_768)),
        *(("align", value) for value in ("justify", "centre", None)),
        *(("rotation", value) for value in (-360.5, 361)),
        *(("background", value) for value in ("blurple", 0)),
        *(("padding", value) for value in (-1, 2001)),
        *(("borderRadius", value) for value in (-1, 2001)),
        *(("shadow", value) for value in (1, "true")),
        *(("shadowColor", value) for value in ("blurple", None)),
        *(("shadowBlur", value) for value in (-1, 101)),
        *(("shadowOffsetX", value) for value in (-201, 201, 0.5)),
        *(("shadowOffsetY", value) for value in (-201, 201)),
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, field: str, value: Any) -> None:
    given: dict[str, Any] = {
        "text": "a",
        **({"x": 0, "y": 0} if field in "xy" else {}),
        field: value,
    }
    response = client.post("text-overlay", sample("rgb"), **given)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert {detail["field"].partition(".")[0] for detail in response.json["details"]} == {field}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("fontSize", (8, 1000)),
        ("opacity", (0, 100)),
        ("margin", (0, 10_000)),
        ("maxWidth", (1, 32_767)),
        ("rotation", (-360, 360)),
        ("padding", (0, 2000)),
        ("borderRadius", (0, 2000)),
        ("shadowBlur", (0, 100)),
        ("shadowOffsetX", (-200, 200)),
        ("shadowOffsetY", (-200, 200)),
    ],
)
def test_bounds_belong_to_what_is_allowed(
    client: ToolClient, field: str, values: tuple[float, float]
) -> None:
    for value in values:
        settings: dict[str, Any] = {"text": "a", "background": "red", field: value}
        assert client.post("text-overlay", sample("rgb"), **settings).status_code == 200


def test_text_is_needed(client: ToolClient) -> None:
    response = client.post("text-overlay", sample("rgb"), fontSize=20)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert response.json["details"] == [
        {"field": "text", "expected": "a value", "received": "nothing"}
    ]


def test_text_that_draws_nothing_is_refused(client: ToolClient) -> None:
    response = client.post("text-overlay", sample("rgb"), text="\u2800", background="red")
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "TEXT_INVISIBLE")
    assert response.json["details"][0]["field"] == "text"


def test_it_streams() -> None:
    (tool,) = ashim_watermark.text_overlay.ashim_tools()
    assert isinstance(tool, ImageTool)
    assert tool.streams(tool.settings.model_validate({"text": "a", "rotation": 30})) is True


@pytest.mark.parametrize("alpha", ["ff", "80", "20"])
def test_a_box_that_can_be_seen_through_is_not_darkened_by_its_own_shadow(
    client: ToolClient, alpha: str
) -> None:
    given: dict[str, Any] = {
        "text": "I",
        "background": f"#ffffff{alpha}",
        "padding": 40,
        "shadow": True,
        "shadowColor": "#000000",
        "shadowBlur": 6,
        "shadowOffsetX": 0,
        "shadowOffsetY": 12,
        "position": "center",
    }
    grey = plain(300, 300, [100, 100, 100])
    shown = pixels(client.run("text-overlay", grey, **given))
    inside = shown[150, 150 - 30, 0]
    assert inside == pytest.approx(100 + (255 - 100) * int(alpha, 16) / 255, abs=1)
    box_bottom = 150 + text_size("I")[1] // 2 + 40
    assert shown[box_bottom + 6, 150, 0] < 90


def test_a_single_word_gets_smaller_rather_than_broken(client: ToolClient) -> None:
    word = {"text": "CONFIDENTIAL", "fontSize": 200, "shadow": False, "margin": 0}
    left, top, right, bottom = box(on_black(client, 300, 300, **word))
    assert right - left > 280
    assert bottom - top < 60
