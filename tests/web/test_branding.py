"""The logo: what becomes of an upload, in pixels, and what is refused."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.testing.samples import scene
from tests import hostile
from tests.data import plain
from tests.web.people import ask, open_server, refusal, root

LOGO = "/api/v1/branding/logo"
ADDRESSES = (LOGO, "/api/v1/settings/logo")
CLEAR = [0, 0, 0, 0]
KIB = 1024


def upload(client: ToolClient, *files: bytes, address: str = LOGO) -> Any:
    """Post files as the logo; give the answer."""
    data = {"file": [(io.BytesIO(file), "logo.png") for file in files]}
    response = client.http.post(address, data=data, content_type="multipart/form-data")
    response.request.environ["wsgi.input"].close()  # Werkzeug spools large bodies to a file
    return response


def stored(client: ToolClient, address: str = LOGO) -> pyvips.Image:
    """Fetch the logo, which must be a PNG of the one size, and decode it."""
    with client.http.get(address) as response:
        assert (response.status_code, response.mimetype) == (200, "image/png")
        assert response.data.startswith(b"\x89PNG\r\n\x1a\n")
        image = pyvips.Image.new_from_buffer(response.data, "")
    assert (image.width, image.height, image.format) == (128, 128, "uchar")
    assert image.hasalpha()
    return image.colourspace("srgb")


def made_of(client: ToolClient, picture: bytes) -> pyvips.Image:
    """Upload a picture and give the logo that it became."""
    response = upload(client, picture)
    assert (response.status_code, response.json) == (200, {"ok": True}), response.text
    return stored(client)


def opaque_box(image: pyvips.Image) -> tuple[int, int, int, int]:
    """Give left, top, width and height of what is not transparent; all around it is clear."""
    seen = image[3] > 0
    assert seen.ifthenelse(0, image).max() == 0
    left, top, width, height = seen.find_trim(background=[0], threshold=1, line_art=True)
    return left, top, width, height


def is_near(pixel: list[float], *expected: int) -> bool:
    return all(abs(one - other) <= 2 for one, other in zip(pixel, expected, strict=True))


def flat(width: int, height: int, *colour: int) -> pyvips.Image:
    """Draw one colour."""
    black = pyvips.Image.black(width, height, bands=len(colour))
    return (black + list(colour)).cast("uchar").copy(interpretation="srgb")


@pytest.fixture
def branding(client: ToolClient) -> Path:
    """The folder that holds the logo of `client`."""
    return client.core.config.data_dir / "branding"


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which an upload is still there, in whichever server."""
    usual = request.getfixturevalue("jobs") if "client" in request.fixturenames else None
    yield
    folders = filter(None, (usual, tmp_path / "ashim" / "jobs"))
    left = [job for folder in folders if folder.exists() for job in folder.iterdir()]
    assert not left, f"expected no job folder to be left behind, found {left}"


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((128, 128), (0, 0, 128, 128)),
        ((1, 1), (63, 63, 1, 1)),
        ((64, 32), (32, 48, 64, 32)),
        ((400, 200), (0, 32, 128, 64)),
        ((200, 400), (32, 0, 64, 128)),
        ((1024, 1024), (0, 0, 128, 128)),
        ((128, 10), (0, 59, 128, 10)),
        ((3000, 3), (0, 63, 128, 1)),
    ],
    ids=str,
)
def test_a_picture_is_fitted_inside_and_never_enlarged(
    client: ToolClient, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    logo = made_of(client, flat(*size, 200, 10, 20).pngsave_buffer())
    assert opaque_box(logo) == box
    left, top, width, height = box
    assert is_near(logo(left + width // 2, top + height // 2), 200, 10, 20, 255)


@pytest.mark.parametrize(
    "name", ["rgb", "jpeg", "16-bit", "palette", "two-frames", "webp", "tiff", "orientation-6"]
)
def test_the_corners_are_where_they_were(client: ToolClient, name: str) -> None:
    logo = made_of(client, sample(name))
    assert opaque_box(logo) == (40, 48, 48, 32)
    assert is_near(logo(44, 52), 255, 0, 0, 255)
    assert is_near(logo(84, 52), 0, 255, 0, 255)
    assert is_near(logo(44, 76), 0, 0, 255, 255)
    assert is_near(logo(84, 76), 255, 255, 255, 255)
    assert [logo(39, 64), logo(88, 64), logo(64, 47), logo(64, 80)] == [CLEAR] * 4


def test_grey_stays_grey(client: ToolClient) -> None:
    logo = made_of(client, flat(64, 64, 100, 100, 100).colourspace("b-w").pngsave_buffer())
    assert opaque_box(logo) == (32, 32, 64, 64)
    assert is_near(logo(64, 64), 100, 100, 100, 255)


def test_cmyk_becomes_rgb(client: ToolClient) -> None:
    picture = flat(64, 64, 255, 0, 0).colourspace("cmyk").jpegsave_buffer(keep=0)
    logo = made_of(client, picture)
    red, green, blue, alpha = logo(64, 64)
    assert (red > 150, green < 90, blue < 90, alpha) == (True, True, True, 255)


def test_transparency_is_kept(client: ToolClient) -> None:
    logo = made_of(client, flat(64, 64, 200, 10, 20, 100).pngsave_buffer())
    assert opaque_box(logo) == (32, 32, 64, 64)
    assert is_near(logo(64, 64), 200, 10, 20, 100)


def test_clear_pixels_leave_no_colour_at_the_edges(client: ToolClient) -> None:
    clear_green = flat(256, 256, 0, 255, 0, 0)
    picture = clear_green.insert(flat(101, 256, 255, 0, 0, 255), 0, 0)
    logo = made_of(client, picture.pngsave_buffer())
    assert 0 < logo(50, 64)[3] < 255
    assert is_near(logo(50, 64)[:3], 255, 0, 0)


def test_sixteen_bits_become_eight(client: ToolClient) -> None:
    picture = flat(64, 64, 200, 10, 20).colourspace("rgb16").pngsave_buffer()
    assert is_near(made_of(client, picture)(64, 64), 200, 10, 20, 255)


def test_the_first_frame_is_taken(client: ToolClient) -> None:
    logo = made_of(client, sample("two-frames"))
    assert is_near(logo(44, 52), 255, 0, 0, 255)


def test_what_the_picture_says_about_itself_is_left_out(client: ToolClient) -> None:
    picture = scene().copy()
    picture.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "somebody (somebody, ASCII)")
    logo = made_of(client, picture.jpegsave_buffer())
    assert [name for name in logo.get_fields() if "exif" in name or "xmp" in name] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_both_addresses_are_the_same(client: ToolClient, address: str) -> None:
    assert upload(client, sample("rgb"), address=address).json == {"ok": True}
    first, second = (stored(client, where) for where in ADDRESSES)
    assert (first - second).abs().max() == 0
    assert client.http.delete(address).json == {"ok": True}
    for where in ADDRESSES:
        assert refusal(client.http.get(where)) == (404, "NOT_FOUND")


def test_without_a_logo_there_is_none(client: ToolClient) -> None:
    for address in ADDRESSES:
        assert refusal(client.http.get(address)) == (404, "NOT_FOUND")


def test_the_latest_upload_counts(client: ToolClient, branding: Path) -> None:
    made_of(client, flat(64, 64, 255, 0, 0).pngsave_buffer())
    logo = made_of(client, flat(64, 64, 0, 0, 255).pngsave_buffer())
    assert is_near(logo(64, 64), 0, 0, 255, 255)
    assert [path.name for path in branding.iterdir()] == ["logo.png"]


def test_deleting_twice_is_fine(client: ToolClient, branding: Path) -> None:
    made_of(client, sample("rgb"))
    for _ in range(2):
        response = client.http.delete(LOGO)
        assert (response.status_code, response.json) == (200, {"ok": True})
    assert list(branding.iterdir()) == []


def test_the_setting_says_whether_there_is_a_logo(client: ToolClient) -> None:
    def setting() -> Any:
        answer: Any = client.http.get("/api/v1/settings/customLogo").json
        return answer["value"]

    assert setting() == "false"
    upload(client, sample("rgb"))
    assert setting() == "true"
    upload(client, b"no picture")
    assert setting() == "true"
    client.http.delete(LOGO)
    assert setting() == "false"
    upload(client, b"no picture")
    assert setting() == "false"


def test_everybody_sees_the_logo_and_few_change_it(ashim: MakeClient) -> None:
    client = open_server(ashim)
    admin = root(client)
    user = admin.register("user")
    for headers, status, code in (
        ({}, 401, "AUTH_REQUIRED"),
        (user.headers, 403, "FORBIDDEN"),
    ):
        data = {"file": (io.BytesIO(sample("rgb")), "logo.png")}
        assert refusal(client.http.post(LOGO, data=data, headers=headers)) == (status, code)
        assert refusal(ask(client, "DELETE", LOGO, headers=headers)) == (status, code)
    data = {"file": (io.BytesIO(sample("rgb")), "logo.png")}
    assert client.http.post(LOGO, data=data, headers=admin.headers).status_code == 200
    assert opaque_box(stored(client)) == (40, 48, 48, 32)


def test_a_logo_that_has_not_changed_is_not_sent_again(client: ToolClient) -> None:
    upload(client, sample("rgb"))
    with client.http.get(LOGO) as response:
        tag = response.headers["ETag"]
        assert "no-cache" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    with client.http.get(LOGO, headers={"If-None-Match": tag}) as response:
        assert (response.status_code, response.data) == (304, b"")
    upload(client, sample("jpeg"))
    with client.http.get(LOGO, headers={"If-None-Match": tag}) as response:
        assert response.status_code == 200
        assert response.headers["ETag"] != tag


def test_up_to_500_kb_are_accepted(client: ToolClient) -> None:
    noise = pyvips.Image.gaussnoise(400, 400, seed=1).cast("uchar").pngsave_buffer()
    assert len(noise) < 500 * KIB
    padded = noise + bytes(500 * KIB - len(noise))
    assert upload(client, padded).status_code == 200
    response = upload(client, padded + b"\0")
    assert refusal(response) == (413, "FILE_TOO_LARGE")
    assert "500 KB" in response.json["message"]


@pytest.mark.parametrize("size", [500 * KIB + 1, 4 * KIB * KIB])
def test_more_than_500_kb_are_refused(client: ToolClient, size: int) -> None:
    assert refusal(upload(client, bytes(size))) == (413, "FILE_TOO_LARGE")


def test_the_operator_says_how_large_a_logo_may_be(ashim: MakeClient) -> None:
    client = ashim(plain, max_logo_size_kb=1)
    picture = sample("rgb")
    assert len(picture) < KIB
    assert upload(client, picture + bytes(KIB - len(picture))).status_code == 200
    response = upload(client, picture + bytes(KIB - len(picture) + 1))
    assert refusal(response) == (413, "FILE_TOO_LARGE")
    assert "1 KB" in response.json["message"]


REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 400, "EMPTY_FILE"),
    "text": (lambda: b"just some text\n" * 20, 400, "INVALID_IMAGE"),
    "html": (lambda: b"<html><script>alert(1)</script>", 400, "INVALID_IMAGE"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "FORMAT_NOT_SUPPORTED"),
    "pdf": (lambda: b"%PDF-1.7\n", 422, "FORMAT_NOT_SUPPORTED"),
    "50000 x 50000": (lambda: hostile.png_of(50_000, 50_000), 413, "TOO_MANY_PIXELS"),
    "10000 frames": (lambda: hostile.gif_of(10_000), 422, "TOO_COMPLEX"),
    "garbage": (lambda: hostile.garbage_behind(b"\x89PNG\r\n\x1a\n"), 422, "DECODE_FAILED"),
    "truncated PNG": (lambda: hostile.truncated("rgb"), 422, "DECODE_FAILED"),
    "truncated JPEG": (lambda: hostile.truncated("jpeg"), 422, "DECODE_FAILED"),
    "truncated GIF": (lambda: hostile.truncated("two-frames"), 422, "DECODE_FAILED"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_sound_picture_is_refused(client: ToolClient, name: str) -> None:
    make, status, code = REFUSED[name]
    before = made_of(client, sample("rgb"))
    assert refusal(upload(client, make())) == (status, code)
    assert (stored(client) - before).abs().max() == 0


@pytest.mark.parametrize("files", [(), (sample("rgb"), sample("rgb"))], ids=["none", "two"])
def test_one_file_is_expected(client: ToolClient, files: tuple[bytes, ...]) -> None:
    response = upload(client, *files)
    assert refusal(response) == (400, "INVALID_REQUEST")
    assert response.json["details"] == [
        {"field": "file", "expected": "1 file", "received": f"{len(files)} files"}
    ]
    assert refusal(client.http.get(LOGO)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "options",
    [
        {"json": {}},
        {"data": sample("rgb"), "content_type": "image/png"},
        {},
    ],
    ids=["JSON", "the bare file", "no body"],
)
def test_other_bodies_hold_no_file(client: ToolClient, options: dict[str, Any]) -> None:
    assert refusal(client.http.post(LOGO, **options)) == (400, "INVALID_REQUEST")


def test_changes_are_written_down(client: ToolClient) -> None:
    upload(client, sample("rgb"))
    client.http.delete(LOGO)
    log: Any = client.http.get("/api/v1/audit-log").json
    assert [(entry["action"], entry["details"]) for entry in log["entries"]] == [
        ("LOGO_DELETED", {"customLogo": False}),
        ("LOGO_UPDATED", {"customLogo": True}),
    ]


def test_a_logo_is_seen_by_every_process(ashim: MakeClient) -> None:
    one, other = ashim(plain), ashim(plain)
    upload(one, sample("rgb"))
    assert opaque_box(stored(other)) == (40, 48, 48, 32)
    other.http.delete(LOGO)
    assert refusal(one.http.get(LOGO)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda: sample("16-bit"), 200, None),
        (lambda: sample("two-frames"), 200, None),
        (lambda: hostile.truncated("jpeg"), 422, "DECODE_FAILED"),
        (lambda: hostile.png_of(50_000, 50_000), 413, "TOO_MANY_PIXELS"),
        (lambda: b"<html>", 400, "INVALID_IMAGE"),
    ],
    ids=["16-bit", "animation", "truncated", "bomb", "html"],
)
def test_workers_make_the_logo(
    server: ToolClient, make: Callable[[], bytes], status: int, code: str | None
) -> None:
    response = upload(server, make())
    assert (response.status_code, response.json.get("code")) == (status, code)
    if status == 200:
        assert opaque_box(stored(server)) == (40, 48, 48, 32)
    assert server.http.delete(LOGO).status_code == 200
