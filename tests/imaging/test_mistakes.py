"""Mistakes in a file that mean no pixel are passed over and told; missing pixels are refused."""

import io
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import ashim_essentials.convert
import ashim_essentials.resize
import pytest
import pyvips

from ashim_core.imaging.jpeg import mistakes
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
OF_JPEG = "file: mistakes between the segments of the JPEG were passed over"
OF_TIFF = "file: mistakes in the tags of the TIFF were passed over"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert, ashim_essentials.resize)


def notes(client: ToolClient, data: bytes) -> list[str]:
    answer: Any = client.post("convert", data, accept="application/json", format="png").json
    found: list[str] = answer["notes"]
    return found


@cache
def large(**options: Any) -> bytes:
    """Write a JPEG with details everywhere, so that every part of it counts."""
    noise = pyvips.Image.gaussnoise(240, 160, sigma=40, mean=128, seed=3)
    image = noise.bandjoin(noise.fliphor()).bandjoin(noise.flipver()).cast("uchar")
    return image.copy(interpretation="srgb").jpegsave_buffer(Q=90, **options)


def segments(data: bytes) -> Iterator[int]:
    """Give where each segment up to the first scan begins."""
    at = 2
    while True:
        yield at
        if data[at + 1] == 0xDA:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def scan_header(data: bytes) -> int:
    """Give where the first scan says which coefficients it has."""
    *_, at = segments(data)
    return at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") - 3


def put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def stray(data: bytes, index: int, junk: bytes) -> bytes:
    """Put bytes before a segment; the last place comes first, where there are several."""
    at = list(segments(data))[index]
    return data[:at] + junk + data[at:]


def odd_jpegs() -> dict[str, bytes]:
    """Write JPEGs with each mistake."""
    data = sample("jpeg")
    count = len(list(segments(data)))
    jfif = b"\xff\xe0" + struct.pack(">H5sBBBHHBB", 16, b"JFIF\0", 5, 1, 0, 1, 1, 0, 0)
    with_version = data[:2] + jfif + data[2:]
    adobe = b"\xff\xee" + struct.pack(">H5sHHHB", 14, b"Adobe", 100, 0, 0, 9)
    return {
        **{
            f"{len(junk)} bytes before segment {index}": stray(data, index, junk)
            for index in range(1, count)  # before the first one, it would be no JPEG
            for junk in (b"\0", b"stray bytes", bytes(3000))
        },
        "stuffed bytes": stray(data, 1, b"\xff\0\xff\0abc"),
        "several places": stray(data, 3, b"abc").replace(b"\xff\xdb", b"\0\xff\xdb", 1),
        "scan without coefficients": put(data, scan_header(data), bytes(3)),
        "scan of some coefficients": put(data, scan_header(data), b"\1\5\0"),
        "scan that refines": put(data, scan_header(data), b"\0\x3f\x10"),
        "version of JFIF": with_version,
        "transform of Adobe": stray(data, 1, adobe),
        "all of it": stray(put(with_version, scan_header(with_version), bytes(3)), 2, b"junk"),
    }


ODD = odd_jpegs()


@pytest.mark.parametrize("name", ODD)
def test_a_jpeg_with_a_mistake_is_read(client: ToolClient, name: str) -> None:
    assert_image_close(client.run("convert", ODD[name], format="png"), scene(), within=4)
    assert notes(client, ODD[name]) == [OF_JPEG]


def test_it_is_read_smaller_too(client: ToolClient) -> None:
    data = stray(scene(480, 320).jpegsave_buffer(Q=95), 1, b"stray")
    result = client.run("resize", data, width=60)
    assert_image_close(result, scene(60, 40), within=6)


def test_nothing_is_lost_by_it(client: ToolClient) -> None:
    response = client.http.post(
        "/api/v1/tools/convert",
        data={
            "file": (io.BytesIO(ODD["stuffed bytes"]), "a"),
            "settings": '{"format":"png"}',
            "strict": "true",
        },
    )
    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize("part", range(1, 20))
