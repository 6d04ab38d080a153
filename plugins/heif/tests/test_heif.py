"""HEIF: colours, depth, alpha, orientation, what is written, and what is damaged."""

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import ashim_essentials.convert
import ashim_essentials.rotate
import ashim_heif.heif
import numpy
import pillow_heif
import pytest
import pyvips
from ashim_heif.brands import is_heif
from PIL import Image

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.client import make_client
from ashim_core.testing.samples import scene

MODULES = (
    *(ashim_heif.heif, ashim_essentials.compress, ashim_essentials.convert),
    ashim_essentials.rotate,
)
TARGETS = ("png", "jpeg", "webp", "avif", "tiff", "gif", "heif")
SRGB, GAMMA_22, LINEAR, PQ, HLG = 13, 4, 8, 16, 18
OF_709, OF_2020, OF_P3 = 1, 9, 12
EXACT: dict[str, Any] = {
    "quality": -1,
    "chroma": 444,
    "matrix_coefficients": 0,
    "full_range_flag": 1,
}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Real worker processes, which end what takes longer than two seconds; nothing may stay."""
    folder = tmp_path_factory.mktemp("heif")
    made = make_client(folder, *MODULES, workers=True, processing_timeout_s=2)
    with closing(made) as client:
        yield client
        assert not client.job_folders()


def heic(pixels: Any, mode: str = "RGB", **options: Any) -> bytes:
    """Write an array by the library itself."""
    buffer = io.BytesIO()
    height, width = pixels.shape[:2]
    file = pillow_heif.from_bytes(mode=mode, size=(width, height), data=pixels.tobytes())
    file.save(buffer, **{"quality": 95, **options})
    return buffer.getvalue()


def patch(colour: Sequence[int], kind: str = "uint8") -> Any:
    return numpy.full((32, 48, len(colour)), colour, dtype=kind)


def opened(data: bytes) -> pyvips.Image:
    """Decode what a tool wrote, by Pillow."""
    pillow_heif.register_heif_opener()
    with Image.open(io.BytesIO(data), formats=["HEIF"]) as image:
        array = numpy.asarray(image)
    return pyvips.Image.new_from_array(array).copy(interpretation="srgb")


@pytest.mark.parametrize("target", TARGETS)
def test_to_every_format(client: ToolClient, target: str) -> None:
    response = client.post("convert", heic(scene().numpy()), format=target, quality=95)
    assert (response.status_code, response.mimetype) == (200, f"image/{target}")
    result = (
        opened(response.data)
        if target == "heif"
        else pyvips.Image.new_from_buffer(response.data, "")
    )
    assert_image_close(result[:3], scene(), within=8)


@pytest.mark.parametrize("name", ["rgb", "rgba", "grey", "grey-alpha", "palette", "16-bit"])
def test_every_kind_of_picture_becomes_heif(client: ToolClient, name: str) -> None:
    response = client.post("convert", sample(name), format="heic", quality=95)
    assert (response.status_code, response.mimetype) == (200, "image/heif")
    assert "sample_convert.heic" in response.headers["Content-Disposition"]
    expected = client.run("convert", sample(name), format="png").colourspace("srgb")
    assert_image_close(opened(response.data), expected, within=8)


def test_results_stay_heif_and_upright(client: ToolClient) -> None:
    response = client.post("rotate", heic(scene().numpy()), angle=90)
    assert (response.status_code, response.mimetype) == (200, "image/heif")
    assert_image_close(opened(response.data), scene().rot90(), within=8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_turned_is_turned_once(client: ToolClient, orientation: int) -> None:
    """The library writes an EXIF orientation as the boxes that HEIF has for it."""
    undone = Image.fromarray(scene().numpy())
    steps = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in steps.get(orientation, []):
        undone = undone.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = heic(numpy.asarray(undone), exif=exif.tobytes())
    assert_image_close(client.run("convert", data, format="png"), scene(), within=8)


def test_alpha_is_read_and_written(client: ToolClient) -> None:
    data = heic(patch((200, 100, 50, 90)), "RGBA")
    assert client.run("convert", data, format="png")(5, 5) == pytest.approx(
        [200, 100, 50, 90], abs=4
    )
    again = client.post("rotate", data, angle=180)
    assert opened(again.data)(5, 5) == pytest.approx([200, 100, 50, 90], abs=6)


@pytest.mark.parametrize(("twelve", "bits"), [(False, 10), (True, 12)])
def test_deep_colours_are_reduced_and_told(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, twelve: bool, bits: int
) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", twelve)
    data = heic(patch((51_400, 25_700, 12_850), "uint16"), "RGB;16")
    answer: Any = client.post("convert", data, accept="application/json", format="png").json
    assert f"depth: {bits} bits were reduced to 8" in answer["notes"]
    assert client.run("convert", data, format="png")(5, 5) == pytest.approx([200, 100, 50], abs=3)


def test_grey_is_read(client: ToolClient) -> None:
    data = heic(patch((90,)), "L")
    assert set(client.run("convert", data, format="png")(5, 5)) <= set(map(float, range(88, 93)))


def test_the_profile_is_honoured(client: ToolClient) -> None:
    profile: Any = pyvips.Operation.call("profile_load", "p3")
    buffer = io.BytesIO()
    file = pillow_heif.from_bytes("RGB", (48, 32), patch((200, 100, 100)).tobytes())
    file.info["icc_profile"] = profile
    file.info["icc_profile_type"] = "prof"
    file.save(buffer, quality=95)
    red, green, _ = client.run("convert", buffer.getvalue(), format="png")(5, 5)
    assert red > 205
    assert green < 98


@pytest.mark.parametrize(
    ("primaries", "curve", "expected"),
    [
        (OF_709, SRGB, [200, 100, 100]),
        (OF_709, 1, [200, 100, 100]),
        (OF_P3, SRGB, [214, 94, 96]),
        (OF_709, GAMMA_22, [200, 99, 99]),
        (OF_709, LINEAR, [229, 168, 168]),
    ],
)
def test_colours_described_by_numbers_are_converted(
    client: ToolClient, primaries: int, curve: int, expected: list[int]
) -> None:
    data = heic(
        patch((200, 100, 100)),
        **{**EXACT, "color_primaries": primaries, "transfer_characteristics": curve},
    )
    result = client.run("convert", data, format="png")(5, 5)
    assert result == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(("curve", "white", "most"), [(PQ, 0.5807, 0.7518), (HLG, 0.75, 1.0)])
def test_wide_light_is_rolled_off(
    client: ToolClient, curve: int, white: float, most: float
) -> None:
    """By ITU-R BT.2390: plain white (BT.2408) is bright, what is beyond has room above it."""
    levels = []
    for share in (white - 0.1, white, (white + most) / 2, most):
        grey = patch((round(65_535 * share),) * 3, "uint16")
        options: dict[str, Any] = {
            **EXACT,
            "color_primaries": OF_2020,
            "transfer_characteristics": curve,
        }
        data = heic(grey, "RGB;16", **options)
        levels.append(client.run("convert", data, format="png")(5, 5)[1])
    assert levels == sorted(levels)
    assert 150 < levels[0] < 200
    assert levels[1:3] == pytest.approx([229, 250], abs=5)
    assert levels[3] > 252


@pytest.mark.parametrize(("curve", "name"), [(PQ, "PQ"), (HLG, "HLG")])
def test_wide_light_is_told(client: ToolClient, curve: int, name: str) -> None:
    grey = patch((30_000,) * 3, "uint16")
    data = heic(grey, "RGB;16", color_primaries=OF_2020, transfer_characteristics=curve)
    answer: Any = client.post("convert", data, accept="application/json", format="png").json
    assert f"brightness: {name} was brought into the range of a screen" in answer["notes"]


def test_of_several_pictures_the_primary_one_is_used(client: ToolClient) -> None:
    buffer = io.BytesIO()
    file = pillow_heif.from_bytes("RGB", (48, 32), patch((0, 0, 255)).tobytes())
    file.add_frombytes("RGB", (48, 32), patch((255, 0, 0)).tobytes())
    file.save(buffer, quality=95, primary_index=1)
    result = client.run("convert", buffer.getvalue(), format="png")
    assert result(5, 5) == pytest.approx([255, 0, 0], abs=4)


def test_quality(client: ToolClient, photos: Path) -> None:
    def size(**settings: Any) -> int:
        return len(client.post("convert", photos / "chelsea.png", format="heif", **settings).data)

    sizes = [size(quality=quality) for quality in (10, 60, 95)]
    assert sizes[0] * 2 < sizes[1] < sizes[2] / 2
    assert size() == sizes[1]


def test_a_target_size_is_met(client: ToolClient, photos: Path) -> None:
    data = client.post("convert", photos / "chelsea.png", format="heif").data
    target = len(data) // 2048
    response = client.post("compress", data, targetSizeKB=target)
    assert (response.status_code, response.mimetype) == (200, "image/heif")
    assert len(response.data) <= 1024 * target


def test_a_picture_of_several_tiles_stays_close(client: ToolClient, photo: Path) -> None:
    """1411 pixels are two tiles of 1024 each way, of which the outer ones are filled up."""
    response = client.post("convert", photo, format="heif", quality=90)
    expected = client.run("convert", photo, format="png")
    assert_image_close(opened(response.data), expected, within=4)


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "astronaut.png"])
def test_a_large_picture_takes_little_more_in_less_time(
    client: ToolClient, photos: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is large is moved down to the size of the photographs here."""
    usual = client.post("convert", photos / name, format="heif").data
    monkeypatch.setattr(ashim_heif.heif, "_LARGE", 1000)
    large = client.post("convert", photos / name, format="heif").data
    assert len(usual) != len(large) < 1.15 * len(usual)
    expected = client.run("convert", photos / name, format="png")
    assert_image_close(opened(large), expected, within=12)


