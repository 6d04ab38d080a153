"""Image Watermark: every setting has its effect in pixels, at the places that follow from it."""

import io
import json
import zipfile
from typing import Any

import ashim_essentials.compress
import ashim_essentials.resize
import ashim_watermark.watermark_image
import pytest
import pyvips

from ashim_core.plugin import canvas
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample
from ashim_core.testing.samples import scene

RED, BASE = (200, 0, 0), (100, 120, 140)
WIDTH, HEIGHT = 200, 100


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_watermark.watermark_image)


PICTURE = plain(WIDTH, HEIGHT, *BASE)
MARK = plain(40, 20, *RED)


def watermarked(
    client: ToolClient,
    mark: pyvips.Image = MARK,
    picture: pyvips.Image = PICTURE,
    **settings: Any,
) -> pyvips.Image:
    """Lay a mark that covers what is below it, unless the settings say otherwise."""
    return client.run("watermark-image", picture, mark, **{"opacity": 100, **settings})


def box_of(result: pyvips.Image, picture: pyvips.Image = PICTURE) -> tuple[int, int, int, int]:
    """Give left, top, width and height of what isn't as it was, to the last bit."""
    columns, rows = (result - picture).abs().bandor().project()
    across = [at for at in range(picture.width) if columns(at, 0)[0]]
    down = [at for at in range(picture.height) if rows(0, at)[0]]
    return across[0], down[0], across[-1] - across[0] + 1, down[-1] - down[0] + 1


def same(one: pyvips.Image, other: pyvips.Image) -> bool:
    """Say whether two pictures are alike to the last bit."""
    return one.bands == other.bands and pixels(one) == pixels(other)


def pixels(image: pyvips.Image) -> bytes:
    return bytes(image.write_to_memory())


def farthest(one: pyvips.Image, other: pyvips.Image) -> float:
    """Give the largest difference of any channel of any pixel."""
    largest = (one - other).abs().max()
    assert isinstance(largest, float)
    return largest


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ("top-left", 6, 6),
        ("top", 75, 6),
        ("top-right", 144, 6),
        ("left", 6, 37.5),
        ("center", 75, 37.5),
        ("right", 144, 37.5),
        ("bottom-left", 6, 69),
        ("bottom", 75, 69),
        ("bottom-right", 144, 69),
    ],
)
def test_the_watermark_is_at_its_position_with_a_margin(
    client: ToolClient, position: str, left: float, top: float
) -> None:
    result = watermarked(client, position=position, margin=6)
    found = box_of(result)
    assert found[0] == left
    assert found[1] == pytest.approx(top, abs=0.5)
    assert found[2:] == (50, 25)
    assert same(result.crop(*found), plain(50, 25, *RED))


def test_by_default_it_is_bottom_right_half_there_and_a_quarter_as_wide(
    client: ToolClient,
) -> None:
    result = client.run("watermark-image", PICTURE, MARK)
    assert box_of(result) == (200 - 20 - 50, 100 - 20 - 25, 50, 25)
    assert result(150, 60) == pytest.approx([150, 60, 70], abs=1)


@pytest.mark.parametrize("margin", [0, 1, 20, 75])
def test_the_margin_is_between_the_watermark_and_both_edges(
    client: ToolClient, margin: int
) -> None:
    result = watermarked(client, position="top-left", margin=margin)
    assert box_of(result)[:2] == (margin, margin)


def test_a_margin_that_is_larger_than_the_picture_moves_it_out(client: ToolClient) -> None:
    result = watermarked(client, position="top-left", margin=10_000)
    assert same(result, PICTURE)


@pytest.mark.parametrize(
    ("scale", "size"),
    [(100, (200, 100)), (50, (100, 50)), (10, (20, 10)), (0.5, (1, 1)), (0.001, (1, 1))],
)
def test_the_scale_is_the_width_in_percent_of_the_picture(
    client: ToolClient, scale: float, size: tuple[int, int]
) -> None:
    assert box_of(watermarked(client, scale=scale, margin=0))[2:] == size


