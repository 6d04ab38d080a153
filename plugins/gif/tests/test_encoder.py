"""GIF as it is written: no pixel changes that a GIF can hold, and the rest comes close."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from ashim_gif.encoder.hundredths import hundredths
from ashim_gif.encoder.writer import Ways, write_gif
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from ashim_core.plugin import from_numpy, metadata

Frame = NDArray[np.uint8]
AsSeen = Callable[[Sequence[Frame]], Frame]
Read = Callable[[bytes], Any]


def written(path: Path, frames: Sequence[Frame], **ways: Any) -> tuple[bytes, int]:
    """Write frames of a tenth of a second; give the file, and how many were reduced."""
    target = path / "film.gif"
    pictures = (from_numpy(frame) for frame in frames)
    reduced = write_gif(target, pictures, [100] * len(frames), 0, Ways(**ways))
    assert [item.name for item in path.iterdir()] == ["film.gif"]
    return target.read_bytes(), reduced


def by_libvips(data: bytes, count: int) -> Frame:
    """Read a film with libvips, as RGBA."""
    strip = pyvips.Image.gifload_buffer(data, n=-1).colourspace("srgb")
    strip = strip if strip.hasalpha() else strip.addalpha()
    pixels: Frame = strip.numpy().reshape(count, -1, strip.width, 4)
    return np.where(pixels[..., 3:] == 0, 0, pixels).astype(np.uint8)


def tables(data: bytes) -> list[int]:
    """Give the number of entries of the colour table of each frame, 0 for the shared one."""
    blocks = metadata.CONTAINERS["gif"].layout(data)
    flags = [data[block.start + 9] for block in blocks[1:] if data[block.start] == 0x2C]
    return [2 << (flag & 7) if flag & 0x80 else 0 for flag in flags]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 16, 17, 255, 256])
def test_as_many_colours_as_a_table_holds_stay_as_they_are(
    tmp_path: Path, as_seen: AsSeen, shown: Read, count: int
) -> None:
    random = np.random.default_rng(count)
    colours = random.integers(0, 256, (count, 3)).astype(np.uint8)
    frames = [colours[random.integers(0, count, (20, 60))] for _ in range(3)]
    data, reduced = written(tmp_path, frames)
    assert reduced == 0
    assert (shown(data).frames == as_seen(frames)).all()
    assert (by_libvips(data, 3) == as_seen(frames)).all()


def test_every_frame_may_have_colours_of_its_own(
    tmp_path: Path, as_seen: AsSeen, shown: Read, palette_film: list[Frame]
) -> None:
    data, reduced = written(tmp_path, palette_film)
    assert reduced == 0
    assert (shown(data).frames == as_seen(palette_film)).all()
    assert (by_libvips(data, 4) == as_seen(palette_film)).all()


def test_what_vanishes_is_cleared(
    tmp_path: Path, as_seen: AsSeen, shown: Read, sprites: list[Frame]
) -> None:
    # Something moves, all is covered, a hole opens, and everything is gone for a while.
    whole = sprites[0] * 0 + np.uint8(255)
    frames = [*sprites, whole, sprites[0], sprites[0] * 0, whole, sprites[2]]
    data, reduced = written(tmp_path, frames)
    assert reduced == 0
    assert (shown(data).frames == as_seen(frames)).all()
    assert (by_libvips(data, len(frames)) == as_seen(frames)).all()


def test_frames_that_are_alike_stay_frames(tmp_path: Path, shown: Read) -> None:
    frame = np.full((8, 8, 3), 77, np.uint8)
    data, _ = written(tmp_path, [frame] * 5)
    assert shown(data).frames.shape[0] == by_libvips(data, 5).shape[0] == 5
    assert len(data) < 200


def test_nothing_at_all_is_a_film_too(tmp_path: Path, shown: Read) -> None:
    data, _ = written(tmp_path, [np.zeros((3, 4, 4), np.uint8)] * 2)
    assert (shown(data).frames == 0).all()


@pytest.mark.parametrize("bands", [1, 2])
def test_grey_is_read_as_colours(tmp_path: Path, shown: Read, bands: int) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    alpha = np.where(ramp < 100, 127, 128).astype(np.uint8)
    frame = np.dstack([ramp, alpha][:bands])
    data, _ = written(tmp_path, [frame, frame])
    found = shown(data).frames[1]
    assert (found[..., 0] == (ramp if bands == 1 else np.where(ramp < 100, 0, ramp))).all()
    assert ((found[..., 3] > 0) == ((ramp >= 100) | (bands == 1))).all()


def test_only_what_changes_is_drawn(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    ground = random.integers(0, 40, (100, 100, 1)).astype(np.uint8).repeat(3, 2)
    moved = ground.copy()
    moved[40:44, 60:63] = 200
    alone, _ = written(tmp_path, [ground])
    both, _ = written(tmp_path, [ground, moved])
    assert len(both) < len(alone) + 60


def test_a_harder_try_is_never_larger(tmp_path: Path, as_seen: AsSeen, shown: Read) -> None:
    """Flat areas with a grid that moves: what to draw besides the changes makes a difference."""
    frames = []
    for number in range(6):
        frame = np.full((60, 80, 3), (250, 240, 200), np.uint8)
        frame[:, number::7] = (20, 60, 90)
        frame[20:40] = frame[20:40] // 2
        frames.append(frame)
    sizes = []
    for effort in (1, 4, 7):
        data, _ = written(tmp_path, frames, effort=effort)
        assert (shown(data).frames == as_seen(frames)).all()
        sizes.append(len(data))
    assert sizes[0] > sizes[1] >= sizes[2]


@pytest.mark.parametrize("most", [2, 3, 16, 100, 256])
def test_no_frame_gets_more_colours_than_wanted(
    tmp_path: Path, shown: Read, photos: list[Frame], most: int
) -> None:
    data, reduced = written(tmp_path, photos[:2], colours=most)
    assert reduced == 2
    for frame in shown(data).frames:
        found = np.unique(frame.reshape(-1, 4), axis=0)
        assert len(found) <= most
    first = np.unique(shown(data).frames[0].reshape(-1, 4), axis=0)
    assert len(first) > most * 0.8


def test_more_colours_come_closer(
    tmp_path: Path, as_seen: AsSeen, shown: Read, photos: list[Frame]
) -> None:
    errors = []
    for most in (8, 64, 256):
        data, _ = written(tmp_path, photos[:2], colours=most)
        difference = shown(data).frames.astype(int) - as_seen(photos[:2])
        errors.append(float(np.abs(difference).mean()))
    assert errors[0] > 2 * errors[1] > 3 * errors[2]
    assert errors[2] < 2


def test_dithering_spreads_the_error(tmp_path: Path, shown: Read) -> None:
    ramp = np.linspace(0, 255, 256, dtype=np.uint8).reshape(1, 256, 1).repeat(48, 0).repeat(3, 2)
    means, sizes = [], []
    for dither in (0.0, 1.0):
        data, _ = written(tmp_path, [ramp], colours=6, dither=dither)
        columns = shown(data).frames[0][:, :, 0].mean(axis=0)
        means.append(float(np.abs(columns - ramp[0, :, 0]).mean()))
        sizes.append(len(data))
    assert means[1] < means[0] / 2
    assert sizes[0] < sizes[1]


def test_a_palette_is_kept_while_it_fits(tmp_path: Path, photos: list[Frame]) -> None:
    alike, _ = written(tmp_path, photos)
    assert set(tables(alike)) == {0}
    other = [photos[0], 255 - photos[0], photos[0][:, :, ::-1].copy()]
    different, _ = written(tmp_path, other)
    assert tables(different) == [0, 256, 256]


def test_what_is_transparent_stays_so_beside_photographs(
    tmp_path: Path, shown: Read, photos: list[Frame]
) -> None:
    frames = [np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)]) for photo in photos[:3]]
    for number, frame in enumerate(frames):
        frame[:, 20 * number : 20 * number + 30, 3] = 0
    data, reduced = written(tmp_path, frames)
    assert reduced == 3
    for result in (shown(data).frames, by_libvips(data, 3)):
        assert ((result[..., 3] > 0) == (np.stack(frames)[..., 3] > 0)).all()


@pytest.mark.parametrize(
    ("milliseconds", "wanted"),
    [
        ([70, 130, 0, 10], [7, 13, 0, 1]),
        ([33, 33, 34], [3, 4, 3]),
        ([25] * 4, [2, 3, 3, 2]),
        ([15, 15, 15], [2, 2, 2]),  # 10 ms would be shown as 100
        ([1_000_000], [65_535]),
    ],
)
def test_rounding_keeps_the_whole(milliseconds: list[int], wanted: list[int]) -> None:
    assert [*hundredths(milliseconds)] == wanted


@pytest.mark.parametrize("loop", [0, 1, 2, 7, 65_535])
def test_how_often_it_plays(tmp_path: Path, shown: Read, loop: int) -> None:
    frame = pyvips.Image.black(4, 4)
    path = tmp_path / "film.gif"
    write_gif(path, [frame, frame.invert()], [50, 60], loop, Ways())
    assert shown(path.read_bytes()).loop == loop
    assert pyvips.Image.gifload_buffer(path.read_bytes(), n=-1).get("loop") == loop


def test_a_still_says_nothing_of_time(tmp_path: Path) -> None:
    data, _ = written(tmp_path, [np.full((5, 5, 3), 9, np.uint8)])
    assert b"NETSCAPE" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert len([*ImageSequence.Iterator(image)]) == 1
