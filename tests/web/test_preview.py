"""Previews: what a page can show of any picture, and of which nothing is kept."""

import importlib.util
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.errors import AshimError, Cancelled
from ashim_core.own import PREVIEW, PreviewSettings
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.client import make_client
from ashim_core.testing.samples import oriented, plain, scene
from ashim_core.tool import ImageTool, Size
from tests import hostile
from tests.data import plain as plain_tools
from tests.imaging.profiles import numbers, profile

PATH = "/api/v1/preview"
JXL = b"\0\0\0\x0cJXL \r\n\x87\n"
HEIF = importlib.util.find_spec("pillow_heif")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """A client of all formats that are installed."""
    with closing(make_client(tmp_path_factory.mktemp("preview"))) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_stays(client: ToolClient) -> Iterator[None]:
    yield
    assert not left(client)


def left(client: ToolClient) -> list[Path]:
    """Give what is in the folders of jobs, at work or kept."""
    data = client.core.config.data_dir
    work = data / "work" / client.core.jobs.work.instance
    return [*work.iterdir(), *(data / "jobs").iterdir()]


def post(client: ToolClient, *files: bytes, **fields: Any) -> Any:
    uploads = [(io.BytesIO(data), f"{number}.dat") for number, data in enumerate(files)]
    response = client.http.post(
        PATH, data={"file": uploads, **fields}, content_type="multipart/form-data"
    )
    response.request.environ["wsgi.input"].close()
    return response


def shown(client: ToolClient, data: bytes, **fields: Any) -> pyvips.Image:
    """Give the preview of a picture, decoded."""
    response = post(client, data, **fields)
    assert (response.status_code, response.mimetype) == (200, "image/webp"), response.text
    return pyvips.Image.new_from_buffer(response.data, "", n=-1)


def refusal(response: Any) -> tuple[int, str]:
    assert response.json["statusCode"] == response.status_code
    return response.status_code, response.json["code"]


def corners(image: pyvips.Image) -> pyvips.Image:
    """Give a picture without what is uncertain at the edges of its colours."""
    return image.shrink(image.width / 2, image.height / 2)


@pytest.mark.parametrize("kind", ["rgb", "jpeg", "webp", "tiff", "avif", "16-bit", "two-frames"])
def test_it_looks_like_the_picture(client: ToolClient, kind: str) -> None:
    """Of an animation like its first frame."""
    image = shown(client, sample(kind))
    assert (image.width, image.height, image.interpretation) == (48, 32, "srgb")
    assert_image_close(corners(image), corners(scene()), within=16)


@pytest.mark.skipif(HEIF is None, reason="needs pillow-heif")
def test_it_shows_what_browsers_do_not_read(client: ToolClient) -> None:
    pillow_heif = importlib.import_module("pillow_heif")
    stream = io.BytesIO()
    pixels = scene(64, 64)
    pillow_heif.encode("RGB", (64, 64), pixels.write_to_memory(), stream, format="HEIF", quality=95)
    image = shown(client, stream.getvalue())
    assert (image.width, image.height) == (64, 64)
    assert_image_close(corners(image), corners(pixels), within=16)


@pytest.mark.parametrize(
    ("width", "height", "fields", "size"),
    [
        (3000, 1500, {}, (1024, 512)),
        (1500, 3000, {"size": "100"}, (50, 100)),
        (300, 300, {"size": "2048"}, (300, 300)),
        (4000, 10, {"size": "16"}, (16, 1)),
    ],
)
def test_it_fits_into_a_square_and_is_never_enlarged(
    client: ToolClient, width: int, height: int, fields: dict[str, str], size: tuple[int, int]
) -> None:
    image = shown(client, scene(width, height).jpegsave_buffer(), **fields)
    assert (image.width, image.height) == size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_upright(client: ToolClient, orientation: int) -> None:
    data = oriented(scene(640, 320), orientation).jpegsave_buffer(Q=95)
    image = shown(client, data, size="64")
    assert (image.width, image.height) == (64, 32)
    assert_image_close(corners(image), corners(scene(64, 32)), within=16)
    assert "orientation" not in image.get_fields()


def test_inks_become_light(client: ToolClient) -> None:
    image = shown(client, sample("cmyk"))
    assert (image.bands, image.interpretation) == (3, "srgb")
    assert image(3, 3)[0] > 180
    assert image(3, 3)[1] < 120


@pytest.mark.parametrize("space", ["display-p3", "adobe-rgb"])
def test_a_wide_gamut_becomes_srgb(client: ToolClient, space: str) -> None:
    colour = (200, 60, 90)
    image = plain(64, 64, *numbers(space, colour)).copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile(space))  # type: ignore[arg-type]
    made = shown(client, image.pngsave_buffer())
    assert made(30, 30) == pytest.approx(colour, abs=4)
    assert "icc-profile-data" not in made.get_fields()


def test_what_can_be_seen_through_stays_so(client: ToolClient) -> None:
    image = shown(client, sample("rgba"))
    assert image.hasalpha()
    assert [image(x, 16)[3] for x in (1, 46)] == pytest.approx([247, 8], abs=16)


