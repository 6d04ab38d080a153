"""Pictures of frames: which, in what format, and under which names."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray

from ashim_core.testing import ToolClient, sample

TOOL = "gif-tools"
Frame = NDArray[np.uint8]
Told = Callable[..., dict[str, Any]]
Unpacked = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="module")
def film(make_film: Callable[..., bytes], palette_film: list[Frame]) -> bytes:
    return make_film(palette_film)


def pixels(data: bytes) -> Frame:
    result: Frame = pyvips.Image.new_from_buffer(data, "").numpy()
    return result[:, :, :3]


def extract(unpacked: Unpacked, film: bytes, **settings: Any) -> dict[str, bytes]:
    return unpacked(film, action="extract-frames", **settings)


def test_one_frame(unpacked: Unpacked, film: bytes, palette_film: list[Frame]) -> None:
    for settings, number in (
        ({}, 0),
        ({"frameNumber": 2}, 2),
        ({"extractMode": "single", "frameNumber": 3}, 3),
    ):
        ((name, data),) = extract(unpacked, film, **settings).items()
        assert name == f"film_frame{number}.png"
        assert (pixels(data) == palette_film[number]).all()


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        ({"extractMode": "all"}, [0, 1, 2, 3]),
        ({"extractMode": "range"}, [0, 1, 2, 3]),
        ({"extractMode": "range", "frameStart": 1, "frameEnd": 2}, [1, 2]),
        ({"frameStart": 2}, [2, 3]),
        ({"frameEnd": 0}, [0]),
    ],
)
def test_several_frames(
    unpacked: Unpacked,
    film: bytes,
    palette_film: list[Frame],
    settings: dict[str, Any],
    numbers: list[int],
) -> None:
    found = extract(unpacked, film, **settings)
    assert [*found] == [f"frame_{number:04}.png" for number in numbers]
    for number, data in zip(numbers, found.values(), strict=True):
        assert (pixels(data) == palette_film[number]).all()


@pytest.mark.parametrize(
    ("format", "name", "loader"),
    [
        ("png", "frame_0003.png", "pngload_buffer"),
        ("webp", "frame_0003.webp", "webpload_buffer"),
        ("jpeg", "frame_0003.jpg", "jpegload_buffer"),
        ("jpg", "frame_0003.jpg", "jpegload_buffer"),
        ("avif", "frame_0003.avif", "heifload_buffer"),
    ],
)
def test_the_format_of_the_pictures(
    client: ToolClient, film: bytes, format: str, name: str, loader: str
) -> None:
    settings: dict[str, Any] = {
        "action": "extract-frames",
        "frameStart": 3,
        "extractFormat": format,
    }
    with zipfile.ZipFile(io.BytesIO(client.post(TOOL, film, **settings).data)) as archive:
        assert archive.namelist() == [name]
        data = archive.read(name)
    assert pyvips.Image.new_from_buffer(data, "").get("vips-loader") == loader
    still = client.post(TOOL, film, action="first-frame", extractFormat=format)
    assert pyvips.Image.new_from_buffer(still.data, "").get("vips-loader") == loader


def test_the_quality_of_the_pictures(unpacked: Unpacked, film: bytes) -> None:
    sizes = []
    for quality in (10, 95):
        (data,) = extract(unpacked, film, extractFormat="webp", quality=quality).values()
        sizes.append(len(data))
    assert sizes[0] * 2 < sizes[1]


def test_transparency_that_a_format_can_not_hold_is_told(
    told: Told, make_film: Callable[..., bytes], sprites: list[Frame]
) -> None:
    data = make_film(sprites, disposal=2)
    said = told(data, action="extract-frames", extractMode="all", extractFormat="jpeg")
    assert said["notes"] == ["alpha: flattened on #ffffff, jpeg has none"]
    assert said["frames"] == len(said["outputs"]) == 5


def test_a_frame_behind_the_last_is_refused(told: Told, film: bytes) -> None:
    for settings, field in (
        ({"frameNumber": 4}, "frameNumber"),
        ({"frameStart": 4}, "frameStart"),
        ({"frameStart": 1, "frameEnd": 4}, "frameEnd"),
    ):
        said = told(film, action="extract-frames", **settings)
        assert (said["status"], said["code"]) == (422, "NO_SUCH_FRAME")
        assert said["details"] == [{"field": field, "expected": "0 to 3", "received": "4"}]
    said = told(film, action="add-text", text="Hi", frameEnd=4)
    assert (said["code"], said["details"][0]["field"]) == ("NO_SUCH_FRAME", "frameEnd")
    said = told(sample("rgb"), action="extract-frames", frameNumber=1)
    assert said["details"] == [{"field": "frameNumber", "expected": "0", "received": "1"}]


def test_the_first_frame(client: ToolClient, film: bytes, palette_film: list[Frame]) -> None:
    answer = client.post(TOOL, film, name="film.gif", action="first-frame")
    assert "film_gif-tools.png" in answer.headers["Content-Disposition"]
    assert (pixels(answer.data) == palette_film[0]).all()
