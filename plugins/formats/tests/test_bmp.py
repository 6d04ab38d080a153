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