@pytest.mark.parametrize(
    ("size", "expected"), [((20, 400), (5, 100)), ((1, 30_000), (1, 100)), ((4, 1), (200, 50))]
)
def test_the_watermark_is_never_higher_than_the_picture(
    client: ToolClient, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    result = watermarked(client, plain(*size, *RED), scale=100, margin=0)
    assert box_of(result)[2:] == expected


def test_a_large_watermark_is_reduced_to_what_it_shows(client: ToolClient) -> None:
    result = watermarked(client, scene(960, 640), scale=24, margin=0, position="top-left")
    assert_image_close(result.crop(0, 0, 48, 32), scene(), within=4)


def test_opacity_0_leaves_every_bit(client: ToolClient) -> None:
    assert same(watermarked(client, opacity=0), PICTURE)
    assert same(watermarked(client, opacity=0, tile=True, rotation=20), PICTURE)


@pytest.mark.parametrize(
    ("opacity", "alpha", "share"),
    [(100, 255, 1), (50, 255, 0.5), (25, 255, 0.25), (100, 128, 0.502), (50, 128, 0.251)],
)
def test_opacity_multiplies_what_the_watermark_has_by_itself(
    client: ToolClient, opacity: float, alpha: int, share: float
) -> None:
    result = watermarked(client, plain(40, 20, *RED, alpha), opacity=opacity)
    expected = [above * share + below * (1 - share) for above, below in zip(RED, BASE, strict=True)]
    assert result(150, 60) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("rotation", "turn"), [(0, "d0"), (90, "d90"), (-90, "d270"), (180, "d180"), (360, "d0")]
)
def test_quarter_turns_lose_nothing(client: ToolClient, rotation: float, turn: str) -> None:
    mark = scene(50, 30)
    result = watermarked(client, mark, rotation=rotation, margin=0, position="top-left")
    turned = mark.rot(turn)
    assert same(result.crop(0, 0, turned.width, turned.height), turned)


def test_other_turns_go_clockwise_about_the_middle(client: ToolClient) -> None:
    result = watermarked(
        client, scene(50, 50), plain(200, 200, *BASE), rotation=45, position="center", margin=0
    )
    around = [result(*at) for at in ((100, 80), (120, 100), (100, 120), (80, 100))]
    assert around == [[255, 0, 0], [0, 255, 0], [255, 255, 255], [0, 0, 255]]
    side = box_of(result, plain(200, 200, *BASE))[2]
    assert side == pytest.approx(50 * 2**0.5, abs=1)


def test_turned_edges_are_smooth(client: ToolClient) -> None:
    black = plain(200, 200, 0, 0, 0)
    mark = plain(40, 40, 255, 255, 255)
    result = watermarked(client, mark, black, rotation=30, position="center", scale=40)
    histogram = result[0].hist_find().write_to_memory()
    counts = memoryview(histogram).cast("I")
    assert sum(1 for count in counts[1:255] if count) > 20
    assert counts[255] > 70 * 70


@pytest.mark.parametrize("rotation", [30, 45, 77.7])
@pytest.mark.parametrize("colour", [(255, 255, 255), (200, 30, 60)])
def test_turned_edges_have_no_fringes(
    client: ToolClient, rotation: float, colour: tuple[int, int, int]
) -> None:
    """A mark of the colour of the picture can't be seen, also where its edges are half there."""
    picture = plain(200, 200, *colour)
    result = watermarked(client, plain(40, 40, *colour), picture, rotation=rotation, scale=40)
    assert farthest(result, picture) <= 1


def grid(mark: pyvips.Image, spacing: int, picture: pyvips.Image) -> pyvips.Image:
    """Lay marks one by one: one in the middle, rows a step apart, every second one moved."""
    across, down = mark.width + spacing, mark.height + spacing
    left, top = (picture.width - mark.width) // 2, (picture.height - mark.height) // 2
    rows, columns = picture.height // (2 * down) + 1, picture.width // (2 * across) + 1
    for row in range(-rows, rows + 1):
        for column in range(-columns - 1, columns + 1):
            x = left + column * across + (row % 2) * (across // 2)
            y = top + row * down
            picture = picture.insert(mark, x, y)
    return picture.copy_memory()


@pytest.mark.parametrize("spacing", [0, 12, 40])
@pytest.mark.parametrize("size", [(480, 352), (400, 30)])
def test_tiles_are_staggered_about_the_middle(
    client: ToolClient, spacing: int, size: tuple[int, int]
) -> None:
    picture = plain(*size, *BASE)
    mark = scene(size[0] // 10, size[1] // 11 // 2 * 2)
    result = watermarked(
        client, mark, picture, tile=True, tileSpacing=spacing, scale=10, position="top-left"
    )
    assert same(result, grid(mark, spacing, picture))


def test_tiles_are_40_pixels_apart_by_default(client: ToolClient) -> None:
    picture, mark = plain(480, 352, *BASE), scene()
    result = watermarked(client, mark, picture, tile=True, scale=10)
    assert same(result, grid(mark, 40, picture))


def test_turned_tiles_are_as_far_apart_as_their_turned_boxes(client: ToolClient) -> None:
    picture, mark = plain(480, 352, *BASE), scene()
    result = watermarked(client, mark, picture, tile=True, tileSpacing=8, scale=10, rotation=90)
    assert same(result, grid(mark.rot90(), 8, picture))


def test_opacity_and_alpha_count_in_tiles_too(client: ToolClient) -> None:
    picture, mark = plain(480, 352, *BASE), plain(48, 32, *RED, 128)
    result = watermarked(client, mark, picture, tile=True, tileSpacing=10, scale=10, opacity=50)
    assert result(240, 176) == pytest.approx([125, 90, 105], abs=1)
    assert result(240 + 29, 176) == [*BASE]


@pytest.mark.parametrize("name", ["blend", "blendMode"])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("over", [200, 0, 0]),
        ("multiply", [78, 0, 0]),
        ("screen", [222, 120, 140]),
        ("exclusion", [143, 120, 140]),
        ("add", [255, 120, 140]),
        ("luminosity", [44, 64, 84]),
    ],
)
def test_the_blend_mode_says_how_colours_meet(
    client: ToolClient, name: str, mode: str, expected: list[float]
) -> None:
    settings: dict[str, Any] = {name: mode}
    result = watermarked(client, **settings)
    assert result(150, 60) == pytest.approx(expected, abs=1)
    assert box_of(result)[2] == 50


