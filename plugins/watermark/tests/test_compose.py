"""Image Composition: every setting has its effect in pixels, at the places that follow from it."""

import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import ashim_essentials.compress
import ashim_essentials.resize
import ashim_watermark.compose
import pytest
import pyvips
from ashim_watermark.blending import Blend

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample
from ashim_core.testing.samples import scene

RED, BASE = (200, 0, 0), (100, 120, 140)
WIDTH, HEIGHT = 200, 100


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_watermark.compose)


PICTURE = plain(WIDTH, HEIGHT, *BASE)
SCENE = scene()


def composed(
    client: ToolClient,
    over: pyvips.Image | bytes = SCENE,
    picture: pyvips.Image = PICTURE,
    **settings: Any,
) -> pyvips.Image:
    return client.run("compose", picture, over, **settings)


def same(one: pyvips.Image, other: pyvips.Image) -> bool:
    """Say whether two pictures are alike to the last bit."""
    return one.bands == other.bands and pixels(one) == pixels(other)


def pixels(image: pyvips.Image) -> bytes:
    return bytes(image.write_to_memory())


def laid(over: pyvips.Image, left: int, top: int) -> pyvips.Image:
    """Lay an opaque picture over the other; what is outside is cut."""
    return PICTURE.insert(over, left, top)


@pytest.mark.parametrize(
    ("settings", "left", "top"),
    [
        ({}, 0, 0),
        ({"x": 30}, 30, 0),
        ({"y": 30}, 0, 30),
        ({"x": 30, "y": 40}, 30, 40),
        ({"x": -20, "y": -10}, -20, -10),
        ({"x": 190, "y": 90}, 190, 90),
        ({"x": -47, "y": -31}, -47, -31),
    ],
)
def test_x_and_y_are_the_corner_of_the_overlay(
    client: ToolClient, settings: dict[str, Any], left: int, top: int
) -> None:
    assert same(composed(client, **settings), laid(SCENE, left, top))


@pytest.mark.parametrize(
    ("x", "y"), [(200, 0), (0, 100), (-48, 0), (0, -32), (32_767, 32_767), (-32_767, -32_767)]
)
def test_an_overlay_outside_leaves_every_bit(client: ToolClient, x: int, y: int) -> None:
    assert same(composed(client, x=x, y=y), PICTURE)
    assert same(composed(client, x=x, y=y, blend="hue", opacity=50), PICTURE)


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ("top-left", 0, 0),
        ("top", 76, 0),
        ("top-right", 152, 0),
        ("left", 0, 34),
        ("center", 76, 34),
        ("right", 152, 34),
        ("bottom-left", 0, 68),
        ("bottom", 76, 68),
        ("bottom-right", 152, 68),
    ],
)
def test_a_position_needs_no_coordinates(
    client: ToolClient, position: str, left: int, top: int
) -> None:
    assert same(composed(client, position=position), laid(SCENE, left, top))


@pytest.mark.parametrize(
    ("settings", "left", "top"),
    [({}, 0, 0), ({"x": -50, "y": -100}, -50, -100), ({"position": "center"}, -140, -110)],
)
def test_what_is_larger_than_the_picture_is_cut(
    client: ToolClient, settings: dict[str, Any], left: int, top: int
) -> None:
    result = composed(client, scene(480, 320), **settings)
    assert same(result, scene(480, 320).crop(-left, -top, WIDTH, HEIGHT))


@cache
def long_noise() -> pyvips.Image:
    noise = pyvips.Image.gaussnoise(160, 3000, mean=128, sigma=60, seed=1).cast("uchar")
    picture = noise.bandjoin(noise.fliphor()).bandjoin(noise.flipver())
    return picture.copy(interpretation="srgb").copy_memory()


@pytest.mark.parametrize("saver", ["pngsave_buffer", "tiffsave_buffer"])
@pytest.mark.parametrize(
    "settings", [{}, {"rotation": 30}, {"x": 5, "y": 700, "blend": "hue"}, {"x": 5, "y": 2990}]
)
def test_a_long_picture_goes_on_below_the_overlay(
    client: ToolClient, saver: str, settings: dict[str, Any]
) -> None:
    """Pictures are read once, from top to bottom, whatever covers some of their rows."""
    picture = long_noise()
    data = getattr(picture, saver)()
    result = client.run("compose", data, plain(90, 8, *RED), **settings)
    top = settings.get("y", 0)
    assert not same(result, picture)
    for above, rows in ((0, top), (top + 90, 3000 - top - 90)):
        if rows > 0:
            cut = (0, above, picture.width, rows)
            assert same(result.crop(*cut), picture.crop(*cut))