@pytest.mark.parametrize("name", ["plain", "progressive"])
@pytest.mark.parametrize("odd", [False, True])
def test_a_cut_jpeg_is_refused(client: ToolClient, name: str, part: int, odd: bool) -> None:
    data = large(interlace=name == "progressive")
    start = scan_header(data) + 3
    cut = data[: start + (len(data) - start) * part // 20]
    cut = stray(cut, 1, b"stray") if odd else cut
    assert client.refusal("convert", cut, format="png") == (422, "DECODE_FAILED")


@pytest.mark.parametrize("mark", [b"\xff\xd3", EOI, b"\xff\xfe\0\2"])
@pytest.mark.parametrize("odd", [False, True])
def test_damaged_pixels_of_a_jpeg_are_refused(client: ToolClient, mark: bytes, odd: bool) -> None:
    """A mark in the middle, behind which there is nothing more for this part of the picture."""
    data = large()
    start = scan_header(data) + 3
    data = put(data, (start + len(data)) // 2, mark)
    data = put(data, scan_header(data), bytes(3)) if odd else data
    assert client.refusal("convert", data, format="png") == (422, "DECODE_FAILED")


def test_scans_of_one_channel_each_are_all_put_right(tmp_path: Path) -> None:
    """The header of each scan is wrong; what follows is at its place in the file."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 8, 8, 3)
    frame += b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    scans = [
        b"\xff\xda" + struct.pack(">HBBB", 8, 1, number, 0) + bytes(3) + b"\x12\xff\0\x34"
        for number in (1, 2, 3)
    ]
    path = tmp_path / "a.jpg"
    path.write_bytes(SOI + frame + b"".join(scans) + EOI)
    edits = mistakes(path)
    assert [edit.instead for edit in edits] == [b"\0\x3f\0"] * 3
    ends = [len(SOI + frame + b"".join(scans[: index + 1])) - 4 for index in range(3)]
    assert [edit.end for edit in edits] == ends


def test_scans_of_a_progressive_picture_are_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(large(interlace=True))
    assert mistakes(path) == ()


@pytest.mark.parametrize("data", [SOI, SOI + b"\xff", SOI + b"\xff\xe0", SOI + b"\xff\xe0\0", b""])
def test_beginnings_have_no_mistakes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data or SOI)
    assert mistakes(path) == ()


def odd_tiff(data: bytes, *entries: tuple[int, int, int, int]) -> bytes:
    """Add entries, whose numbers are above all others, to the only directory of a TIFF."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    old = data[at + 2 : at + 2 + 12 * count]
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    moved = len(data) + len(data) % 2
    head = data[:4] + struct.pack("<I", moved) + data[8:]
    table = struct.pack("<H", count + len(entries)) + old + rows + bytes(4)
    return head.ljust(moved, b"\0") + table


COMPRESSIONS = ["none", "lzw", "deflate", "packbits", "jpeg", "webp", "ccittfax4"]
UNENDED = (0xC000, 2, 4, int.from_bytes(b"abcd", "little"))
"""A tag of text that doesn't end as text does."""
ODD_TAGS = {
    "text without an end": (UNENDED,),
    "text of one letter": ((0xC000, 2, 1, ord("a")),),
    "two mistakes": (UNENDED, (0xC001, 2, 1, ord("b"))),
    "geographic text": ((34737, 2, 4, int.from_bytes(b"wgs|", "little")),),
}


@cache
def stored(compression: str) -> bytes:
    noise = pyvips.Image.gaussnoise(64, 48, sigma=40, mean=128, seed=3).cast("uchar")
    image = noise.bandjoin(noise.fliphor()).bandjoin(noise.flipver())
    image = image.copy(interpretation="srgb")
    if compression == "ccittfax4":
        image = ((noise > 128).ifthenelse(255, 0)).cast("uchar").copy(interpretation="b-w")
    options: dict[str, Any] = {"bitdepth": 1} if compression == "ccittfax4" else {"Q": 95}
    return image.tiffsave_buffer(compression=compression, tile_height=16, **options)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("name", ODD_TAGS)
def test_a_tiff_with_odd_tags_is_read(client: ToolClient, name: str, compression: str) -> None:
    plain = stored(compression)
    data = odd_tiff(plain, *ODD_TAGS[name])
    expected = client.run("convert", plain, format="png")
    assert_image_close(client.run("convert", data, format="png"), expected, within=0)
    assert notes(client, plain) == []
    assert notes(client, data) == [OF_TIFF]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("part", range(5))
def test_a_tiff_with_missing_pixels_is_refused(
    client: ToolClient, compression: str, odd: bool, part: int
) -> None:
    """The strips end early, as their lengths say; or are nothing where the second one begins."""
    data = bytearray(stored(compression))
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    for index in range(count):
        tag, _, strips, place = struct.unpack_from("<HHII", data, at + 2 + 12 * index)
        if tag == 279:
            assert strips == 3
            (length,) = struct.unpack_from("<I", data, place + 4)
            struct.pack_into("<I", data, place + 4, max(1, length * part // 6))
    changed = odd_tiff(bytes(data), UNENDED) if odd else bytes(data)
    assert client.refusal("convert", changed, format="png") == (422, "DECODE_FAILED")
