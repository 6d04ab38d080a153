"""Colours that files describe by numbers: honoured, and told where something of them is lost."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import ashim_essentials.convert
import ashim_essentials.resize
import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.imaging.colour_numbers import Numbers, numbers_of, powered, profile_of
from ashim_core.imaging.iso_media import IsoMedia, read_iso_media
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.samples import plain, scene
from tests.data import plain as plain_tools

SRGB, P3, REC_2020 = 1, 12, 9
CURVE, GAMMA_22, GAMMA_28, LINEAR, PQ, HLG = 13, 4, 5, 8, 16, 18
PLACES_OF_SRGB = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
PLACES_OF_P3 = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
DARKENED = "brightness: {} was brought into the range of a screen"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(
        plain_tools, ashim_essentials.compress, ashim_essentials.convert, ashim_essentials.resize
    )


def png(image: pyvips.Image, **chunks: bytes) -> bytes:
    """Write a PNG with chunks before its pixels."""
    made = image.pngsave_buffer(keep=8)
    before = b"".join(
        struct.pack(">I", len(data))
        + name.encode()
        + data
        + struct.pack(">I", zlib.crc32(name.encode() + data))
        for name, data in chunks.items()
    )
    return made[:33] + before + made[33:]


def gamma(value: float) -> bytes:
    return struct.pack(">I", round(100_000 * value))


def code_points(primaries: int, transfer: int) -> bytes:
    return bytes((primaries, transfer, 0, 1))


def avif(image: pyvips.Image, primaries: int, transfer: int) -> bytes:
    """Write an AVIF whose numbers are these."""
    made = bytearray(image.heifsave_buffer(compression="av1", lossless=True, keep=0))
    at = made.index(b"colrnclx") + 8
    made[at : at + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(made)


def seen(client: ToolClient, data: bytes) -> list[float]:
    """Give the colour in the middle of a picture as sRGB, whatever profile the result has."""
    image = pyvips.Image.new_from_buffer(client.post("convert", data, format="png").data, "")
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, intent="relative")
    return [*image(image.width // 2, image.height // 2)]


def notes(client: ToolClient, data: bytes, **settings: Any) -> list[str]:
    settings = {"format": "gif", **settings}
    answer: Any = client.post("convert", data, accept="application/json", **settings).json
    found: list[str] = answer["notes"]
    return found


GREY = plain(48, 32, 128, 128, 128)
PATCH = plain(48, 32, 200, 100, 100)
DESCRIBED = [
    ({"gAMA": gamma(1.0)}, [229, 168, 168]),
    ({"gAMA": gamma(1 / 1.8)}, [209, 119, 119]),
    ({"gAMA": gamma(0.45455)}, [200, 100, 100]),
    ({"gAMA": gamma(0.45455), "cHRM": struct.pack(">8I", *PLACES_OF_SRGB)}, [200, 100, 100]),
    ({"gAMA": gamma(0.45455), "cHRM": struct.pack(">8I", *PLACES_OF_P3)}, [214, 94, 96]),
    ({"cHRM": struct.pack(">8I", *PLACES_OF_P3)}, [214, 94, 96]),
    ({"cICP": code_points(P3, CURVE)}, [214, 94, 96]),
    ({"cICP": code_points(SRGB, LINEAR)}, [229, 168, 168]),
    ({"cICP": code_points(SRGB, CURVE)}, [200, 100, 100]),
    # The first kind that is there counts.
    ({"sRGB": b"\0", "gAMA": gamma(1.0)}, [200, 100, 100]),
    ({"cICP": code_points(SRGB, CURVE), "gAMA": gamma(1.0)}, [200, 100, 100]),
    ({"cICP": code_points(P3, CURVE), "sRGB": b"\0"}, [214, 94, 96]),
    # Nonsense describes nothing.
    ({"gAMA": gamma(0)}, [200, 100, 100]),
    ({"gAMA": gamma(0.0001)}, [200, 100, 100]),
    ({"gAMA": b"\0"}, [200, 100, 100]),
    ({"gAMA": gamma(0.45455), "cHRM": bytes(32)}, [200, 100, 100]),
    ({"cHRM": b"\0\0"}, [200, 100, 100]),
    ({"cICP": b""}, [200, 100, 100]),
    ({"cICP": code_points(77, 99)}, [200, 100, 100]),
]


@pytest.mark.parametrize(("chunks", "expected"), DESCRIBED)
def test_chunks_of_a_png(client: ToolClient, chunks: dict[str, bytes], expected: list[int]) -> None:
    data = png(PATCH, **chunks)
    assert seen(client, data) == pytest.approx(expected, abs=2)
    changed = expected != [200, 100, 100]
    assert notes(client, data) == ["profile: the colours were converted to sRGB"] * changed
    strict = client.http.post(
        "/api/v1/tools/convert",
        data={"file": (io.BytesIO(data), "a"), "settings": '{"format":"gif"}', "strict": "true"},
    )
    assert strict.status_code == (422 if changed else 200)
    strict.close()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_greys_of_a_png(client: ToolClient, deep: bool, alpha: bool) -> None:
    image = plain(48, 32, 128, 90) if alpha else plain(48, 32, 128)
    if deep:
        image = (image.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")
    data = png(image, gAMA=gamma(1.0))
    found = seen(client, data)
    assert found[0] == pytest.approx(188, abs=1)
    assert found[-1] == pytest.approx(90 if alpha else 188, abs=1)


def test_a_profile_beats_a_power_but_not_code_points(client: ToolClient) -> None:
    wide = PATCH.icc_transform("p3", input_profile="srgb", embedded=False)
    assert seen(client, png(wide, gAMA=gamma(1.0))) == pytest.approx([200, 100, 100], abs=2)
    stored = wide(24, 16)
    said = png(wide, cICP=code_points(SRGB, CURVE))
    assert seen(client, said) == pytest.approx(stored, abs=2)


def test_numbers_stay_as_a_profile_where_colours_are_only_moved(client: ToolClient) -> None:
    data = png(PATCH, cICP=code_points(P3, CURVE))
    image = pyvips.Image.new_from_buffer(client.post("resize", data, width=20).data, "")
    assert image(10, 5) == [200, 100, 100]
    converted = image.icc_transform("srgb", embedded=True, intent="relative")
    assert converted(10, 5) == pytest.approx([214, 94, 96], abs=2)
    profile: Any = image.get("icc-profile-data")
    assert len(profile) < 3000


@pytest.mark.parametrize(
    ("primaries", "transfer", "expected"),
    [
        (SRGB, CURVE, [200, 100, 100]),
        (2, 2, [200, 100, 100]),
        (P3, CURVE, [214, 94, 96]),
        (SRGB, LINEAR, [229, 168, 168]),
        (SRGB, GAMMA_28, [189, 76, 76]),
        (REC_2020, 14, [240, 76, 97]),
    ],
)
def test_numbers_of_an_avif(
    client: ToolClient, primaries: int, transfer: int, expected: list[int]
) -> None:
    data = avif(PATCH, primaries, transfer)
    assert seen(client, data) == pytest.approx(expected, abs=3)
    changed = expected != [200, 100, 100]
    assert notes(client, data) == ["profile: the colours were converted to sRGB"] * changed


def ramp() -> pyvips.Image:
    """Draw 16 bits from nothing to all, left to right."""
    levels = pyvips.Image.xyz(1024, 8)[0] * (65_535 / 1023)
    return (
        levels.bandjoin(levels).bandjoin(levels).rint().cast("ushort").copy(interpretation="rgb16")
    )


@pytest.mark.parametrize(("transfer", "name"), [(PQ, "PQ"), (HLG, "HLG")])
@pytest.mark.parametrize("kind", ["png", "avif"])
def test_wide_light_is_rolled_off_and_told(
    client: ToolClient, kind: str, transfer: int, name: str
) -> None:
    """By ITU-R BT.2390, so that white keeps room above it; never darker where there is more."""
    image = ramp()
    if kind == "png":
        data = png(image, cICP=code_points(REC_2020, transfer))
    else:
        data = avif(image.colourspace("srgb"), REC_2020, transfer)
    result = client.run("convert", data, format="png")
    greys = [result(x, 4)[1] for x in range(0, 1024, 8)]
    assert greys == sorted(greys)
    assert greys[0] == 0
    white, most = {PQ: (0.5807, 0.7518), HLG: (0.75, 1.0)}[transfer]
    at_white, between, at_most = (
        result(round(1023 * share), 4)[1] for share in (white, (white + most) / 2, most)
    )
    assert at_white == pytest.approx(229, abs=4)
    assert at_white + 10 < between < at_most
    assert at_most >= 253
    assert DARKENED.format(name) in notes(client, data)
    refused = client.http.post(
        "/api/v1/tools/resize",
        data={"file": (io.BytesIO(data), "a"), "settings": '{"width":9}', "strict": "true"},
    )
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (422, "WOULD_LOSE")


def test_dark_tones_of_wide_light_keep_their_brightness(client: ToolClient) -> None:
    """50 of 203 candela, as PQ, is a quarter of the light of white."""
    signal = 0.4401
    image = numpy.full((8, 8, 3), round(65_535 * signal), numpy.uint16)
    data = png(pyvips.Image.new_from_array(image).copy(interpretation="rgb16"), cICP=b"\1\x10\0\1")
    assert seen(client, data) == pytest.approx([136] * 3, abs=2)


def test_numbers_that_describe_no_colours_make_no_profile() -> None:
    line = ((0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.3127, 0.329))
    assert profile_of(Numbers(line, CURVE)) is None
    assert profile_of(Numbers(((0.0, 0.0),) * 4, CURVE)) is None
    assert profile_of(Numbers(((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), (0.5, -9)), 8)) is None
    assert powered(1000) is None
    assert powered(0.0001) is None
    assert profile_of(numbers_of(SRGB, CURVE)) is None


def boxes(*parts: tuple[bytes, bytes]) -> bytes:
    return b"".join(struct.pack(">I4s", 8 + len(data), name) + data for name, data in parts)


def sequence(frames: int, handler: bytes = b"pict") -> bytes:
    sizes = boxes((b"stsz", struct.pack(">III", 0, 0, frames)))
    media = boxes((b"hdlr", bytes(8) + handler), (b"minf", boxes((b"stbl", sizes))))
    return boxes((b"moov", boxes((b"trak", boxes((b"mdia", media))))))


def test_frames_of_an_animation_that_are_left_out_are_told(client: ToolClient) -> None:
    buffer = io.BytesIO()
    frames = [Image.fromarray(picture.numpy()) for picture in (GREY, PATCH, scene())]
    frames[0].save(buffer, "AVIF", save_all=True, append_images=frames[1:], duration=200)
    data = buffer.getvalue()
    told = "animation: only the first of 3 frames was kept"
    assert notes(client, data) == [told]
    refused = client.http.post(
        "/api/v1/tools/convert",
        data={"file": (io.BytesIO(data), "a"), "settings": '{"format":"png"}', "strict": "true"},
    )
    assert refused.status_code == 422


def test_only_tracks_of_pictures_are_animations(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    for track, frames in ((sequence(7), 7), (sequence(7, b"soun"), 0), (sequence(1), 1)):
        path.write_bytes(sample("avif") + track)
        assert read_iso_media(path).frames == frames


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_boxes_that_lie_say_nothing(tmp_path: Path, at: int) -> None:
    data = bytearray(avif(PATCH, P3, CURVE) + sequence(3))
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path = tmp_path / "a.avif"
    path.write_bytes(data)
    assert isinstance(read_iso_media(path), IsoMedia)
    path.write_bytes(data[:at] or b"\0")
    assert isinstance(read_iso_media(path), IsoMedia)


def test_boxes_that_hold_each_other_end(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.write_bytes(boxes((b"moov", b"")) * 100_000)
    assert read_iso_media(path) == IsoMedia()


def test_plain_pictures_stay_as_they_are(client: ToolClient) -> None:
    assert_image_close(client.run("convert", png(scene()), format="png"), scene(), within=0)
    assert notes(client, png(scene())) == []
