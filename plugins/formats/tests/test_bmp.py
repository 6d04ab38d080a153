"""BMP: every depth is read, and what is written is read by others."""

import io
import struct
from pathlib import Path

import ashim_formats.bmp
import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.plugin import Writing
from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene


def by_pillow(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    return buffer.getvalue()


def as_pillow(image: pyvips.Image) -> Image.Image:
    return Image.fromarray(image.numpy())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_every_mode_is_read(client: ToolClient, mode: str) -> None:
    image = as_pillow(scene()).convert(mode)
    result = client.run("convert", by_pillow(image), format="png")
    expected = numpy.asarray(image.convert("RGB" if mode == "P" else mode).convert("RGB"))
    assert numpy.array_equal(result.colourspace("srgb").numpy(), expected)


def test_rows_from_the_top_are_read(client: ToolClient) -> None:
    data = bytearray(by_pillow(as_pillow(scene().flipver())))
    data[22:26] = struct.pack("<i", -32)
    assert_image_close(client.run("convert", bytes(data), format="png"), scene(), within=0)


def test_packed_rows_are_read(client: ToolClient) -> None:
    """Two rows: three pixels of the second colour, then one of the first and two of the third."""
    palette = bytes((0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0)).ljust(1024, b"\0")
    packed = bytes((3, 1, 0, 0, 1, 0, 2, 2, 0, 1))
    start = 14 + 40 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", start + len(packed), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, 3, 2, 1, 8, 1, len(packed), 0, 0, 256, 0)
    result = client.run("convert", head + info + palette + packed, format="png")
    red, green, blue = [255, 0, 0], [0, 255, 0], [0, 0, 255]
    assert result.numpy().tolist() == [[red, blue, blue], [green, green, green]]


def by_masks(
    depth: int, masks: tuple[int, ...], values: list[int], *, header: int = 108, up: bool = False
) -> bytes:
    """Write one row of pixels twice, below each other, of which masks say what they mean."""
    kind = {16: "H", 32: "I"}[depth]
    row = struct.pack(f"<{len(values)}{kind}", *values)
    row += bytes(-len(row) % 4)
    four = len(masks) == 4 and header == 40
    stored = struct.pack(f"<{len(masks)}I", *masks)
    start = max(14 + header, 54 + len(stored))
    info = struct.pack("<IiiHHI", header, len(values), -2 if up else 2, 1, depth, 6 if four else 3)
    head = struct.pack("<2sIHHI", b"BM", start + 2 * len(row), 0, 0, start) + info
    return (head.ljust(54, b"\0") + stored).ljust(start, b"\0") + 2 * row


Fields = tuple[int, tuple[int, ...], int, list[int], list[list[int]]]
FIELDS: list[Fields] = [
    # depth, masks, length of the header, pixels, colours
    (16, (0xF00, 0xF0, 0xF, 0xF000), 108, [0x8C63, 0xF000], [[204, 102, 51, 136], [0, 0, 0, 255]]),
    (16, (0xF00, 0xF0, 0xF, 0xF000), 40, [0x8C63, 0xFFFF], [[204, 102, 51, 136], [255] * 4]),
    (16, (0x7C00, 0x3E0, 0x1F), 40, [0x7C1F, 0x3E0], [[255, 0, 255], [0, 255, 0]]),
    (16, (0xF800, 0x7E0, 0x1F), 40, [0xF800, 0x7FF], [[255, 0, 0], [0, 255, 255]]),
    (16, (0x1F, 0x3E0, 0x7C00, 0x8000), 124, [0x801F, 0x7C00], [[255, 0, 0, 255], [0, 0, 255, 0]]),
    (16, (0xE0, 0x1C, 0x3), 40, [0xE3, 0x49], [[255, 0, 255], [73, 73, 85]]),
    (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), 56, [0x40302010], [[16, 32, 48, 64]]),
    (32, (0xFF000000, 0xFF0000, 0xFF00), 52, [0x40302010], [[64, 48, 32]]),
    (32, (0xFF000000, 0, 0xFF00), 40, [0x40302010], [[64, 0, 32]]),
    # Alpha that is empty everywhere was left so by the program.
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 108, [0x302010, 0x1], [[48, 32, 16], [0, 0, 1]]),
]


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("up", [False, True])
def test_masks_say_what_bits_mean(client: ToolClient, fields: Fields, up: bool) -> None:
    depth, masks, header, values, colours = fields
    data = by_masks(depth, masks, values, header=header, up=up)
    result = client.run("convert", data, format="png")
    assert result.numpy().tolist() == [colours] * 2


def test_deep_masks_are_told(client: ToolClient) -> None:
    data = by_masks(32, (0x3FF00000, 0xFFC00, 0x3FF), [0x3FF80000, 0x200])
    answer = client.post("convert", data, accept="application/json", format="png").json
    assert answer is not None
    assert answer["notes"] == ["depth: 10 bits were reduced to 8"]
    assert client.run("convert", data, format="png")(1, 0) == [0, 0, 128]


@pytest.mark.parametrize(
    ("depth", "masks"),
    [(16, (0x505, 0, 0)), (16, (0, 0, 0)), (16, (0xF0000, 0xF0, 0xF)), (32, (5, 0, 0))],
)
def test_masks_of_nonsense_are_damage(
    client: ToolClient, depth: int, masks: tuple[int, ...]
) -> None:
    data = by_masks(depth, masks, [1, 2])
    assert client.refusal("convert", data, format="png") == (422, "DECODE_FAILED")


def test_bit_fields_that_are_cut_off_are_damage(client: ToolClient) -> None:
    data = by_masks(16, (0xF00, 0xF0, 0xF, 0xF000), [1, 2, 3, 4])
    assert client.refusal("convert", data[:-1], format="png") == (422, "DECODE_FAILED")


@pytest.mark.parametrize("name", ["rgb", "rgba", "grey", "grey-alpha"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    frame = pyvips.Image.new_from_buffer(sample(name), "").crop(0, 0, 47, 31)
    path = tmp_path / "result.bmp"
    ashim_formats.bmp.write(Writing((frame,), 100, path))
    result = ashim_formats.bmp.read(path, False).frames[0]
    assert_image_close(result, frame.colourspace("srgb"), within=0)
    with Image.open(path) as image:
        assert image.mode == ("RGBA" if frame.hasalpha() else "RGB")
        assert numpy.array_equal(numpy.asarray(image), frame.colourspace("srgb").numpy())
