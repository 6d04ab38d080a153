"""An animation of many pictures."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from ashim_gif.spool import spooled
from numpy.typing import NDArray

from ashim_core.plugin import Size, from_numpy
from ashim_core.testing import ToolClient, plain, sample

TOOL = "gif-tools"
JOIN = {"action": "from-frames"}
Frame = NDArray[np.uint8]
Run = Callable[..., Any]
Told = Callable[..., dict[str, Any]]


def flat(width: int, height: int, *colour: int) -> bytes:
    return plain(width, height, *colour).pngsave_buffer()


def test_each_picture_becomes_a_frame(
    run: Run, palette_film: list[Frame], as_seen: Callable[..., Frame]
) -> None:
    files = [from_numpy(frame).pngsave_buffer() for frame in palette_film]
    film = run(*files, **JOIN, name="a.png")
    assert (film.format, film.delays, film.loop) == ("GIF", [100] * 4, 0)
    assert (film.frames == as_seen(palette_film)).all()


@pytest.mark.parametrize("format", ["gif", "webp", "apng"])
def test_times_and_loop(run: Run, format: str) -> None:
    files = [flat(9, 7, value, 0, 0) for value in (10, 90, 170)]
    film = run(*files, **JOIN, format=format, delay=250, loop=2)
    assert (film.delays, film.loop) == ([250] * 3, 2)
    assert film.frames[:, 3, 3].tolist() == [[value, 0, 0, 255] for value in (10, 90, 170)]
    assert run(*files, **JOIN, format=format, delays=[40, 500, 60]).delays == [40, 500, 60]


def test_all_get_the_size_of_the_first(run: Run) -> None:
    files = flat(40, 20, 255, 0, 0), flat(20, 20, 0, 255, 0)
    contained = run(*files, **JOIN)
    assert contained.size == (40, 20)
    assert contained.frames[1, 10, [5, 15, 35]].tolist() == [[0] * 4, [0, 255, 0, 255], [0] * 4]
    blue = run(*files, **JOIN, background="#0000ff").frames[1]
    assert blue[10, 5].tolist() == [0, 0, 255, 255]
    for fit in ("cover", "fill"):
        assert (run(*files, **JOIN, fit=fit).frames[1] == (0, 255, 0, 255)).all()


def test_cover_cuts_and_fill_stretches(run: Run) -> None:
    halves = plain(20, 20, 255, 0, 0).insert(plain(20, 10, 0, 0, 255), 0, 10).pngsave_buffer()
    files = flat(40, 20, 0, 0, 0), plain(10, 10, 9, 9, 9).pngsave_buffer(), halves
    cut = run(*files, **JOIN, fit="cover").frames[2]
    stretched = run(*files, **JOIN, fit="fill").frames[2]
    assert cut.shape == stretched.shape == (20, 40, 4)
    assert cut[1, 20].tolist() == stretched[1, 20].tolist() == [255, 0, 0, 255]


def test_pictures_of_all_kinds_are_upright(run: Run) -> None:
    names = ("rgb", "grey", "palette", "jpeg", "orientation-6", "two-frames", "tiff", "avif")
    film = run(*map(sample, names), **JOIN, format="webp", quality=95)
    assert film.size == (48, 32)
    for frame in film.frames:
        assert (frame[..., 3] == 255).all()
    red = film.frames[:, 8, 12, :3].astype(int)
    assert (np.abs(np.delete(red, 1, 0) - (255, 0, 0)).max(axis=1) < 40).all()


def test_a_first_picture_that_can_hold_a_film_decides_the_format(run: Run) -> None:
    assert run(sample("webp"), sample("rgb"), **JOIN).format == "WEBP"
    assert run(sample("two-frames"), sample("rgb"), **JOIN).format == "GIF"
    assert run(sample("rgb"), sample("webp"), **JOIN).format == "GIF"


def test_an_animation_among_the_pictures_gives_its_first_frame(told: Told) -> None:
    said = told(sample("rgb"), sample("two-frames"), **JOIN)
    assert said["notes"] == ["animation: only the first of 2 frames was used"]
    assert said["frames"] == 2


def test_one_picture_is_refused(told: Told) -> None:
    said = told(sample("rgb"), **JOIN)
    assert (said["status"], said["code"]) == (400, "NO_FILE")
    assert said["error"] == (
        "One picture makes no animation: expected 2 to 500 files for from-frames but received 1."
    )


def test_times_have_to_be_as_many_as_files(told: Told) -> None:
    said = told(sample("rgb"), sample("rgb"), **JOIN, delays=[40, 40, 40])
    assert (said["status"], said["code"]) == (400, "INVALID_SETTINGS")
    assert said["details"] == [
        {"field": "delays", "expected": "2 numbers", "received": "3 numbers"}
    ]


def test_the_file_that_is_damaged_is_named(client: ToolClient) -> None:
    torn = plain(64, 64, 1, 2, 3).jpegsave_buffer()[:-40]
    answer: Any = client.post(TOOL, sample("rgb"), torn, name="b.jpg", **JOIN)
    assert (answer.status_code, answer.json["code"]) == (422, "DECODE_FAILED")
    assert "b.jpg" in answer.json["error"]
    answer = client.post(TOOL, sample("rgb"), b"no picture", name="c.png", **JOIN)
    assert answer.json["error"].startswith("c.png: ")


def test_too_many_pixels_are_refused(client: ToolClient) -> None:
    large = pyvips.Image.black(6000, 6000).pngsave_buffer()
    assert client.refusal(TOOL, large, large, large, **JOIN) == (413, "TOO_MANY_PIXELS")


def test_frames_lie_in_a_file_that_nobody_else_sees(
    tmp_path: Path, palette_film: list[Frame]
) -> None:
    pictures = (from_numpy(frame) for frame in palette_film)
    frames = spooled(pictures, Size(40, 30), tmp_path / "frames")
    assert [*tmp_path.iterdir()] == []
    for frame, wanted in zip(reversed(frames), reversed(palette_film), strict=True):
        assert (frame.numpy()[:, :, :3] == wanted).all()
        assert frame.hasalpha()


def test_a_batch_makes_a_film_of_each_file(client: ToolClient) -> None:
    def batch(settings: str) -> Any:
        files = [(io.BytesIO(sample("two-frames")), f"{name}.gif") for name in "ab"]
        data = {"settings": settings, "files": files}
        address = f"/api/v1/tools/{TOOL}/batch"
        return client.http.post(address, data=data, content_type="multipart/form-data")

    assert batch('{"action": "reverse"}').mimetype == "application/zip"
    refused = batch('{"action": "from-frames"}')
    assert (refused.status_code, refused.json["code"]) == (422, "ALL_FAILED")
    assert "expected 2 to 500 files" in refused.text
