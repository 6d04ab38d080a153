"""Compress: quality, and targets that are kept and made good use of."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import pytest
import pyvips

from ashim_core.errors import TargetUnreachable
from ashim_core.imaging.decoded import Animation, Decoded
from ashim_core.imaging.encode import encode, prepare
from ashim_core.imaging.encoders import ENCODERS
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import FORMATS
from ashim_core.imaging.target_size import encode_to_size
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.compress)


def cut(path: Path, width: int = 160, height: int = 144) -> pyvips.Image:
    """Cut a piece out of a photograph, without profile or other metadata."""
    image = pyvips.Image.new_from_file(str(path))
    piece = image.crop((image.width - width) // 2, (image.height - height) // 2, width, height)
    return pyvips.Image.new_from_buffer(piece.write_to_buffer(".png[keep=none]"), "").copy_memory()


def stacked(frames: list[pyvips.Image]) -> Decoded:
    return Decoded(tuple(frames), Animation((80,) * len(frames), 0))


class Case:
    """A picture to be written in one format to many targets."""

    def __init__(self, picture: Decoded, format: str, folder: Path) -> None:
        self.picture, self.folder, self.path = picture, folder, folder / "result.bin"
        self.format = format
        self.writable = prepare(picture, Encoding(self.format), FORMATS[self.format])
        self.rungs = ENCODERS[format].ladder(100, self.writable.pixels).rungs
        self.rung = 0
        self._sizes: dict[int, int] = {}

    def size(self, rung: int) -> int:
        """Give the size that the whole picture has at a rung of the ladder."""
        if rung not in self._sizes:
            saver = getattr(self.writable.image, f"{ENCODERS[self.format].saver}_buffer")
            self._sizes[rung] = len(saver(keep="none", **self.rungs[rung]))
        return self._sizes[rung]

    def targets(self) -> Iterator[int]:
        """Name sizes between the smallest and the largest that the format can give."""
        least, most = self.size(len(self.rungs) - 1), self.size(0)
        for share in (0.02, 0.1, 0.4, 0.9):
            yield int(least + (most - least) * share)

    def write(self, target: int) -> int:
        encoding = Encoding(self.format, max_bytes=target)
        taken = encode_to_size(self.writable, encoding, FORMATS[self.format], self.path)
        self.rung = self.rungs.index(taken)
        assert [item.name for item in self.folder.iterdir()] == [self.path.name]
        return self.path.stat().st_size

    def check(self, target: int) -> int:
        """Assert that the result keeps the target and that the next better rung would not."""
        size = self.write(target)
        assert size <= target
        if size < target * 0.95:
            assert self.size(self.rung) == size
            larger = (self.size(rung) for rung in range(self.rung - 1, -1, -1))
            assert next((found for found in larger if found != size), target + 1) > target
        return size


@pytest.mark.parametrize("format", ENCODERS)
@pytest.mark.parametrize("name", ["chelsea.png", "rocket.jpg", "camera.png", "logo.png"])
def test_targets_are_kept_and_used(photos: Path, tmp_path: Path, name: str, format: str) -> None:
    """Colour, a JPEG, grey and a picture with alpha, in every format."""
    case = Case(Decoded((cut(photos / name, width=64),)), format, tmp_path)
    for target in case.targets():
        case.check(target)


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_targets_of_animations(photos: Path, tmp_path: Path, format: str) -> None:
    image = cut(photos / "chelsea.png")
    frames = [image.crop(at * 9, at * 5, 120, 128) for at in range(4)]
    case = Case(stacked(frames), format, tmp_path)
    for target in case.targets():
        case.check(target)
        written = pyvips.Image.new_from_file(str(case.path), n=-1)
        assert written.get("n-pages") == 4
        assert written.get("delay") == [80] * 4


@pytest.mark.parametrize("format", ENCODERS)
@pytest.mark.parametrize("alpha", [False, True])
def test_every_size_that_a_tiny_picture_can_have(tmp_path: Path, format: str, alpha: bool) -> None:
    """Along a ladder the sizes of one pixel go up and down by a few bytes."""
    pixel = pyvips.Image.new_from_memory(bytes([200, 100, 50]), 1, 1, 3, "uchar")
    pixel = pixel.copy(interpretation="srgb")
    case = Case(Decoded((pixel.bandjoin(120) if alpha else pixel,)), format, tmp_path)
    sizes = [case.size(rung) for rung in range(len(case.rungs))]
    for target in set(sizes):
        assert case.write(target) == next(size for size in sizes if size <= target)
    with pytest.raises(TargetUnreachable, match=f"{min(sizes)} bytes"):
        case.write(min(sizes) - 1)


@pytest.mark.parametrize("format", ENCODERS)
def test_nothing_is_left_of_an_unreachable_target(
    photos: Path, tmp_path: Path, format: str
) -> None:
    case = Case(Decoded((cut(photos / "camera.png"),)), format, tmp_path)
    with pytest.raises(TargetUnreachable) as caught:
        case.write(100)
    assert not list(tmp_path.iterdir())
    (detail,) = caught.value.details
    assert (detail["field"], detail["received"]) == ("targetSizeKB", f"{100 / 1024:g}")
    reachable = int(detail["expected"].removeprefix("at least ")) * 1024
    assert case.check(reachable) > reachable - 1024


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_nothing_is_lost_if_the_lossless_picture_fits(
    photos: Path, tmp_path: Path, format: str
) -> None:
    case = Case(Decoded((cut(photos / "chelsea.png"),)), format, tmp_path)
    case.check(case.size(0))
    written = pyvips.Image.new_from_file(str(case.path))
    assert_image_close(written, case.picture.frames[0], within=0)


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_a_drawing_that_is_smallest_without_loss_stays_so(tmp_path: Path, format: str) -> None:
    """Smooth gradients take fewer bytes as they are than with few colours or as a JPEG."""
    ramps = pyvips.Image.xyz(256, 250)
    image = ramps.bandjoin(ramps[0] / 2).cast("uchar").copy(interpretation="srgb")
    case = Case(Decoded((image,)), format, tmp_path)
    assert case.size(0) < case.size(10)
    assert case.check(case.size(0)) == case.size(0)


def test_a_sample_that_misleads_does_no_harm(tmp_path: Path) -> None:
    """Noise where the sample looks, or only where it doesn't look."""
    noise = pyvips.Image.gaussnoise(128, 16, sigma=60, mean=128, seed=3).cast("uchar")
    calm = pyvips.Image.black(128, 16)
    for phase in range(6):
        rows = [noise if index % 6 == phase else calm for index in range(36)]
        image = pyvips.Image.arrayjoin(rows, across=1).copy(interpretation="b-w").copy_memory()
        for format in ("jpeg", "webp", "tiff", "png"):
            Case(Decoded((image,)), format, tmp_path).check(6_000)


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_a_target_gives_what_the_right_quality_would(
    photos: Path, tmp_path: Path, format: str
) -> None:
    case = Case(Decoded((cut(photos / "chelsea.png"),)), format, tmp_path)
    plain = Encoding(case.format, 60)
    kind = FORMATS[case.format]
    encode(prepare(case.picture, plain, kind), plain, kind, case.path)
    size = case.path.stat().st_size
    assert case.check(size) == size


