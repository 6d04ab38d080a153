"""TGA: every kind and every corner to begin from."""

import io
import struct

import ashim_formats.tga
import numpy
import pytest
from PIL import Image

from ashim_core.testing import ToolClient, assert_image_close
from ashim_core.testing.samples import scene


def by_pillow(mode: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(scene().numpy()).convert(mode).save(buffer, "TGA", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("compression", [None, "tga_rle"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_every_kind_is_read(client: ToolClient, mode: str, compression: str | None) -> None:
    image = Image.fromarray(scene().numpy()).convert(mode)
    result = client.run("convert", by_pillow(mode, compression=compression), format="png")
    expected = numpy.asarray(image.convert("RGB"))
    assert numpy.array_equal(result.colourspace("srgb").numpy()[:, :, :3], expected)
    assert result.hasalpha() == (mode == "RGBA")


@pytest.mark.parametrize(("descriptor", "alpha"), [(0x28, True), (0x20, False)])
def test_alpha_counts_where_the_header_says_so(
    client: ToolClient, descriptor: int, alpha: bool
) -> None:
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 4, 4, 32, descriptor)
    result = client.run("convert", header + bytes((0, 0, 255, 7)) * 16, format="png")
    assert result(1, 1) == ([255, 0, 0, 7] if alpha else [255, 0, 0])


@pytest.mark.parametrize(
    ("levels", "used"),
    [((0, 255), True), ((3, 4), True), ((0, 0), False), ((255, 255), False), ((9, 9), False)],
)
@pytest.mark.parametrize("kind", [2, 10])
def test_alpha_that_nobody_speaks_of_counts_where_it_differs(
    client: ToolClient, kind: int, levels: tuple[int, int], used: bool
) -> None:
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, kind, 0, 0, 0, 0, 0, 4, 4, 32, 0x20)
    pixels = [bytes((0, 0, 255, levels[number % 2])) for number in range(16)]
    stored = b"".join(pixels) if kind == 2 else b"".join(b"\0" + pixel for pixel in pixels)
    result = client.run("convert", header + stored, format="png")
    assert result(0, 0) == ([255, 0, 0, levels[0]] if used else [255, 0, 0])
    assert result(1, 3)[3:] == ([levels[1]] if used else [])


RED, BLUE = b"\0\0\xff", b"\xff\0\0"
ACROSS = [
    bytes((0x80 | 15,)) + RED,
    bytes((15,)) + RED * 16,
    bytes((0x80 | 5,)) + RED + bytes((9,)) + RED * 10,
    bytes((0x80 | 2,)) + RED + bytes((0x80 | 12,)) + RED,
]


@pytest.mark.parametrize("packets", ACROSS)
def test_packets_may_go_on_in_the_next_row(client: ToolClient, packets: bytes) -> None:
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 4, 4, 24, 0x20)
    result = client.run("convert", header + packets, format="png")
    assert result.numpy().tolist() == [[[255, 0, 0]] * 4] * 4


def test_packets_of_palettes_and_greys_may_go_on_in_the_next_row(client: ToolClient) -> None:
    grey = struct.pack("<BBBHHBHHHHBB", 3, 0, 11, 0, 0, 0, 0, 0, 4, 2, 8, 0x20)
    result = client.run("convert", grey + b"abc" + bytes((0x87, 90)), format="png")
    assert result.numpy().reshape(2, 4).tolist() == [[90] * 4] * 2
    palette = struct.pack("<BBBHHBHHHHBB", 0, 1, 9, 0, 2, 24, 0, 0, 4, 2, 8, 0x20)
    result = client.run("convert", palette + RED + BLUE + bytes((0x87, 1)), format="png")
    assert result.numpy().tolist() == [[[0, 0, 255]] * 4] * 2


@pytest.mark.parametrize(
    "packets", [b"", bytes((0x80 | 14,)) + RED, bytes((15,)) + RED * 9, bytes((0x80 | 16,)) + RED]
)
def test_packets_that_are_too_few_or_too_many_are_damage(
    client: ToolClient, packets: bytes
) -> None:
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 4, 4, 24, 0x20)
    answer = client.refusal("convert", header + packets + b"" * 9, format="png")
    assert answer in {(422, "DECODE_FAILED"), (400, "INVALID_IMAGE")}


@pytest.mark.parametrize("descriptor", [0x00, 0x10, 0x20, 0x30])
def test_rows_and_columns_may_begin_in_any_corner(client: ToolClient, descriptor: int) -> None:
    stored = scene()
    stored = stored if descriptor & 0x20 else stored.flipver()
    stored = stored.fliphor() if descriptor & 0x10 else stored
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 48, 32, 24, descriptor)
    data = header + stored.numpy()[:, :, ::-1].tobytes()
    assert_image_close(client.run("convert", data, format="png"), scene(), within=0)


@pytest.mark.parametrize(
    ("at", "value"),
    [(1, 2), (2, 0), (2, 4), (2, 1), (5, 9), (16, 13), (17, 0x40), (17, 0x07), (12, 0), (14, 0)],
)
def test_a_header_of_which_one_value_makes_no_sense_is_none(at: int, value: int) -> None:
    header = bytearray(struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 9, 9, 24, 0))
    assert ashim_formats.tga.is_tga(bytes(header) + bytes(243))
    header[at] = value
    assert not ashim_formats.tga.is_tga(bytes(header) + bytes(243))
