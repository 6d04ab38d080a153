"""Every way in which a TIFF stores samples: read rightly, or refused as a kind not known here."""

import itertools
import struct
from pathlib import Path
from typing import Any

import ashim_essentials.convert
import ashim_essentials.resize
import numpy
import pytest
import pyvips

from ashim_core.errors import FormatNotSupported, TooComplex
from ashim_core.imaging.decode import decode
from ashim_core.imaging.header import read_header
from ashim_core.limits import Limits
from ashim_core.testing import MakeClient, ToolClient, assert_image_close
from ashim_core.testing.samples import oriented, scene
from tests.imaging.profiles import profile
from tests.imaging.tiffs import (
    BLACK_IS_0,
    CONTIGUOUS,
    DEFLATE,
    FLOAT,
    INKS,
    LAB,
    PALETTE,
    RGB,
    SEPARATE,
    SIGNED,
    UNSIGNED,
    WHITE_IS_0,
    YCBCR,
    Array,
    Rationals,
    tiff,
)

WIDTH, HEIGHT = 64, 32


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert, ashim_essentials.resize)


BITS = {UNSIGNED: (1, 2, 4, 8, 12, 16, 24, 32, 64), SIGNED: (8, 16, 32), FLOAT: (16, 32, 64)}
COLOURS = {"grey": BLACK_IS_0, "white is 0": WHITE_IS_0, "rgb": RGB, "palette": PALETTE}
BANDS = {"grey": 1, "white is 0": 1, "rgb": 3, "palette": 1}
Kind = tuple[str, int, int, int, int, int]
KINDS: list[Kind] = [
    (colours, kind, bits, planes, tiled, alpha)
    for colours, (kind, depths) in itertools.product(COLOURS, BITS.items())
    for bits in depths
    for planes, tiled, alpha in itertools.product((CONTIGUOUS, SEPARATE), (0, 1), (0, 1))
    if not (colours == "palette" and bits > 8)
]


def ramps(bands: int) -> Array:
    """Give levels of 0 to 1: one channel rises, the next one falls, the third stays."""
    rise = numpy.linspace(0, 1, WIDTH)
    across = numpy.stack([rise, 1 - rise, numpy.full(WIDTH, 0.5)][:bands], axis=1)
    down = numpy.linspace(1, 0.5, HEIGHT)
    return across[None] * down[:, None, None]


def stored(levels: Array, kind: int, bits: int) -> Array:
    """Give levels as numbers of a kind."""
    if kind == FLOAT:
        return levels.astype(f"f{bits // 8}")
    whole = numpy.round(levels * (2.0**bits - 1))
    if kind == SIGNED:
        return (whole - 2.0 ** (bits - 1)).astype(f"i{bits // 8}")
    size = next(size for size in (1, 2, 4, 8) if 8 * size >= bits)
    return whole.astype(f"u{size}") if bits < 64 else (levels * 2.0**63).astype("u8")


