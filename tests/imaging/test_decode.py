"""Decoding: upright, in correct colours, whatever way the file stores them."""

from pathlib import Path

import pytest
import pyvips

from ashim_core.imaging.decode import decode, settle, to_srgb
from ashim_core.imaging.decoded import Decoded
from ashim_core.imaging.header import read_header
from ashim_core.limits import Limits
from ashim_core.testing import assert_image_close, sample
from ashim_core.testing.samples import oriented, scene

CORNERS = {(4, 4): [255, 0, 0], (44, 4): [0, 255, 0], (4, 28): [0, 0, 255]}


def decoded(path: Path, data: bytes, **options: bool | float) -> Decoded:
    path.write_bytes(data)
    return decode(read_header(path, Limits()), **options)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("rgb", 3),
        ("rgba", 4),
        ("grey", 1),
        ("grey-alpha", 2),
        ("palette", 3),
        ("cmyk", 3),
        ("16-bit", 3),
        ("tiff", 3),
        ("avif", 3),
    ],
)
def test_every_picture_is_8_bit_srgb_or_grey(path: Path, name: str, bands: int) -> None:
    image = decoded(path, sample(name)).frames[0]
    assert (image.format, image.bands) == ("uchar", bands)
    assert image.interpretation == ("b-w" if bands < 3 else "srgb")


@pytest.mark.parametrize("name", ["rgb", "palette", "16-bit", "tiff", "avif", "webp"])
def test_lossless_samples_come_back_exactly(path: Path, name: str) -> None:
    assert_image_close(decoded(path, sample(name)).frames[0], scene(), within=0.5)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("stream", [True, False])
def test_every_orientation_is_upright(path: Path, orientation: int, stream: bool) -> None:
    image = decoded(path, sample(f"orientation-{orientation}"), stream=stream).frames[0]
    assert_image_close(image, scene(), within=4)
    assert "orientation" not in image.get_fields() or image.get("orientation") == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_stream_of_many_rows_is_turned_upright(path: Path, orientation: int) -> None:
    """More rows than libvips keeps, each of another grey: one that is read too early is lost."""
    rows = pyvips.Image.xyz(64, 4000)[1] % 251
    tall = rows.cast("uchar").copy(interpretation="b-w")
    data = oriented(tall, orientation).pngsave_buffer()
    image = decoded(path, data, stream=True).frames[0]
    assert image.write_to_memory() == tall.write_to_memory()


@pytest.mark.parametrize("kind", ["ushort", "short", "int", "float"])
def test_samples_that_claim_to_be_srgb_already_get_8_bits(kind: str) -> None:
    """As the codec of a package may give them."""
    image = to_srgb(scene().cast(kind).copy(interpretation="srgb"))
    assert image.format == "uchar"
    assert image.write_to_memory() == scene().write_to_memory()


def test_sixteen_bits_of_grey(path: Path) -> None:
    ramp = pyvips.Image.identity().cast("ushort") * 257
    stored = ramp.cast("ushort").copy(interpretation="grey16")
    image = decoded(path, stored.pngsave_buffer()).frames[0]
    assert [image(x, 0)[0] for x in (0, 100, 255)] == [0, 100, 255]


def test_display_p3_is_converted_not_washed_out(path: Path) -> None:
    """A colour inside of sRGB must come out as that colour, not as the P3 numbers for it."""
    plain = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")
    orange = plain.linear([1, 1, 1], [230, 120, 40])
    stored = orange.cast("uchar").icc_transform("p3", input_profile="srgb", embedded=False)
    assert stored(8, 8) != [230, 120, 40]
    image = decoded(path, stored.pngsave_buffer()).frames[0]
    assert image(8, 8) == pytest.approx([230, 120, 40], abs=2)


def test_adobe_rgb_of_a_real_photograph(path: Path, photos: Path) -> None:
    """Its colours are stronger than their numbers say; unconverted they would look dull."""
    data = (photos / "rocket.jpg").read_bytes()
    as_stored = pyvips.Image.new_from_buffer(data, "")
    converted = decoded(path, data).frames[0]
    chroma = [image.colourspace("lch")[1].avg() for image in (converted, as_stored)]
    assert chroma[0] > chroma[1] * 1.1


def test_an_srgb_profile_costs_no_conversion(path: Path) -> None:
    tagged = scene().icc_transform("srgb", input_profile="srgb", embedded=False)
    image = decoded(path, tagged.pngsave_buffer()).frames[0]
    assert_image_close(image, tagged, within=0)


def test_a_broken_profile_does_not_fail_the_picture(path: Path) -> None:
    stored = scene().copy()
    stored.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"not a profile" * 20)  # type: ignore[arg-type]
    image = decoded(path, stored.jpegsave_buffer(Q=95)).frames[0]
    assert_image_close(image, scene(), within=4)


def test_cmyk_without_a_profile_has_the_right_hues(path: Path) -> None:
    image = decoded(path, sample("cmyk")).frames[0]
    for position, colour in CORNERS.items():
        found = image(*position)
        assert found.index(max(found)) == colour.index(255)


@pytest.mark.parametrize(("shrink", "width"), [(1, 480), (1.9, 480), (2, 240), (5, 120), (9, 60)])
def test_jpegs_shrink_by_a_power_of_two(path: Path, shrink: float, width: int) -> None:
    data = scene(480, 320).jpegsave_buffer(Q=95)
    image = decoded(path, data, shrink=shrink).frames[0]
    assert image.width == width
    assert_image_close(image, scene(width, width * 2 // 3), within=4)


def test_frames_come_one_by_one_with_their_timing(path: Path) -> None:
    picture = decoded(path, sample("two-frames"))
    assert [(frame.width, frame.height) for frame in picture.frames] == [(48, 32)] * 2
    assert picture.animation is not None
    assert (picture.animation.delays, picture.animation.loop) == ((70, 130), 3)
    assert_image_close(picture.frames[1][0:3], scene().invert(), within=1)


def test_stills_of_an_animation_take_the_first_frame(path: Path) -> None:
    picture = decoded(path, sample("two-frames"), animated=False)
    assert picture.animation is None
    assert_image_close(picture.frames[0][0:3], scene(), within=1)


@pytest.mark.parametrize("large", [10**9, 100])
def test_settled_pixels_can_be_read_in_any_order(
    path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr("ashim_core.imaging.decode._LARGE", large)
    image = decoded(path, sample("jpeg"), stream=True).frames[0]
    settled = settle(image)
    assert settled(0, 31)[2] > 200
    assert settled(0, 0)[0] > 200
