"""Formats that come with packages: every tool takes them, and the gate holds for them, too."""

import io
import json
from pathlib import Path
from typing import Any

import ashim_essentials.convert
import ashim_essentials.resize
import pytest
import pyvips

from ashim_core.discovery import Sources, discover
from ashim_core.imaging import encode
from ashim_core.imaging.decoded import Animation
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.samples import plain as colour
from tests.data import plain, toy

RED, GREEN = b"\xff\0\0", b"\0\xff\0"


def picture(
    width: int = 4, height: int = 2, frames: int = 1, turn: int = 1, pixels: bytes | None = None
) -> bytes:
    """Make a file of the toy format: the top row is red, the others are green."""
    frame = RED * width + GREEN * (width * (height - 1)) if pixels is None else b""
    head = toy.HEADER.pack(b"TOY1", width, height, frames, turn)
    return head + (frame * frames if pixels is None else pixels)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain, toy, ashim_essentials.convert, ashim_essentials.resize)


def run(client: ToolClient, tool: str, data: bytes, **settings: Any) -> Any:
    response = client.http.post(
        f"/api/v1/tools/{tool}",
        data={"file": (io.BytesIO(data), "a.toy"), "settings": json.dumps(settings)},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def test_a_picture_of_a_package_is_read_and_written(client: ToolClient) -> None:
    response = run(client, "same", picture())
    assert (response.status_code, response.mimetype) == (200, "image/x-toy")
    assert response.data == picture()
    assert 'filename="a_same.toy"' in response.headers["Content-Disposition"]


def test_it_becomes_any_other_format(client: ToolClient) -> None:
    image = client.run("convert", picture(), format="png")
    assert [image(0, 0), image(3, 1)] == [[255, 0, 0], [0, 255, 0]]


def test_it_can_be_chosen_where_a_format_can(client: ToolClient) -> None:
    response = run(client, "convert", sample("rgb"), format="TOY")
    assert (response.status_code, response.mimetype) == (200, "image/x-toy")
    assert response.data == run(client, "same", response.data).data
    steps = json.dumps([{"toolId": "convert", "settings": {"format": "toy"}}, {"toolId": "same"}])
    answer = client.http.post(
        "/api/v1/pipeline/execute",
        data={"file": (io.BytesIO(sample("rgb")), "a.png"), "pipeline": steps},
    )
    assert answer.data == response.data
    answer.close()


def test_where_it_can_be_chosen_is_told(client: ToolClient) -> None:
    names = ["jpeg", "png", "webp", "avif", "tiff", "gif", "toy", "heif"]
    tool: Any = client.http.get("/api/v1/tools/convert").json
    assert tool["settings"]["properties"]["format"]["enum"] == names
    assert "x-formats" not in json.dumps(tool)
    document: Any = client.http.get("/api/v1/openapi.json").json
    settings = document["components"]["schemas"]["ConvertSettings"]
    assert settings["properties"]["format"]["enum"] == names
    response = run(client, "convert", sample("rgb"), format="tou")
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")
    assert "'gif', 'toy' or 'heif' for 'format' but received \"tou\"" in response.json["error"]


def test_without_the_package_it_can_not_be_chosen(ashim: MakeClient) -> None:
    client = ashim(ashim_essentials.convert)
    response = run(client, "convert", sample("rgb"), format="toy")
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")


def test_its_orientation_is_applied_once(client: ToolClient) -> None:
    image = client.run("convert", picture(turn=6), format="png")
    assert (image.width, image.height) == (2, 4)
    assert image(1, 0) == [255, 0, 0]


def test_its_frames_and_delays_stay(client: ToolClient) -> None:
    response = run(client, "upside-down", picture(frames=3))
    assert response.data == toy.HEADER.pack(b"TOY1", 4, 2, 3, 1) + (GREEN * 4 + RED * 4) * 3
    two = picture(20, 20, frames=2, pixels=RED * 400 + GREEN * 400)
    data = run(client, "convert", two, format="webp").data
    animated = pyvips.Image.new_from_buffer(data, "", n=-1)
    assert (animated.get("delay"), animated.get("loop")) == ([40, 40], 2)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (picture(pixels=b"cut"), 422, "DECODE_FAILED"),
        (b"TOY1", 422, "DECODE_FAILED"),
        (picture(0, 5), 422, "DECODE_FAILED"),
        (picture(40_000, 40_000, pixels=b""), 413, "TOO_MANY_PIXELS"),
        (picture(9000, 9000, frames=2, pixels=b""), 413, "TOO_MANY_PIXELS"),
        (picture(pixels=b"memory"), 422, "OUT_OF_MEMORY"),
        (picture(pixels=b"smaller"), 422, "DECODE_FAILED"),
    ],
)
def test_what_its_files_say_is_not_believed(
    client: ToolClient, data: bytes, status: int, code: str
) -> None:
    response = run(client, "same", data)
    assert (response.status_code, response.json["code"]) == (status, code)