def test_a_side_too_long_is_refused(client: ToolClient) -> None:
    data = pyvips.Image.black(17_000, 2).pngsave_buffer()
    assert client.refusal("convert", data, format="heif") == (422, "FORMAT_NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("head", "heif"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", True),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1iso8", True),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", False),
        (b"\0\0\0\x18ftypavis\0\0\0\0msf1iso8", False),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", False),
        # What lies behind the box is no brand.
        (b"\0\0\0\x10ftypisom\0\0\0\0heicheic", False),
        (b"\0\0\0\x18ftyp", False),
        (b"", False),
    ],
)
def test_brands(head: bytes, heif: bool) -> None:
    assert is_heif(head) is heif


def test_avif_is_left_to_the_core(client: ToolClient) -> None:
    assert client.post("rotate", sample("avif"), angle=180).mimetype == "image/avif"


def lying() -> Iterator[tuple[str, bytes, set[tuple[int, str]]]]:
    """Give a name, a file and the answers that are right."""
    damaged, large = {(422, "DECODE_FAILED")}, {(413, "TOO_MANY_PIXELS")}
    data = heic(scene().numpy())
    size = data.index(b"ispe") + 8
    for name, sides in (("huge", (65_535, 65_535)), ("2^32 columns", (2**32 - 1, 2**32 - 1))):
        yield name, data[:size] + struct.pack(">II", *sides) + data[size + 8 :], damaged | large
    yield "no columns", data[:size] + struct.pack(">II", 0, 5) + data[size + 8 :], damaged
    yield "more rows", data[:size] + struct.pack(">II", 4000, 3000) + data[size + 8 :], damaged
    brands = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    yield "brands alone", brands, damaged
    yield "boxes without end", brands + b"\0\0\0\0meta" * 10_000, damaged
    nested = b""
    for _ in range(2000):
        nested = struct.pack(">I4s4x", 12 + len(nested), b"meta") + nested
    yield "boxes inside of boxes", brands + nested, damaged
    yield "100000 boxes", brands + b"\0\0\0\x08free" * 100_000, damaged
    noise = bytes(number * 167 % 251 for number in range(30_000))
    yield "noise behind the brands", brands + noise, damaged
    start = data.index(b"mdat") + 4
    yield "noise for pixels", data[:start] + noise[: len(data) - start], damaged
    entries = data.index(b"iloc") + 10
    yield "65535 places", data[:entries] + b"\xff\xff" + data[entries + 2 :], damaged


def test_what_lies_is_refused(server: ToolClient) -> None:
    wrong = []
    for name, data, answers in lying():
        found = server.post("convert", data, format="png")
        answer = (found.status_code, found.json["code"] if found.json else "")
        if answer not in answers:
            wrong.append(f"{name}: expected {answers}, got {answer}")
    assert not wrong, "\n".join(wrong)
    assert server.refusal("convert", b"no picture", format="png") == (400, "INVALID_IMAGE")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_cut_off_is_refused(server: ToolClient, mode: str) -> None:
    noise = pyvips.Image.gaussnoise(64, 64, sigma=60, mean=128, seed=5).cast("uchar")
    data = heic(numpy.repeat(noise.numpy()[:, :, None], len(mode), axis=2), mode)
    wrong = []
    for part in range(1, 21):
        length = min(len(data) * part // 20, len(data) - 8)
        found = server.post("convert", data[:length], format="png")
        answer = (found.status_code, found.json["code"] if found.json else "")
        if answer not in {(422, "DECODE_FAILED"), (400, "INVALID_IMAGE")}:
            wrong.append(f"{length} of {len(data)} bytes: {answer}")
    assert not wrong, "\n".join(wrong)