@pytest.mark.parametrize(
    ("scale", "size"), [(100, (150, 100)), (50, (100, 67)), (12, (24, 16)), (0.001, (1, 1))]
)
def test_the_scale_is_the_width_in_percent_and_never_higher_than_the_picture(
    client: ToolClient, scale: float, size: tuple[int, int]
) -> None:
    result = composed(client, plain(48, 32, *RED), scale=scale)
    assert same(result, laid(plain(*size, *RED), 0, 0))


def test_a_tall_overlay_is_as_high_as_the_picture_at_most(client: ToolClient) -> None:
    result = composed(client, plain(10, 400, *RED), scale=100)
    assert same(result, laid(plain(2, 100, *RED), 0, 0))


def test_without_a_scale_it_is_as_large_as_it_is(client: ToolClient) -> None:
    result = composed(client, plain(10, 400, *RED))
    assert same(result, laid(plain(10, 100, *RED), 0, 0))


def test_opacity_0_leaves_every_bit(client: ToolClient) -> None:
    assert same(composed(client, opacity=0), PICTURE)
    see_through = PICTURE.bandjoin(77)
    assert same(composed(client, picture=see_through, opacity=0, blend="darken"), see_through)


@pytest.mark.parametrize(
    ("opacity", "alpha", "share"),
    [(100, 255, 1), (50, 255, 0.5), (10, 255, 0.1), (100, 128, 0.502), (50, 128, 0.251)],
)
def test_opacity_multiplies_what_the_overlay_has_by_itself(
    client: ToolClient, opacity: float, alpha: int, share: float
) -> None:
    result = composed(client, plain(40, 20, *RED, alpha), opacity=opacity)
    expected = [above * share + below * (1 - share) for above, below in zip(RED, BASE, strict=True)]
    assert result(20, 10) == pytest.approx(expected, abs=1)
    assert result(41, 10) == [*BASE]


@pytest.mark.parametrize("name", ["blend", "blendMode"])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("over", [200, 0, 0]),
        ("multiply", [78, 0, 0]),
        ("lighten", [200, 120, 140]),
        ("color-burn", [57, 0, 0]),
        ("luminosity", [44, 64, 84]),
    ],
)
def test_the_blend_mode_says_how_colours_meet(
    client: ToolClient, name: str, mode: str, expected: list[float]
) -> None:
    settings: dict[str, Any] = {name: mode}
    result = composed(client, plain(40, 20, *RED), **settings)
    assert result(20, 10) == pytest.approx(expected, abs=1)
    assert result(41, 10) == [*BASE]


@pytest.mark.parametrize("mode", get_args(Blend))
def test_a_grey_overlay_leaves_a_grey_picture_grey(client: ToolClient, mode: str) -> None:
    for over in (plain(40, 20, 200), plain(40, 20, 200, 128)):
        assert composed(client, over, plain(80, 60, 90), blend=mode).bands == 1
    assert composed(client, plain(40, 20, *RED), plain(80, 60, 90), blend=mode).bands == 3


@pytest.mark.parametrize(("rotation", "turn"), [(90, "d90"), (-90, "d270"), (180, "d180")])
def test_quarter_turns_lose_nothing(client: ToolClient, rotation: float, turn: str) -> None:
    result = composed(client, rotation=rotation, x=10, y=20)
    assert same(result, laid(SCENE.rot(turn), 10, 20))


def test_x_and_y_are_the_corner_of_what_is_turned(client: ToolClient) -> None:
    black = plain(300, 300, 0, 0, 0)
    result = composed(client, plain(80, 80, 255, 255, 255), black, rotation=45, x=100, y=50)
    side = 80 * 2**0.5
    assert result(round(100 + side / 2), 54) == [255, 255, 255]
    assert result(104, round(50 + side / 2)) == [255, 255, 255]
    assert result(104, 54) == result(round(100 + side - 4), 54) == [0, 0, 0]
    assert 0 < result(round(100 + side / 4), round(50 + side / 4))[0] < 255


