"""Favicon: every icon in every size, with the look that was asked for, and what names them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import ashim_optimization.favicon
import pytest
import pyvips
from ashim_optimization.icons.site import folders
from PIL import Image

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "favicon"
PNGS = {
    "favicon-16x16.png": 16,
    "favicon-32x32.png": 32,
    "favicon-48x48.png": 48,
    "apple-touch-icon.png": 180,
    "android-chrome-192x192.png": 192,
    "android-chrome-512x512.png": 512,
}
TRANSPARENT = [name for name in PNGS if name != "apple-touch-icon.png"]
OTHERS = ("favicon.ico", "manifest.json", "favicon-snippet.html")
ALL = (*PNGS, *OTHERS)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_optimization.favicon)


def post(client: ToolClient, *files: tuple[str, bytes], **settings: Any) -> Any:
    response = client.http.post(
        f"/api/v1/tools/{TOOL}",
        data={
            "settings": json.dumps(settings),
            "file": [(io.BytesIO(data), name) for name, data in files],
        },
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()
    return response


def made(client: ToolClient, picture: pyvips.Image | bytes, **settings: Any) -> dict[str, bytes]:
    """Make the icons of one picture; give the files by name. What was made once is kept."""
    data = picture if isinstance(picture, bytes) else picture.pngsave_buffer()
    asked = data, json.dumps(settings)
    if asked not in KEPT:
        KEPT[asked] = anew(client, data, **settings)
    return KEPT[asked]


KEPT: dict[tuple[bytes, str], dict[str, bytes]] = {}


def anew(client: ToolClient, data: bytes, **settings: Any) -> dict[str, bytes]:
    return unpacked(post(client, ("logo.png", data), **settings))


def unpacked(response: Any) -> dict[str, bytes]:
    assert (response.status_code, response.mimetype) == (200, "application/zip"), response.text
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def icon(files: dict[str, bytes], name: str) -> pyvips.Image:
    return pyvips.Image.pngload_buffer(files[name])


def icons(client: ToolClient, picture: pyvips.Image | bytes, **settings: Any) -> Any:
    files = made(client, picture, **settings)
    return {name: icon(files, name) for name in PNGS}


@pytest.mark.parametrize(
    "name",
    ["rgb", "rgba", "grey", "grey-alpha", "palette", "cmyk", "16-bit", "tiff", "avif", "1x1"],
)
def test_every_kind_of_picture_gives_every_file(client: ToolClient, name: str) -> None:
    files = made(client, sample(name))
    assert sorted(files) == sorted([*PNGS, *OTHERS])
    for png, side in PNGS.items():
        assert (icon(files, png).width, icon(files, png).height) == (side, side)


def test_the_picture_itself_is_shown(client: ToolClient, photos: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    drawn = icons(client, picture)
    for name, side in PNGS.items():
        expected = picture.resize(side / 512)
        assert_image_close(drawn[name].extract_band(0, n=3), expected, within=2)


def test_large_pictures_are_decoded_smaller(client: ToolClient, photo: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photo)).replicate(2, 2)
    drawn = icons(client, picture.jpegsave_buffer(Q=95))
    expected = picture.resize(192 / picture.width)
    assert_image_close(drawn["android-chrome-192x192.png"][0:3], expected, within=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_picture_is_shown(client: ToolClient, orientation: int) -> None:
    drawn = icons(client, sample(f"orientation-{orientation}"))["android-chrome-192x192.png"]
    for point, colour in {
        (40, 40): [255, 0, 0, 255],
        (150, 40): [0, 255, 0, 255],
        (40, 150): [0, 0, 255, 255],
        (150, 150): [255, 255, 255, 255],
    }.items():
        assert all(abs(a - b) < 8 for a, b in zip(drawn(*point), colour, strict=True))


def stripes() -> pyvips.Image:
    """Draw a wide picture: red, then green in the middle third, then blue."""
    parts = [plain(100, 100, *colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    return pyvips.Image.arrayjoin(parts, across=3)


def test_cover_cuts_off_both_sides(client: ToolClient) -> None:
    for picture in (stripes(), stripes().rot90()):
        drawn = icons(client, picture)["favicon-48x48.png"]
        assert_image_close(drawn, plain(48, 48, 0, 255, 0, 255), within=0)


def test_contain_shows_all_of_it(client: ToolClient) -> None:
    wide = icons(client, stripes(), fit="contain")["favicon-48x48.png"]
    assert [wide(x, 24) for x in (2, 24, 46)] == [
        [255, 0, 0, 255],
        [0, 255, 0, 255],
        [0, 0, 255, 255],
    ]
    assert wide(24, 14) == wide(24, 33) == [0, 0, 0, 0]
    assert wide(24, 17) == wide(24, 30) == [0, 255, 0, 255]
    high = icons(client, stripes().rot90(), fit="contain")["favicon-48x48.png"]
    assert_image_close(high, wide.rot90(), within=0)


def test_a_line_is_contained(client: ToolClient) -> None:
    drawn = icons(client, plain(3000, 1, 255, 0, 0), fit="contain")["favicon-16x16.png"]
    assert drawn[3].max() == 255
    assert (drawn[3] > 0).avg() / 255 == pytest.approx(1 / 16)


@pytest.mark.parametrize(("padding", "space"), [(0, 0), (12.5, 24), (25, 48), (45, 86)])
def test_padding(client: ToolClient, padding: float, space: int) -> None:
    drawn = icons(client, plain(300, 300, 200, 10, 10), padding=padding)
    alpha = drawn["android-chrome-192x192.png"][3]
    inside = alpha.crop(space, space, 192 - 2 * space, 192 - 2 * space)
    assert inside.min() == 255
    assert alpha.avg() == pytest.approx(inside.avg() * inside.width**2 / 192**2)


def test_padding_leaves_something_of_the_smallest(client: ToolClient) -> None:
    small = icons(client, plain(300, 300, 200, 10, 10), padding=45)["favicon-16x16.png"]
    assert [small(x, 8)[3] for x in (0, 6, 7, 8, 9, 15)] == [0, 0, 255, 255, 0, 0]


def test_the_background_is_flat_and_behind(client: ToolClient) -> None:
    drawn = icons(client, plain(100, 100, 0, 0, 0), padding=25, backgroundColor="#ff8000")
    for name, side in PNGS.items():
        space = side // 4
        assert drawn[name].crop(0, 0, side, space - 1).extract_band(0, n=3).deviate() > 0
        for band, value in enumerate((255, 128, 0)):
            rim = drawn[name][band].crop(0, 0, side, space - 1)
            assert (rim.min(), rim.max()) == (value, value)
        assert drawn[name](side // 2, side // 2)[:3] == [0, 0, 0]


def test_what_is_half_transparent_lets_the_background_through(client: ToolClient) -> None:
    picture = plain(64, 64, 255, 255, 255, 128)
    drawn = icons(client, picture, backgroundColor="#000000")["favicon-32x32.png"]
    assert drawn(16, 16) == [128, 128, 128, 255]
    drawn = icons(client, picture)["favicon-32x32.png"]
    assert drawn(16, 16) == [255, 255, 255, 128]


def test_sharp_edges_have_no_halo(client: ToolClient) -> None:
    half = plain(32, 64, 255, 255, 255, 255).join(plain(32, 64, 0, 0, 0, 0), "horizontal")
    for drawn in icons(client, half, backgroundColor="#808080").values():
        colours = drawn.extract_band(0, n=3)
        assert (colours >= 128).avg() == 255
        assert drawn(0, 8)[:3] == [255, 255, 255]
        assert drawn(drawn.width - 1, 8)[:3] == [128, 128, 128]


def test_a_half_transparent_background(client: ToolClient) -> None:
    settings = {"padding": 25, "backgroundColor": "#ff800080"}
    drawn = icons(client, plain(64, 64, 0, 0, 255), **settings)["favicon-32x32.png"]
    assert drawn(2, 2) == [255, 128, 0, 128]
    assert drawn(16, 16) == [0, 0, 255, 255]


@pytest.mark.parametrize("name", TRANSPARENT)
def test_corners_are_round_and_smooth(client: ToolClient, name: str) -> None:
    side = PNGS[name]
    drawn = icons(client, plain(600, 600, 20, 90, 200), borderRadius=50)[name]
    alpha = drawn[3]
    for x in (0, side - 1):
        for y in (0, side - 1):
            assert alpha(x, y) == [0]
    assert alpha.avg() / 255 == pytest.approx(3.14159 / 4, abs=0.01)
    for turned in (alpha.fliphor(), alpha.flipver(), alpha.rot90()):
        assert_image_close(alpha, turned, within=0)
    partial = ((alpha > 0) & (alpha < 255)).avg() / 255 * side * side
    assert side < partial < 4 * side
    visible = alpha > 8
    assert visible.ifthenelse(drawn[2], 200).min() >= 198
    assert visible.ifthenelse(drawn[2], 200).max() <= 202


@pytest.mark.parametrize(("radius", "first"), [(0, 0), (10, 51), (25, 128), (50, 256)])
def test_border_radius(client: ToolClient, radius: float, first: int) -> None:
    drawn = icons(client, plain(600, 600, 20, 90, 200), borderRadius=radius)
    alpha = drawn["android-chrome-512x512.png"][3]
    assert next(x for x in range(512) if alpha(x, 0)[0] == 255) == pytest.approx(first, abs=16)
    assert alpha(0, 256) == alpha(511, 256) == alpha(256, 511) == [255]


def test_the_background_is_rounded_too(client: ToolClient) -> None:
    settings = {"padding": 20, "borderRadius": 30, "backgroundColor": "white"}
    drawn = icons(client, plain(64, 64, 0, 0, 0), **settings)["android-chrome-192x192.png"]
    assert drawn(0, 0)[3] == 0
    assert drawn(96, 3) == [255, 255, 255, 255]
    assert drawn(60, 60) == [0, 0, 0, 255]


@pytest.mark.parametrize("settings", [{}, {"backgroundColor": "#336699"}, {"borderRadius": 50}])
def test_the_apple_icon_is_opaque_and_square(client: ToolClient, settings: Any) -> None:
    drawn = icons(client, plain(64, 64, 255, 0, 0, 0), **settings)["apple-touch-icon.png"]
    colour = [0x33, 0x66, 0x99] if "backgroundColor" in settings else [255, 255, 255]
    assert drawn.bands == 3
    assert_image_close(drawn, plain(180, 180, *colour), within=0)


def test_the_corners_of_the_apple_icon_are_left_to_the_device(client: ToolClient) -> None:
    drawn = icons(client, plain(64, 64, 20, 90, 200), borderRadius=50)["apple-touch-icon.png"]
    assert_image_close(drawn, plain(180, 180, 20, 90, 200), within=0)


def test_the_apple_icon_has_the_padding(client: ToolClient) -> None:
    drawn = icons(client, plain(64, 64, 255, 0, 0), padding=10)["apple-touch-icon.png"]
    assert drawn(17, 90) == [255, 255, 255]
    assert drawn(18, 90) == [255, 0, 0]


def test_the_ico_holds_three_sizes(client: ToolClient, photos: Path) -> None:
    picture = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    files = made(client, picture, borderRadius=50)
    with Image.open(io.BytesIO(files["favicon.ico"])) as file:
        assert file.format == "ICO"
        assert file.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
        for side in (16, 32, 48):
            file.size = (side, side)  # type: ignore[misc] # this is how Pillow chooses one
            file.load()
            read = pyvips.Image.new_from_memory(file.tobytes(), side, side, 4, "uchar")
            png = icon(files, f"favicon-{side}x{side}.png")
            # Where nothing is to be seen, colours make no difference.
            seen = png[3] > 0
            assert_image_close(seen.ifthenelse(read, 0), seen.ifthenelse(png, 0), within=0)


def test_the_ico_is_as_windows_wants_it(client: ToolClient) -> None:
    half = plain(24, 48, 255, 0, 0).addalpha().join(plain(24, 48, 0, 0, 0, 0), "horizontal")
    data = made(client, half)["favicon.ico"]
    assert data[:6] == bytes([0, 0, 1, 0, 3, 0])
    for index, side in enumerate((16, 32, 48)):
        entry = data[6 + 16 * index : 22 + 16 * index]
        assert list(entry[:8]) == [side, side, 0, 0, 1, 0, 32, 0]
        size, place = int.from_bytes(entry[8:12], "little"), int.from_bytes(entry[12:], "little")
        bitmap = data[place : place + size]
        row = -(-side // 32) * 4
        assert size == 40 + 4 * side * side + row * side
        fields = [int.from_bytes(bitmap[at : at + 4], "little") for at in (0, 4, 8)]
        assert fields == [40, side, 2 * side]
        assert bitmap[40:44] == bytes([0, 0, 255, 255])  # blue, green, red, alpha
        mask = bitmap[40 + 4 * side * side :][:row]
        assert f"{int.from_bytes(mask):b}".ljust(1, "0").count("1") == side // 2
        assert mask[0] == 0
    assert len(data) == place + size


def test_the_manifest_names_the_icons(client: ToolClient) -> None:
    files = made(client, sample("rgb"))
    content = json.loads(files["manifest.json"])
    assert content == {
        "name": "logo",
        "short_name": "logo",
        "icons": [
            {"src": "android-chrome-192x192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "android-chrome-512x512.png", "sizes": "512x512", "type": "image/png"},
        ],
        "theme_color": "#ffffff",
        "background_color": "#ffffff",
        "display": "standalone",
    }
    assert {item["src"] for item in content["icons"]} <= set(files)


@pytest.mark.parametrize(
    ("colour", "written"), [("#336699", "#336699"), ("#33669980", "#ffffff"), ("red", "#ff0000")]
)
def test_the_manifest_has_the_background(client: ToolClient, colour: str, written: str) -> None:
    content = json.loads(made(client, sample("rgb"), backgroundColor=colour)["manifest.json"])
    assert (content["theme_color"], content["background_color"]) == (written, written)


def test_the_snippet_names_files_that_are_there(client: ToolClient) -> None:
    files = made(client, sample("rgb"))
    lines = files["favicon-snippet.html"].decode().splitlines()
    named = [line.partition('href="/')[2].partition('"')[0] for line in lines]
    assert named == [
        "favicon.ico",
        "favicon-16x16.png",
        "favicon-32x32.png",
        "favicon-48x48.png",
        "apple-touch-icon.png",
        "manifest.json",
    ]
    assert set(named) <= set(files)
    assert lines[1] == '<link rel="icon" type="image/png" sizes="16x16" href="/favicon-16x16.png">'


def test_several_pictures_have_folders_of_their_own(client: ToolClient) -> None:
    names = ["logo.png", "my icon.webp", "logo.jpg", "<b>\u00e9.png"]
    files = unpacked(post(client, *((name, sample("rgb")) for name in names)))
    places = ("logo", "my-icon", "logo-2", "_b_é")
    assert sorted(files) == sorted(f"{place}/{name}" for place in places for name in ALL)
    content = json.loads(files["_b_é/manifest.json"])
    assert content["icons"][0]["src"] == "android-chrome-192x192.png"
    assert b'href="/favicon.ico"' in files["_b_é/favicon-snippet.html"]


def test_each_file_in_a_folder_can_be_fetched(client: ToolClient) -> None:
    pictures = [(io.BytesIO(sample("rgb")), name) for name in ("a b.png", "c.png")]
    answer = client.http.post(
        f"/api/v1/tools/{TOOL}",
        data={"file": pictures},
        headers={"Accept": "application/json"},
    ).get_json()
    assert len(answer["outputs"]) == 2 * len(ALL)
    for item in answer["outputs"]:
        with client.http.get(item["downloadUrl"]) as response:
            assert (response.status_code, len(response.data)) == (200, item["size"])
            wanted = item["name"].rpartition("/")[2]
            assert f'filename="{wanted}"' in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.png", "A.png"], ["a", "A-2"]),
        (["a.png", "a-2.png", "a.gif"], ["a", "a-2", "a-3"]),
        (["...", "?.png"], ["icon", "icon-2"]),
        (["x" * 300 + ".png"], ["x" * 60]),
        (["../../etc.png"], ["etc"]),
        (['"><script>.png'], ["script"]),
    ],
)
def test_names_of_folders(names: list[str], expected: list[str]) -> None:
    assert list(folders(names)) == expected


def test_one_picture_gets_one_answer(client: ToolClient, photos: Path) -> None:
    data = (photos / "chelsea.png").read_bytes()
    settings = {"padding": 7, "borderRadius": 33}
    assert anew(client, data, **settings) == anew(client, data, **settings)


def test_an_animation_shows_its_first_frame(client: ToolClient) -> None:
    moving, still = icons(client, sample("two-frames")), icons(client, sample("rgb"))
    assert_image_close(moving["favicon-48x48.png"], still["favicon-48x48.png"], within=1)


@pytest.mark.parametrize(
    "settings",
    [
        {"padding": -1},
        {"padding": 45.1},
        {"padding": "10"},
        {"borderRadius": -0.1},
        {"borderRadius": 51},
        {"backgroundColor": "blurple"},
        {"backgroundColor": 3},
        {"fit": "fill"},
        {"sizes": [16]},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def test_what_is_no_picture_is_refused(client: ToolClient, photo: Path) -> None:
    assert client.refusal(TOOL, photo.read_bytes()[:20_000]) == (422, "DECODE_FAILED")
    assert client.refusal(TOOL, b"no picture") == (400, "INVALID_IMAGE")
    assert client.refusal(TOOL) == (400, "NO_FILE")
