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