@pytest.mark.parametrize("size", [(48, 32), (30, 20), (200, 100), (400, 300)])
def test_tiles_touch_each_other_about_the_middle(client: ToolClient, size: tuple[int, int]) -> None:
    mark = scene(*size)
    result = composed(client, mark, tile=True, x=7)
    expected = PICTURE
    left, top = (WIDTH - mark.width) // 2, (HEIGHT - mark.height) // 2
    for row in range(-3, 4):
        for column in range(-5, 5):
            across = left + column * mark.width + row % 2 * (mark.width // 2)
            expected = expected.insert(mark, across, top + row * mark.height)
    assert same(result, expected)


def _grey() -> pyvips.Image:
    return scene().colourspace("b-w").colourspace("srgb")


@pytest.mark.parametrize(
    ("name", "expected", "within"),
    [
        ("rgb", scene, 0),
        ("16-bit", scene, 0),
        ("palette", scene, 1),
        ("grey", _grey, 0),
        ("jpeg", scene, 4),
        ("webp", scene, 0),
        ("tiff", scene, 0),
        *((f"orientation-{number}", scene, 4) for number in range(1, 9)),
    ],
)
def test_overlays_of_all_kinds_are_seen_as_they_are(
    client: ToolClient, name: str, expected: Callable[[], pyvips.Image], within: float
) -> None:
    result = composed(client, sample(name), x=10, y=20)
    assert_image_close(result.crop(10, 20, 48, 32), expected(), within)
    assert result(9, 20) == result(58, 30) == result(30, 52) == [*BASE]


def test_inks_become_the_colours_that_they_print(client: ToolClient) -> None:
    result = composed(client, sample("cmyk"))
    red, green, blue, white = (result(*at) for at in ((9, 8), (36, 8), (9, 24), (36, 24)))
    assert red[0] > red[1] + 150
    assert green[1] > green[2] + 100
    assert blue[2] > blue[0] + 50
    assert min(white) > 245


def test_what_is_half_there_is_half_seen(client: ToolClient) -> None:
    result = composed(client, sample("grey-alpha"), plain(60, 60, 255, 255, 255))
    grey = scene().colourspace("b-w")
    for at in ((5, 5), (40, 5), (5, 28)):
        expected = grey(*at)[0] * 128 / 255 + 127
        assert result(*at) == pytest.approx([expected] * 3, abs=1)


def test_a_picture_with_alpha_keeps_it(client: ToolClient) -> None:
    result = composed(client, plain(20, 20, *RED, 128), PICTURE.bandjoin(64))
    alpha = 255 * (1 - (1 - 128 / 255) * (1 - 64 / 255))
    share = 128 / alpha
    expected = [above * share + below * (1 - share) for above, below in zip(RED, BASE, strict=True)]
    assert result(5, 5) == pytest.approx([*expected, alpha], abs=1)
    assert result(30, 5) == [*BASE, 64]


@pytest.mark.parametrize("mode", get_args(Blend))
def test_an_invisible_picture_lends_the_overlay_no_colour(client: ToolClient, mode: str) -> None:
    result = composed(
        client, plain(20, 20, 200, 30, 60, 128), plain(40, 40, 0, 255, 0, 0), blend=mode
    )
    assert result(5, 5) == [200, 30, 60, 128]


def test_every_frame_of_an_animation_gets_the_overlay(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        data = client.post("compose", sample(name), plain(16, 16, 0, 0, 0), x=16, y=8).data
        result = pyvips.Image.new_from_buffer(data, "", n=-1)
        before = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
        assert (result.get("n-pages"), result.get("page-height")) == (2, 32)
        assert (result.get("delay"), result.get("loop")) == ([70, 130], 3)
        for top in (0, 32):
            # Palettes and codecs are not exact.
            assert result(20, top + 12)[:3] == pytest.approx([0, 0, 0], abs=6)
            for around in ((4, 4), (44, 4), (44, 28)):
                at = around[0], around[1] + top
                assert result(*at)[:3] == pytest.approx(before(*at)[:3], abs=6)


def post(client: ToolClient, path: str, *uploads: tuple[str, Any], **form: Any) -> Any:
    """Post pictures, each with the name of its field."""
    data: dict[str, Any] = {**form}
    for number, (field, picture) in enumerate(uploads):
        content = picture if isinstance(picture, bytes) else picture.pngsave_buffer()
        data.setdefault(field, []).append((io.BytesIO(content), f"{number}.png"))
    response = client.http.post(f"/api/v1/{path}", data=data, content_type="multipart/form-data")
    response.get_data()
    response.close()
    return response


def test_the_overlay_is_the_field_or_the_second_file(client: ToolClient) -> None:
    expected = laid(SCENE, 0, 0)
    for uploads in (
        [("overlay", SCENE), ("file", PICTURE)],
        [("file", PICTURE), ("file", SCENE)],
        [("image", PICTURE), ("other", SCENE)],
    ):
        answer = post(client, "tools/compose", *uploads)
        assert answer.status_code == 200, answer.text
        assert same(pyvips.Image.new_from_buffer(answer.data, ""), expected)


def test_one_overlay_goes_on_every_picture_of_a_batch(client: ToolClient) -> None:
    answer = post(
        client,
        "tools/compose/batch",
        ("overlay", SCENE),
        ("files", PICTURE),
        ("files", plain(60, 40, *BASE)),
        settings='{"position": "bottom-right"}',
    )
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.namelist() == ["1_compose.png", "2_compose.png"]
    first, second = (
        pyvips.Image.new_from_buffer(archive.read(name), "") for name in archive.namelist()
    )
    assert same(first, laid(SCENE, 152, 68))
    assert same(second.crop(12, 8, 48, 32), SCENE)


def test_in_a_pipeline_it_does_what_it_does_alone(ashim: MakeClient) -> None:
    client = ashim(ashim_watermark.compose, ashim_essentials.resize, ashim_essentials.compress)
    picture, over = scene(900, 600), scene(120, 80)
    settings = {"x": 40, "y": 30, "rotation": 10, "opacity": 70, "blend": "multiply"}
    steps = [
        {"toolId": "resize", "settings": {"width": 300}},
        {"toolId": "compose", "settings": settings},
        {"toolId": "compress", "settings": {"quality": 90}},
    ]
    data = picture.jpegsave_buffer(Q=95)
    answer = post(
        client,
        "pipeline/execute",
        ("file", data),
        ("overlay", over),
        pipeline=json.dumps(steps),
    )
    assert answer.status_code == 200, answer.text
    together = pyvips.Image.new_from_buffer(answer.data, "")
    small = client.run("resize", picture, width=300)
    alone = client.run("compose", small, over, **settings)
    assert_image_close(together, alone, within=3)
    largest = (alone - small).abs().max()
    assert isinstance(largest, float)
    assert largest > 100


def test_a_picture_of_the_library_can_be_the_overlay(client: ToolClient) -> None:
    kept = post(client, "upload", ("file", SCENE))
    assert kept.status_code == 201, kept.text
    name = kept.json["files"][0]["id"]
    answer = post(client, "tools/compose", ("file", PICTURE), overlay=f"/files/{name}")
    assert answer.status_code == 200, answer.text
    assert same(pyvips.Image.new_from_buffer(answer.data, ""), laid(SCENE, 0, 0))


def test_without_an_overlay_the_field_is_named(client: ToolClient) -> None:
    answer = post(client, "tools/compose", ("file", PICTURE))
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"] == [
        {"field": "overlay", "expected": "a picture", "received": "nothing"}
    ]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"no picture", 400, "INVALID_IMAGE"),
        (b"", 400, "EMPTY_FILE"),
        (sample("rgb")[:60], 422, "DECODE_FAILED"),
    ],
)
def test_what_is_wrong_with_the_overlay_names_it(
    client: ToolClient, content: bytes, status: int, code: str
) -> None:
    answer = post(client, "tools/compose", ("file", PICTURE), ("overlay", content))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["error"].startswith("overlay: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("x", -32_768),
        ("x", 32_768),
        ("x", 0.5),
        ("y", -32_768),
        ("y", 32_768),
        ("position", "middle"),
        ("scale", 0),
        ("scale", 101),
        ("opacity", -0.1),
        ("opacity", 100.1),
        ("blend", "normal"),
        ("rotation", -360.5),
        ("rotation", 360.5),
        ("tile", 1),
    ],
)
def test_wrong_settings_are_refused_by_name(client: ToolClient, field: str, value: Any) -> None:
    answer = client.post("compose", PICTURE, SCENE, **{field: value})
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_SETTINGS")
    assert [detail["field"] for detail in answer.json["details"]] == [field]


@pytest.mark.parametrize("place", [{"x": 0}, {"y": 5}, {"x": 1, "y": 2}])
def test_a_position_and_coordinates_are_one_too_many(
    client: ToolClient, place: dict[str, Any]
) -> None:
    answer = client.post("compose", PICTURE, SCENE, position="top", **place)
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_SETTINGS")
    assert "either position, or x and y, not both" in answer.json["error"]


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
@pytest.mark.parametrize("tile", [False, True])
def test_the_thinnest_pictures_are_taken(
    client: ToolClient, size: tuple[int, int], tile: bool
) -> None:
    for picture, over in ((plain(*size, *BASE), SCENE), (PICTURE, plain(*size, *RED))):
        result = composed(client, over, picture, tile=tile, rotation=45)
        assert (result.width, result.height) == (picture.width, picture.height)