def test_with_a_blend_mode_half_the_opacity_is_half_the_way(client: ToolClient) -> None:
    result = watermarked(client, blend="multiply", opacity=50)
    assert result(150, 60) == pytest.approx([89, 60, 70], abs=1)
    white = plain(200, 100, 255, 255, 255)
    result = watermarked(client, white, white, blend="multiply", opacity=50, scale=100)
    assert same(result, white)


def test_the_picture_keeps_its_bands(client: ToolClient) -> None:
    grey, grey_mark = plain(200, 100, 90), plain(40, 20, 255)
    assert watermarked(client, grey_mark, grey).bands == 1
    assert watermarked(client, grey_mark.bandjoin(128), grey).bands == 1
    assert watermarked(client, MARK, grey).bands == 3
    assert watermarked(client, grey_mark, PICTURE)(150, 60) == [255, 255, 255]
    for see_through in (PICTURE.bandjoin(40), grey.bandjoin(40)):
        result = watermarked(client, MARK, see_through)
        assert result(150, 60) == [*RED, 255]
        assert result(5, 5)[-1] == 40


def test_an_invisible_picture_lends_the_watermark_no_colour(client: ToolClient) -> None:
    result = watermarked(client, MARK, plain(200, 100, 0, 255, 0, 0), opacity=50)
    assert result(150, 60) == pytest.approx([*RED, 128], abs=1)


