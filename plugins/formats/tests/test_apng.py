"""APNG: frames as browsers show them, timing, and files that others read."""

import io
from pathlib import Path
from typing import Any

import ashim_formats.apng
import numpy
import pytest
import pyvips
from PIL import Image, PngImagePlugin

from ashim_core.plugin import Writing
from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene

KEEP, CLEAR, PREVIOUS = 0, 1, 2
SOURCE, OVER = 0, 1


def by_pillow(frames: list[Image.Image], **options: Any) -> bytes:
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def dot(colour: tuple[int, ...], place: int) -> Image.Image:
    """Give a picture of 4 x 1 pixels, transparent but for one."""
    image = Image.new("RGBA", (4, 1))
    image.putpixel((place, 0), colour)
    return image


def shown(client: ToolClient, data: bytes) -> Any:
    """Give all frames as the pages of a TIFF."""
    result = client.run("convert", data, format="tiff")
    return result.numpy().reshape(
        -1, int(str(result.get("page-height"))), result.width, result.bands
    )


def test_frames_and_timing_stay(client: ToolClient) -> None:
    frames = [Image.fromarray(image.numpy()) for image in (scene(), scene().invert())]
    result = client.run(
        "convert", by_pillow(frames, duration=[70, 130], loop=3), format="webp", quality=95
    )
    assert (result.get("n-pages"), result.get("delay"), result.get("loop")) == (2, [70, 130], 3)
    assert_image_close(result.crop(0, 32, 48, 32)[:3], scene().invert(), within=8)


def over(top: tuple[int, ...], below: tuple[int, ...]) -> list[int]:
    """Give one colour over another, by the definition."""
    share, rest = top[3] / 255, below[3] / 255
    alpha = share + rest * (1 - share)
    colours = [
        (a * share + b * rest * (1 - share)) / alpha
        for a, b in zip(top[:3], below[:3], strict=True)
    ]
    return [round(value) for value in (*colours, 255 * alpha)]


def test_half_transparent_frames_lie_over_what_was_there(client: ToolClient) -> None:
    red, blue = (255, 0, 0, 128), (0, 0, 255, 128)
    data = by_pillow([dot(red, 1), dot(blue, 1)], blend=[SOURCE, OVER], disposal=KEEP)
    first, second = shown(client, data)
    assert first[0, 1].tolist() == list(red)
    assert second[0, 1].tolist() == pytest.approx(over(blue, red), abs=1)


@pytest.mark.parametrize(
    ("disposal", "third"),
    [
        (KEEP, [255, 255, 255, 0]),
        (CLEAR, [0, 0, 255, 0]),
        (PREVIOUS, [255, 0, 255, 0]),
    ],
)
def test_what_becomes_of_a_frame(client: ToolClient, disposal: int, third: list[int]) -> None:
    """The alpha of the third frame shows which of the dots before it are still there.

    The second frame is stored as the two pixels in which it differs from the first.
    """
    frames = [dot((9, 9, 9, 255), place) for place in (0, 1, 2)]
    data = by_pillow(frames, blend=[SOURCE, OVER, OVER], disposal=[KEEP, disposal, KEEP])
    assert shown(client, data)[2, 0, :, 3].tolist() == third


def test_a_first_picture_for_others_is_no_frame(client: ToolClient) -> None:
    colours = [Image.new("RGB", (8, 8), colour) for colour in ("white", "red", "blue")]
    result = shown(client, by_pillow(colours, default_image=True))
    assert [frame[0, 0, :3].tolist() for frame in result] == [[255, 0, 0], [0, 0, 255]]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_is_read(client: ToolClient, mode: str) -> None:
    frames = [Image.fromarray(image.numpy()).convert(mode) for image in (scene(), scene().rot180())]
    result = shown(client, by_pillow(frames))
    for found, expected in zip(result, frames, strict=True):
        assert numpy.array_equal(found[:, :, :3], numpy.asarray(expected.convert("RGB")))


def test_the_profile_is_honoured(client: ToolClient) -> None:
    profile: Any = pyvips.Operation.call("profile_load", "p3")
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((200, 100, 100), (0, 0, 0))]
    red, green, *_ = shown(client, by_pillow(frames, icc_profile=profile))[0, 0, 0].tolist()
    assert red > 205
    assert green < 98


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
def test_what_is_written_is_read_by_others(tmp_path: Path, name: str) -> None:
    strip = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
    frames = tuple(strip.crop(0, top, 48, 32) for top in (0, 32))
    path = tmp_path / "result.png"
    ashim_formats.apng.write(Writing(frames, 100, path, (70, 130), 3))
    with PngImagePlugin.PngImageFile(path) as image:
        assert (image.n_frames, image.info["loop"]) == (2, 3)
        for number, (frame, delay) in enumerate(zip(frames, (70, 130), strict=True)):
            image.seek(number)
            assert image.info["duration"] == delay
            seen = numpy.asarray(image.convert("RGBA"))[:, :, : frame.bands]
            assert numpy.array_equal(seen, frame.numpy())
    again = ashim_formats.apng.read(path, True)
    assert (again.delays, again.loop) == ((70, 130), 3)
    for frame, found in zip(frames, again.frames, strict=True):
        assert_image_close(found[:3], frame[:3], within=0)


def test_only_what_changes_is_written(tmp_path: Path) -> None:
    photo = pyvips.Image.gaussnoise(200, 200, sigma=60, mean=128, seed=3).cast("uchar")
    dark = pyvips.Image.black(10, 10).copy(interpretation="b-w")
    frames = (photo, photo.insert(dark, 50, 60), photo.insert(dark, 50, 60))
    path = tmp_path / "result.png"
    ashim_formats.apng.write(Writing(frames, 100, path))
    assert path.stat().st_size < 1.1 * len(photo.pngsave_buffer())
    for frame, found in zip(frames, ashim_formats.apng.read(path, True).frames, strict=True):
        assert_image_close(found[0], frame, within=0)


def test_still_formats_get_the_first_frame_and_say_so(client: ToolClient) -> None:
    frames = [Image.fromarray(image.numpy()) for image in (scene(), scene().invert())]
    response = client.post("convert", by_pillow(frames), accept="application/json", format="jpeg")
    assert response.json is not None
    assert "animation: only the first of 2 frames was kept" in response.json["notes"]