def test_the_decoder_skips_what_nobody_will_see(client: ToolClient) -> None:
    tool = client.core.registry.runnable(PREVIEW)
    assert isinstance(tool, ImageTool)
    assert tool.shrink is not None
    less = [tool.shrink(PreviewSettings(size=500), Size(*size)) for size in ((4000, 9), (9, 9))]
    assert [found and found.factor for found in less] == [8, 1]


def test_the_answer_can_be_shown_and_is_kept_nowhere(client: ToolClient) -> None:
    response = post(client, sample("rgb"))
    assert response.headers["Content-Disposition"] == "inline; filename=preview.webp"
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) == len(response.data)


@pytest.mark.parametrize(
    "form", ["/files/{id}", "/api/v1/files/{id}", "/api/v1/files/{id}/download"]
)
def test_it_can_be_of_a_file_in_the_library(client: ToolClient, form: str) -> None:
    kept: Any = client.http.post(
        "/api/v1/files/upload", data={"file": (io.BytesIO(sample("rgb")), "a.png")}
    ).json
    response = post(client, file=form.format(id=kept["files"][0]["id"]), size="16")
    image = pyvips.Image.new_from_buffer(response.data, "")
    assert (response.status_code, image.width, image.height) == (200, 16, 11)


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda: JXL, 422, "FORMAT_NOT_SUPPORTED"),
        (lambda: b"<html>", 400, "INVALID_IMAGE"),
        (lambda: b"", 400, "EMPTY_FILE"),
        (lambda: hostile.truncated("jpeg"), 422, "DECODE_FAILED"),
        (lambda: hostile.png_of(50_000, 50_000), 413, "TOO_MANY_PIXELS"),
    ],
    ids=["jxl", "html", "empty", "truncated", "bomb"],
)
def test_what_is_no_picture_is_refused_as_everywhere(
    client: ToolClient, make: Callable[[], bytes], status: int, code: str
) -> None:
    assert refusal(post(client, make())) == (status, code)
    assert client.refusal("convert", make(), format="webp") == (status, code)


def test_one_file_is_expected(client: ToolClient) -> None:
    assert refusal(post(client)) == (400, "NO_FILE")
    assert refusal(post(client, sample("rgb"), sample("rgb"))) == (400, "TOO_MANY_FILES")
    assert refusal(post(client, file=f"/files/{'0' * 32}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("size", ["15", "2049", "-1", "1.5", "large", "", "1e3"])
def test_the_size_has_bounds(client: ToolClient, size: str) -> None:
    response = post(client, sample("rgb"), size=size)
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json["details"][0]["field"] == "size"


@pytest.mark.parametrize("field", ["fileId", "settings", "siez"])
def test_no_other_field_is_taken(client: ToolClient, field: str) -> None:
    response = post(client, sample("rgb"), **{field: "16"})
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert response.json["details"][0]["field"] == field


def test_a_file_over_the_limit(ashim: MakeClient) -> None:
    client = ashim(plain_tools, max_upload_size_mb=1)
    assert refusal(post(client, sample("rgb").ljust(1024 * 1024 + 1, b"\0"))) == (
        *(413, "FILE_TOO_LARGE"),
    )
    assert not left(client)


class Endless:
    """A task that ends when it is cancelled, and not before."""

    def __init__(self) -> None:
        self.cancelled = False
        self._tell: Callable[[], None] = lambda: None

    def result(self) -> Any:
        raise Cancelled("The task was cancelled.")

    def cancel(self) -> None:
        self.cancelled = True
        self._tell()

    def when_done(self, tell: Callable[[], None]) -> None:
        self._tell = tell


def test_who_hangs_up_ends_the_work_and_leaves_nothing(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Endless()
    monkeypatch.setattr(client.core.jobs.executor, "submit", lambda *given: task)
    monkeypatch.setattr("ashim_core.web.running.whether_gone", lambda: lambda: True)
    assert refusal(post(client, sample("rgb"))) == (409, "CANCELLED")
    assert task.cancelled


def test_a_failure_of_the_server_leaves_nothing(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(*given: Any) -> Any:
        raise AshimError("Something went wrong on the server.")

    monkeypatch.setattr(client.core.jobs.executor, "submit", submit)
    assert post(client, sample("rgb")).status_code == 500


def test_workers_make_it(server: ToolClient) -> None:
    response = post(server, scene(2000, 1000).jpegsave_buffer())
    image = pyvips.Image.new_from_buffer(response.data, "")
    assert (response.status_code, image.width, image.height) == (200, 1024, 512)


def test_it_is_described_with_its_form(client: ToolClient) -> None:
    document: Any = client.http.get("/api/v1/openapi.json").json
    operation = document["paths"][PATH]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert "/files/<id>" in form["properties"]["file"]["description"]
    size = form["properties"]["size"]
    assert (size["minimum"], size["maximum"], size["default"]) == (16, 2048, 1024)
    assert list(operation["responses"]["200"]["content"]) == ["image/webp"]
    assert "206" not in operation["responses"]
    assert "parameters" not in operation