def test_quality(client: ToolClient, photos: Path) -> None:
    sizes = [
        len(client.post("compress", photos / "rocket.jpg", quality=quality).data)
        for quality in (5, 50, 80, 95)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] * 4 < sizes[3]
    assert len(client.post("compress", photos / "rocket.jpg").data) == sizes[2]


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, photos: Path, wanted: str) -> None:
    settings: dict[str, Any] = {"format": "jpeg", "chromaSubsampling": wanted, "targetSizeKB": 8}
    response = client.post("compress", photos / "chelsea.png", **settings)
    stored = pyvips.Image.new_from_buffer(response.data, "").get("jpeg-chroma-subsample")
    assert stored == wanted


@pytest.mark.parametrize("format", FORMATS)
def test_format(client: ToolClient, photos: Path, format: str) -> None:
    picture = cut(photos / "chelsea.png")
    response = client.post("compress", picture, format=format, targetSizeKB=4)
    assert response.mimetype == f"image/{format}"
    assert len(response.data) <= 4 * 1024
    kept = client.post("compress", sample("webp"))
    assert kept.mimetype == "image/webp"


def test_the_result_of_a_target_is_the_picture(client: ToolClient, photos: Path) -> None:
    picture = cut(photos / "rocket.jpg", 320, 214)
    for format in ("jpeg", "webp", "avif"):
        result = client.run("compress", picture, format=format, targetSizeKB=7.5)
        assert_image_close(result, picture, within=5)
    for format, within in (("png", 12), ("gif", 20), ("tiff", 8)):
        result = client.run("compress", picture, format=format, targetSizeKB=12.5)
        assert_image_close(result, picture, within=within)