def written(item: Kind) -> bytes:
    """Write a file of a kind; its alpha is opaque on the left and half so on the right."""
    colours, kind, bits, planes, tiled, alpha = item
    levels = ramps(BANDS[colours])
    if colours == "white is 0":
        levels = 1 - levels
    if alpha:
        fading = numpy.ones((HEIGHT, WIDTH, 1))
        fading[:, WIDTH // 2 :] = 0.5
        levels = numpy.concatenate([levels, fading], axis=2)
    bands = levels.shape[2]
    tags: dict[int, Any] = {258: bits, 339: [kind] * bands, 262: COLOURS[colours], 284: planes}
    if tiled:
        tags.update({322: 16, 323: 16})
    if alpha:
        tags[338] = 2
    if colours == "palette":
        count = 2**bits
        rise = [round(65_535 * index / (count - 1)) for index in range(count)]
        tags[320] = [*rise, *reversed(rise), *[32_768] * count]
    return tiff((stored(levels, kind, bits), tags))


def expected(item: Kind) -> Array:
    """Give what is seen, in 8 bits: colours, and alpha if there is any."""
    colours, kind, bits, _, _, _ = item
    levels = ramps(BANDS[colours])
    steps = 2.0 ** min(bits, 16) - 1
    if colours == "white is 0":
        levels = 1 - numpy.round((1 - levels) * steps) / steps
    elif kind != FLOAT:
        levels = numpy.round(levels * steps) / steps
    if kind == FLOAT:
        levels = numpy.where(
            levels <= 0.0031308, levels * 12.92, 1.055 * levels ** (1 / 2.4) - 0.055
        )
    if colours == "palette":
        levels = numpy.concatenate([levels, 1 - levels, numpy.full_like(levels, 0.5)], axis=2)
    return 255 * levels


def decoded(path: Path, data: bytes) -> Array:
    path.write_bytes(data)
    frame = decode(read_header(path, Limits()), animated=False).frames[0]
    assert frame.format == "uchar"
    assert frame.interpretation == ("b-w" if frame.bands < 3 else "srgb")
    pixels: Array = frame.numpy()
    return pixels.reshape(frame.height, frame.width, -1)


def test_samples_are_read_rightly_or_refused(tmp_path: Path) -> None:
    """The whole matrix; what every camera, scanner and program writes has to be readable."""
    wrong, read = [], set()
    for number, item in enumerate(KINDS):
        try:
            pixels = decoded(tmp_path / f"{number}.tif", written(item)).astype(float)
        except FormatNotSupported:
            continue
        read.add(item)
        wanted = expected(item)
        bands = wanted.shape[2]
        close = pixels.shape[2] == bands + item[5]
        close = close and numpy.abs(pixels[:, :, :bands] - wanted).max() < 2
        if item[5] and close:
            half = pixels[:, WIDTH // 2 :, bands]
            close = (pixels[:, : WIDTH // 2, bands] == 255).all() and abs(half - 127.5).max() < 2
        if not close:
            wrong.append(item)
    assert not wrong
    usual = {
        (colours, UNSIGNED, bits, CONTIGUOUS, tiled, alpha)
        for colours, depths in (("grey", (8, 16, 32)), ("rgb", (8, 16, 32)))
        for bits, tiled, alpha in itertools.product(depths, (0, 1), (0, 1))
    }
    usual |= {
        ("grey", UNSIGNED, bits, CONTIGUOUS, tiled, 0)
        for bits, tiled in itertools.product((1, 2, 4), (0, 1))
    }
    usual |= {("palette", UNSIGNED, bits, CONTIGUOUS, 0, 0) for bits in (1, 2, 4, 8)}
    usual |= {("white is 0", UNSIGNED, bits, CONTIGUOUS, 0, 0) for bits in (1, 8, 16)}
    usual |= {
        (colours, FLOAT, bits, CONTIGUOUS, tiled, alpha)
        for colours, bits, tiled, alpha in itertools.product(
            ("grey", "rgb"), (16, 32), (0, 1), (0, 1)
        )
    }
    usual |= {
        ("rgb", UNSIGNED, bits, SEPARATE, 0, alpha) for bits in (8, 16, 32) for alpha in (0, 1)
    }
    assert usual <= read


def flat(*values: float, kind: str = "u1") -> Array:
    """Give samples that are the same everywhere."""
    return numpy.broadcast_to(numpy.array(values, kind), (HEIGHT, WIDTH, len(values))).copy()


def middle(path: Path, data: bytes) -> list[int]:
    pixels = decoded(path, data)
    return [int(value) for value in pixels[HEIGHT // 2, WIDTH // 2]]


REDS = ((76.2, 85.0, 255.5), (254, 0, 0)), ((149.7, 43.5, 21.2), (0, 255, 0))
"""Luma and chroma of colours, by the weights of ITU-R BT.601."""


@pytest.mark.parametrize(("stored", "seen"), [*REDS, ((128, 128, 128), (128,) * 3)])
@pytest.mark.parametrize("planes", [CONTIGUOUS, SEPARATE])
@pytest.mark.parametrize("compression", [1, DEFLATE])
def test_luma_and_chroma_become_colours(
    tmp_path: Path, stored: Any, seen: Any, planes: int, compression: int
) -> None:
    tags = {262: YCBCR, 530: [1, 1], 284: planes, 259: compression}
    data = tiff((flat(*numpy.round(numpy.clip(stored, 0, 255))), tags))
    if planes == SEPARATE:
        with pytest.raises(FormatNotSupported):
            middle(tmp_path / "a.tif", data)
        return
    assert middle(tmp_path / "a.tif", data) == pytest.approx(seen, abs=2)


@pytest.mark.parametrize("down", [1, 2])
@pytest.mark.parametrize("tiled", [False, True])
def test_shared_chroma_becomes_colours(tmp_path: Path, down: int, tiled: bool) -> None:
    """Units of so many lumas and one pair of chroma, as section 21 of the standard orders them."""
    unit = [76] * (2 * down) + [85, 255]
    rows = flat(0, kind="u1")
    packed = numpy.array(unit * (WIDTH // 2 * HEIGHT // down), "u1")
    tags: dict[int, Any] = {262: YCBCR, 530: [2, down], 256: WIDTH, 257: HEIGHT, 277: 3}
    tags |= {258: [8, 8, 8], 278: HEIGHT, 339: [1, 1, 1]}
    if tiled:
        tags |= {322: WIDTH, 323: HEIGHT}
        del tags[278]
    data = tiff((rows, {**tags, "raw": packed.tobytes()}))
    assert middle(tmp_path / "a.tif", data) == pytest.approx((254, 0, 0), abs=3)


def test_range_and_weights_of_luma_are_heeded(tmp_path: Path) -> None:
    """Studio range with the weights of ITU-R BT.709: 16 is black, 235 white."""
    studio = {262: YCBCR, 530: [1, 1], 532: Rationals(16, 235, 128, 240, 128, 240)}
    weights = {529: Rationals(0.2126, 0.7152, 0.0722)}
    for luma, grey in ((16, 0), (235, 255), (126, 128)):
        data = tiff((flat(luma, 128, 128), {**studio, **weights}))
        assert middle(tmp_path / f"{luma}.tif", data) == pytest.approx([grey] * 3, abs=1)
    data = tiff((flat(63, 102, 240), {**studio, **weights}))
    assert middle(tmp_path / "red.tif", data) == pytest.approx((255, 0, 0), abs=4)


@pytest.mark.parametrize(("kind", "bits"), [(UNSIGNED, 16), (SIGNED, 16), (FLOAT, 32)])
def test_lab(tmp_path: Path, kind: int, bits: int) -> None:
    """The red of sRGB: L 54.29, a 80.8, b 69.9 under D50, where L is 0 to 100."""
    if kind == FLOAT:
        samples = flat(54.29, 80.8, 69.9, kind="f4")
    else:
        samples = flat(54.29 * 655.35, 80.8 * 256, 69.9 * 256, kind="u2")
    seen = middle(tmp_path / "a.tif", tiff((samples, {262: LAB, 339: [kind] * 3})))
    assert seen[0] > 240
    assert max(seen[1:]) < 60


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_inks(tmp_path: Path, bits: int) -> None:
    whole = 2**bits - 1
    data = tiff((flat(0, whole, whole, 0, kind=f"u{bits // 8}"), {262: INKS}))
    red, green, blue = middle(tmp_path / "a.tif", data)
    assert red > 200
    assert max(green, blue) < 90


@pytest.mark.parametrize(("colours", "bands"), [(RGB, 3), (BLACK_IS_0, 1)])
@pytest.mark.parametrize("bits", [16, 32])
def test_a_profile_says_what_floats_mean(
    tmp_path: Path, colours: int, bands: int, bits: int
) -> None:
    """Half of the way, by a profile with a gamma of 2.2, is half of the way in sRGB as well."""
    samples = flat(*[0.5] * bands, kind=f"f{bits // 8}")
    tags: dict[int, Any] = {262: colours, 339: [FLOAT] * bands}
    plain = middle(tmp_path / "plain.tif", tiff((samples, tags)))
    assert plain == pytest.approx([188] * bands, abs=1)
    if bands == 3:
        tags[34_675] = profile("adobe-rgb")
        assert middle(tmp_path / "a.tif", tiff((samples, tags))) == pytest.approx([128] * 3, abs=2)


@pytest.mark.parametrize("extra", [[0, 0], [2, 0], [0, 2]])
def test_channels_that_are_no_colour_are_left_out(
    client: ToolClient, tmp_path: Path, extra: list[int]
) -> None:
    data = tiff((flat(200, 100, 50, 40, 90), {262: RGB, 338: extra}))
    alpha = {(2, 0): [40], (0, 2): [90]}.get((extra[0], extra[1]), [])
    assert middle(tmp_path / "a.tif", data) == [200, 100, 50, *alpha]
    answer: Any = client.post("convert", data, accept="application/json", format="png").json
    dropped = f"channels: {2 - len(alpha)} that are neither colour nor alpha were dropped"
    assert answer["notes"] == [dropped]


@pytest.mark.parametrize("values", [(0.0, 255.0), (-500.0, 3000.0), (2.0, 65_535.0), (-3.0, -1.0)])
@pytest.mark.parametrize("bands", [1, 3])
def test_floats_that_are_no_light_are_refused(
    tmp_path: Path, values: tuple[float, float], bands: int
) -> None:
    ramp = numpy.linspace(*values, WIDTH, dtype="f4")
    samples = numpy.broadcast_to(ramp[None, :, None], (HEIGHT, WIDTH, bands)).copy()
    data = tiff((samples, {262: RGB if bands == 3 else BLACK_IS_0, 339: [FLOAT] * bands}))
    with pytest.raises(FormatNotSupported, match="no light"):
        decoded(tmp_path / "a.tif", data)


def test_a_palette_with_alpha(tmp_path: Path) -> None:
    palette = [*range(0, 65_536, 257), *range(65_535, -1, -257), *[257 * 7] * 256]
    data = tiff((flat(200, 90), {262: PALETTE, 338: 2, 320: palette}))
    assert middle(tmp_path / "a.tif", data) == [200, 55, 7, 90]


def test_more_depths_than_channels(tmp_path: Path) -> None:
    data = tiff((flat(200, 90, 30), {262: RGB, 258: [8, 8, 8, 2], 339: [1, 1, 1, 3]}))
    assert middle(tmp_path / "a.tif", data) == [200, 90, 30]


def test_highlights_are_light(tmp_path: Path) -> None:
    samples = flat(0.2, kind="f4")
    samples[:, :10] = 40
    pixels = decoded(tmp_path / "a.tif", tiff((samples, {262: BLACK_IS_0, 339: [FLOAT]})))
    assert [int(pixels[5, x, 0]) for x in (5, 50)] == [255, 124]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("first", [b"II", b"MM"])
def test_both_orders_of_bytes_and_sizes_of_offsets(tmp_path: Path, first: bytes, big: bool) -> None:
    """32 bits of grey, whose samples only the directory tells from others."""
    order = "<" if first == b"II" else ">"
    entry, offset = (order + "HHQHHHH", "Q") if big else (order + "HHIHH", "I")
    tags = [(256, WIDTH), (257, HEIGHT), (258, 32), (259, 1), (262, 1), (277, 1), (278, HEIGHT)]
    start = 16 if big else 8
    count = len(tags) + 2
    size = struct.calcsize(entry)
    pixels = start + (8 if big else 2) + count * size + (8 if big else 4)
    tags += [(273, pixels), (279, 4 * WIDTH * HEIGHT)]
    tags.sort()
    head = first + struct.pack(
        order + ("HHHQ" if big else "HI"), *((43, 8, 0, 16) if big else (42, 8))
    )
    body = struct.pack(order + ("Q" if big else "H"), count)
    for tag, value in tags:
        body += struct.pack(entry, tag, 3, 1, value, *[0] * (3 if big else 1))
    body += struct.pack(order + offset, 0)
    grey = numpy.full((HEIGHT, WIDTH), 0x80000000, order + "u4")
    assert middle(tmp_path / "a.tif", head + body + grey.tobytes()) == [128]


def test_pages_have_their_own_orientation(client: ToolClient) -> None:
    samples = flat(30, 30, 30)
    samples[: HEIGHT // 2, : WIDTH // 2] = (255, 0, 0)
    pages = [(samples, {262: RGB, 274: turn}) for turn in (1, 3, 2)]
    result = client.run("resize", tiff(*pages), percentage=50)
    assert (result.width, result.get_page_height()) == (WIDTH // 2, HEIGHT // 2)
    corners = [(3, 3), (28, HEIGHT // 2 + 13), (28, HEIGHT + 3)]
    assert all(result(*corner) == pytest.approx([255, 0, 0], abs=3) for corner in corners)
    assert result.get("orientation") == 1


def test_pages_of_one_size_may_be_stored_in_different_ways(client: ToolClient) -> None:
    pages: list[tuple[Array, dict[Any, Any]]] = [
        (flat(200, 0, 0), {262: RGB}),
        (flat(1.0, kind="f4"), {262: BLACK_IS_0, 339: [FLOAT]}),
        (flat(0, 0, 200, 100), {262: RGB, 338: 2}),
    ]
    result = client.run("convert", tiff(*pages), format="webp", quality=100)
    assert result.get_page_height() == HEIGHT
    seen = [result(9, HEIGHT * page + 9) for page in range(3)]
    wanted = [[200, 0, 0, 255], [255, 255, 255, 255], [0, 0, 200, 100]]
    assert seen == [pytest.approx(colour, abs=6) for colour in wanted]


@pytest.mark.parametrize("turn", range(1, 9))
def test_pages_come_upright(client: ToolClient, turn: int) -> None:
    stored = oriented(scene(), turn).numpy()
    page = (numpy.ascontiguousarray(stored), {262: RGB, 274: turn})
    result = client.run("convert", tiff(page, page), format="tiff")
    assert result.get_page_height() == 32
    assert_image_close(result.crop(0, 0, 48, 32), scene(), within=0)
    assert_image_close(result.crop(0, 32, 48, 32), scene(), within=0)
    assert result.get("orientation") == 1


def test_pages_that_lie_and_stand_are_of_different_sizes(client: ToolClient) -> None:
    pages = [(flat(200, 0, 0), {262: RGB, 274: turn}) for turn in (1, 6)]
    answer: Any = client.post(
        "convert", tiff(*pages), accept="application/json", format="tiff"
    ).json
    assert answer["notes"] == ["pages: only the first of 2 was kept, as they differ in size"]


@pytest.mark.parametrize("turn", range(2, 9))
def test_frames_of_a_webp_come_upright(client: ToolClient, turn: int) -> None:
    stored = oriented(scene(), turn)
    strip = stored.join(stored.invert(), "vertical").copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", stored.height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [100, 200])
    strip.set_type(pyvips.GValue.gint_type, "orientation", turn)
    result = client.run("resize", strip.webpsave_buffer(lossless=True), percentage=100)
    assert (result.width, result.get_page_height()) == (48, 32)
    assert_image_close(result.crop(0, 0, 48, 32)[:3], scene(), within=9)
    assert_image_close(result.crop(0, 32, 48, 32)[:3], scene().invert(), within=9)
    assert not result.get_typeof("orientation")


@pytest.mark.parametrize(
    ("samples", "tags"),
    [
        (flat(1, kind="i2"), {262: BLACK_IS_0, 339: [SIGNED]}),
        (flat(1, 2, kind="f4"), {262: BLACK_IS_0, 339: [FLOAT] * 2, 284: SEPARATE, 338: 2}),
        (flat(1, kind="f8"), {262: BLACK_IS_0, 339: [FLOAT]}),
        (flat(9, 9, 9), {262: LAB}),
        (flat(9, 9, 9), {262: 32_803}),
        (flat(9, 9, 9), {262: RGB, 258: [5, 6, 5]}),
        (flat(9), {262: BLACK_IS_0, 259: 34_712}),
        (flat(9), {262: BLACK_IS_0, 259: 12_345}),
        (flat(9), {262: BLACK_IS_0, 259: 6}),
    ],
)
def test_kinds_that_are_not_read_are_called_so(
    client: ToolClient, samples: Array, tags: dict[int, Any]
) -> None:
    """Nothing is wrong with such a file, so it isn't called damaged."""
    answer = client.post("convert", tiff((samples, tags)), format="png")
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (422, "FORMAT_NOT_SUPPORTED")
    assert answer.json["error"].startswith("This kind of TIFF can't be read here")


def test_more_pages_than_frames_are_refused_by_their_directories(tmp_path: Path) -> None:
    page = (flat(9)[:1, :1], {262: BLACK_IS_0})
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(*[page] * 1001))
    with pytest.raises(TooComplex):
        read_header(path, Limits())


@pytest.mark.parametrize("at", [4, 8, 9, 10, 14, 18])
@pytest.mark.parametrize("value", [0, 1, 0x7F, 0xFF])
def test_directories_that_lie_are_refused(client: ToolClient, at: int, value: int) -> None:
    data = bytearray(tiff((flat(9, 9, 9), {262: RGB}), (flat(9, 9, 9), {262: RGB})))
    data[at : at + 4] = bytes([value]) * 4
    answer = client.post("convert", bytes(data), format="png")
    assert answer.status_code in {200, 413, 422}


def test_very_many_pages_of_different_kinds_give_the_first(client: ToolClient) -> None:
    """To open one of them, all before it are walked."""
    pages = [(flat(9)[:2, :2], {262: BLACK_IS_0, 274: turn}) for turn in (1, 2) * 60]
    answer: Any = client.post(
        "convert", tiff(*pages), accept="application/json", format="tiff"
    ).json
    assert answer["notes"] == ["pages: only the first of 120 was kept, as they differ in kind"]


@pytest.mark.parametrize("first", [2**64 - 1, 2**63, 2**32, 2**62])
@pytest.mark.parametrize("count", [0, 1, 2**64 - 1])
def test_places_beyond_any_file_are_damage(client: ToolClient, first: int, count: int) -> None:
    for data in (
        b"II+\0\x08\0\0\0" + struct.pack("<Q", first) + bytes(64),
        b"II+\0\x08\0\0\0" + struct.pack("<QQHHQQQ", 16, 1, 258, 16, count, first, first),
    ):
        status, code = client.refusal("convert", data, format="png")
        assert status == 422
        assert code in {"DECODE_FAILED", "FORMAT_NOT_SUPPORTED"}


def test_pages_in_a_circle_end(client: ToolClient) -> None:
    data = bytearray(tiff((flat(9, 9, 9), {262: RGB})))
    (count,) = struct.unpack_from("<H", data, 8)
    data[10 + 12 * count : 14 + 12 * count] = struct.pack("<I", 8)
    assert client.run("convert", bytes(data), format="png")(5, 5) == [9, 9, 9]