def test_every_frame_of_an_animation_gets_the_watermark(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        mark = plain(4, 4, 0, 0, 0)
        answer = client.post(
            "watermark-image", sample(name), mark.pngsave_buffer(), margin=2, opacity=100
        )
        result = pyvips.Image.new_from_buffer(answer.data, "", n=-1)
        assert (result.get("n-pages"), result.get("page-height")) == (2, 32)
        assert result.get("delay") == [70, 130]
        before = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
        for top in (0, 32):
            # A quarter of 48 pixels, 2 from the edges; palettes and codecs are not exact.
            assert result(35, top + 19)[:3] == pytest.approx([0, 0, 0], abs=6)
            assert result(45, top + 29)[:3] == pytest.approx([0, 0, 0], abs=6)
            for around in ((10, 24), (40, 6), (10, 6)):
                at = around[0], around[1] + top
                assert result(*at)[:3] == pytest.approx(before(*at)[:3], abs=6)


def test_a_watermark_that_moves_stands_still(client: ToolClient) -> None:
    answer = client.post("watermark-image", PICTURE, sample("two-frames"))
    assert answer.status_code == 200
    assert json.loads(answer.headers["X-Ashim-Notes"]) == [
        "animation: only the first of 2 frames of the watermark was used"
    ]


def test_a_transparent_watermark_changes_nothing(client: ToolClient) -> None:
    clear = plain(40, 20, 200, 30, 60, 0)
    assert same(watermarked(client, clear, rotation=30), PICTURE)
    assert same(watermarked(client, clear, tile=True, blend="color-burn"), PICTURE)


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


def test_one_watermark_goes_on_every_picture_of_a_batch(client: ToolClient) -> None:
    other = plain(80, 160, *BASE)
    answer = post(
        client,
        "tools/watermark-image/batch",
        ("files", PICTURE),
        ("watermark", MARK),
        ("files", other),
        settings=json.dumps({"opacity": 100, "margin": 5}),
    )
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.namelist() == ["0_watermark-image.png", "2_watermark-image.png"]
    first, second = (
        pyvips.Image.new_from_buffer(archive.read(name), "") for name in archive.namelist()
    )
    assert box_of(first) == (145, 70, 50, 25)
    assert box_of(second, other) == (55, 145, 20, 10)


def test_in_a_pipeline_it_does_what_it_does_alone(ashim: MakeClient) -> None:
    client = ashim(
        ashim_watermark.watermark_image, ashim_essentials.resize, ashim_essentials.compress
    )
    picture = canvas.resampled(scene(600, 400), 900, 600)
    marked = {"opacity": 60, "scale": 30, "rotation": 15, "blend": "soft-light"}
    steps = [
        {"toolId": "resize", "settings": {"width": 300}},
        {"toolId": "watermark-image", "settings": marked},
        {"toolId": "compress", "settings": {"quality": 90}},
    ]
    data = picture.jpegsave_buffer(Q=95)
    answer = post(
        client,
        "pipeline/execute",
        ("file", data),
        ("watermark", scene(90, 60)),
        pipeline=json.dumps(steps),
    )
    assert answer.status_code == 200, answer.text
    together = pyvips.Image.new_from_buffer(answer.data, "")
    small = client.run("resize", picture, width=300)
    alone = client.run("watermark-image", small, scene(90, 60), **marked)
    assert_image_close(together, alone, within=3)
    assert farthest(alone, small) > 20


def test_a_picture_of_the_library_can_be_the_watermark(client: ToolClient) -> None:
    kept = post(client, "upload", ("file", MARK))
    assert kept.status_code == 201, kept.text
    name = kept.json["files"][0]["id"]
    answer = post(
        client,
        "tools/watermark-image",
        ("file", PICTURE),
        watermark=f"/files/{name}",
        settings='{"opacity": 100}',
    )
    assert answer.status_code == 200, answer.text
    result = pyvips.Image.new_from_buffer(answer.data, "")
    assert box_of(result) == (130, 55, 50, 25)
    assert result(150, 60) == [*RED]


def test_without_a_watermark_the_field_is_named(client: ToolClient) -> None:
    answer = post(client, "tools/watermark-image", ("file", PICTURE))
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"] == [
        {"field": "watermark", "expected": "a picture", "received": "nothing"}
    ]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"no picture", 400, "INVALID_IMAGE"),
        (b"", 400, "EMPTY_FILE"),
        (sample("rgb")[:60], 422, "DECODE_FAILED"),
    ],
)
def test_what_is_wrong_with_the_watermark_names_it(
    client: ToolClient, content: bytes, status: int, code: str
) -> None:
    answer = post(client, "tools/watermark-image", ("file", PICTURE), ("watermark", content))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["error"].startswith("watermark: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position", "middle"),
        ("position", None),
        ("scale", 0),
        ("scale", 100.1),
        ("scale", "25"),
        ("opacity", -1),
        ("opacity", 101),
        ("rotation", -361),
        ("rotation", 361),
        ("margin", -1),
        ("margin", 10_001),
        ("margin", 1.5),
        ("tile", "yes"),
        ("tileSpacing", -1),
        ("tileSpacing", 10_001),
        ("blend", "dissolve"),
        ("blend", "colour-dodge"),
    ],
)
def test_wrong_settings_are_refused_by_name(client: ToolClient, field: str, value: Any) -> None:
    answer = client.post("watermark-image", PICTURE, MARK, **{field: value})
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_SETTINGS")
    assert [detail["field"] for detail in answer.json["details"]] == [field]


@pytest.mark.parametrize("rotation", [-360, 0, 360])
@pytest.mark.parametrize("spacing", [0, 10_000])
def test_the_bounds_themselves_are_accepted(
    client: ToolClient, rotation: float, spacing: int
) -> None:
    result = watermarked(client, rotation=rotation, tileSpacing=spacing, tile=True, scale=100)
    assert result(100, 50) == [*RED]


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
@pytest.mark.parametrize("tile", [False, True])
def test_the_thinnest_pictures_are_taken(
    client: ToolClient, size: tuple[int, int], tile: bool
) -> None:
    for picture, mark in ((plain(*size, *BASE), MARK), (PICTURE, plain(*size, *RED))):
        result = watermarked(client, mark, picture, tile=tile, rotation=45, scale=100, margin=0)
        assert (result.width, result.height) == (picture.width, picture.height)