def test_quality_given_with_a_target_is_the_highest(client: ToolClient, photos: Path) -> None:
    def size(**settings: Any) -> int:
        return len(client.post("compress", photos / "rocket.jpg", **settings).data)

    assert size(targetSizeKB=500, quality=30) == size(quality=30)
    assert size(targetSizeKB=500) > size(quality=95)
    assert size(targetSizeKB=10, quality=90) == size(targetSizeKB=10)


def test_kilobytes_have_1024_bytes(client: ToolClient, photos: Path) -> None:
    best = len(client.post("compress", photos / "rocket.jpg", quality=50).data)

    def size(target: float) -> int:
        return len(client.post("compress", photos / "rocket.jpg", targetSizeKB=target).data)

    assert size(best / 1024) == best
    assert size((best - 1) / 1024) < best


def test_mode(client: ToolClient, photos: Path) -> None:
    def size(**settings: Any) -> int:
        return len(client.post("compress", photos / "rocket.jpg", **settings).data)

    assert size(mode="quality", targetSizeKB=8, quality=70) == size(quality=70)
    assert size(mode="targetSize", targetSizeKB=8) == size(targetSizeKB=8) <= 8 * 1024


def test_the_older_name_of_the_target(client: ToolClient, photos: Path) -> None:
    older = client.post("compress", photos / "rocket.jpg", targetSizeKb=20)
    assert older.data == client.post("compress", photos / "rocket.jpg", targetSizeKB=20).data


def test_an_unreachable_target_is_refused(client: ToolClient, photos: Path) -> None:
    response = client.post("compress", photos / "rocket.jpg", targetSizeKB=0.0001)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "TARGET_UNREACHABLE")
    smallest = int(response.json["message"].split(" bytes")[0].split()[-1])
    again = client.post("compress", photos / "rocket.jpg", targetSizeKB=smallest / 1024)
    assert len(again.data) == smallest


def test_lossless_formats_ignore_quality_and_say_so(client: ToolClient) -> None:
    response = client.post("compress", sample("rgb"), accept="application/json", quality=5)
    assert response.json is not None
    assert "quality: ignored, png is lossless" in response.json["notes"]


def test_alpha_is_kept(client: ToolClient) -> None:
    original = pyvips.Image.new_from_buffer(sample("rgba"), "")
    for settings in ({}, {"targetSizeKB": 5}, {"format": "webp", "targetSizeKB": 5}):
        result = client.run("compress", sample("rgba"), **settings)
        assert_image_close(result[3], original[3], within=4)


def test_jpeg_shows_white_through_transparency(client: ToolClient) -> None:
    clear = pyvips.Image.black(64, 64, bands=4).copy(interpretation="srgb").cast("uchar")
    result = client.run("compress", clear, format="jpeg", targetSizeKB=2)
    assert (result > 250).avg() == 255


def test_animation_keeps_its_frames_and_timing(client: ToolClient) -> None:
    for name in ("two-frames", "two-frames-webp"):
        for settings in ({}, {"targetSizeKB": 1}):
            result = client.run("compress", sample(name), **settings)
            assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
            assert result.get("delay") == [70, 130]
            assert result.get("loop") == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_result_is_upright(client: ToolClient, orientation: int) -> None:
    result = client.run("compress", sample(f"orientation-{orientation}"), quality=95)
    assert_image_close(result, pyvips.Image.new_from_buffer(sample("rgb"), ""), within=6)


@pytest.mark.parametrize(
    "settings",
    [
        {"quality": 0},
        {"quality": 101},
        {"quality": 80.5},
        {"quality": "80"},
        {"quality": None},
        {"format": "bmp"},
        {"targetSizeKB": 0},
        {"targetSizeKB": -5},
        {"targetSizeKB": "100"},
        {"targetSizeKB": 2_000_000},
        {"targetSizeKb": 0},
        {"mode": "targetSize"},
        {"mode": "size", "targetSizeKB": 10},
        {"target": 100},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("compress", sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def test_the_answer_says_what_the_target_took(client: ToolClient, photos: Path) -> None:
    photo = photos / "rocket.jpg"
    answer: Any = client.post("compress", photo, accept="application/json", targetSizeKB=20).json
    (note,) = answer["notes"]
    assert re.fullmatch(r"targetSizeKB: met with quality \d+", note)