def test_its_longest_side_is_heeded(client: ToolClient) -> None:
    response = run(client, "resize", picture(900, 2), width=1001)
    assert (response.status_code, response.json["code"]) == (422, "FORMAT_NOT_SUPPORTED")


def test_without_the_package_the_answer_names_it(ashim: MakeClient) -> None:
    client = ashim(plain)
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    response = run(client, "same", heic)
    assert (response.status_code, response.json["code"]) == (422, "FORMAT_NOT_SUPPORTED")
    assert "install the package ashim-heif" in response.json["error"]


def test_the_list_of_formats_tells_of_it(client: ToolClient) -> None:
    body: Any = client.http.get("/api/v1/formats").json
    found = {item["name"]: item for item in body["formats"]}
    assert {"jpeg", "png", "webp", "avif", "tiff", "gif", "toy"} == found.keys()
    assert found["toy"] == {
        "name": "toy",
        "mediaType": "image/x-toy",
        "extension": "toy",
        "read": True,
        "write": True,
        "alpha": False,
        "animation": True,
        "profile": False,
        "defaultQuality": None,
        "distribution": "tests.data.toy",
    }


@pytest.mark.parametrize("name", ["jpeg", "TOY", "a b", ""])
def test_a_name_that_is_taken_or_none_fails_the_plugin(tmp_path: Path, name: str) -> None:
    module = tmp_path / "bad.py"
    module.write_text(
        "from ashim_core.plugin import Codec, hookimpl\n"
        "@hookimpl\n"
        "def ashim_codecs():\n"
        f"    yield Codec({name!r}, 'a/b', 'x', recognise=bool, probe=None, read=None)\n"
    )
    registry, plugins = discover(Sources(entry_points=False, plugins_dir=tmp_path))
    assert [plugin.status for plugin in plugins] == ["failed"]
    assert registry.formats.codecs == []


def test_a_library_keeps_it(client: ToolClient) -> None:
    response: Any = client.http.post(
        "/api/v1/upload",
        data={"file": (io.BytesIO(picture(30, 20)), "x.toy")},
        content_type="multipart/form-data",
    )
    file = response.json["files"][0]
    assert (file["mimeType"], file["width"], file["height"]) == ("image/x-toy", 30, 20)
    thumbnail = client.http.get(file["thumbnailUrl"])
    assert thumbnail.data.startswith(sample("jpeg")[:3])
    thumbnail.close()


def test_the_frames_that_a_codec_writes_are_those_of_the_strip() -> None:
    frames = [colour(4, 3, shade, 0, 255 - shade) for shade in (0, 100, 200)]
    given = encode._Frames(encode.join(tuple(frames), Animation((10, 20, 30), 0)))
    assert len(given) == 3
    for index in (0, 1, 2, 0, -1):
        assert_image_close(given[index], frames[index], within=0)
        assert given[index].interpretation == "srgb"
    assert [frame(0, 0) for frame in given[1:]] == [frame(0, 0) for frame in frames[1:]]
    with pytest.raises(IndexError):
        given[3]


def test_a_frame_is_computed_once_for_all_that_a_codec_does_with_it() -> None:
    strip = encode.join((colour(4, 3, 0, 0, 0), colour(4, 3, 9, 9, 9)), Animation((10, 20), 0))
    given = encode._Frames(strip)
    assert given[1] is given[1]
