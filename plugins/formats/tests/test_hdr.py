"""Radiance HDR: packed in both ways and not at all, every way up, and the curve of light."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ashim_formats.hdr
import numpy
import pytest

from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene

Made = Callable[..., bytes]
HEAD = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n"
WHITE, RED, BLACK = (128, 128, 128, 129), (128, 0, 0, 129), (0, 0, 0, 0)


def rgbe(image: Any) -> Any:
    """Give a picture of nothing but full and no light as mantissas and exponents."""
    lit = image.numpy() == 255
    exponent = numpy.full((*lit.shape[:2], 1), 129)
    return numpy.concatenate([lit * 128, exponent], axis=2).astype(numpy.uint8)


def test_rows_packed_by_channel(client: ToolClient) -> None:
    """Each channel as one run of one value, and then values as they are."""
    rows = b""
    for row in rgbe(scene()):
        rows += b"\2\2" + struct.pack(">H", 48)
        for channel in row.T:
            rows += bytes((128 + 24, channel[0], 24)) + channel[24:].tobytes()
    data = HEAD + b"-Y 32 +X 48\n" + rows
    assert_image_close(client.run("convert", data, format="png"), scene(), within=0)


def test_pixels_that_repeat(client: ToolClient) -> None:
    """300 = 44 + 256: the counts of repetitions in a row are digits."""
    pixels = bytes(RED) + bytes((1, 1, 1, 44)) + bytes((1, 1, 1, 1)) + bytes(WHITE)
    result = client.run("convert", HEAD + b"-Y 302 +X 1\n" + pixels, format="png")
    assert result(0, 0) == result(0, 300) == [255, 0, 0]
    assert result(0, 301) == [255, 255, 255]


@pytest.mark.parametrize(
    ("size", "orientation"),
    [
        *((b"-Y 32 +X 48", 1), (b"-Y 32 -X 48", 2), (b"+Y 32 -X 48", 3), (b"+Y 32 +X 48", 4)),
        *((b"+X 48 -Y 32", 5), (b"-X 48 -Y 32", 6), (b"-X 48 +Y 32", 7), (b"+X 48 +Y 32", 8)),
    ],
)
def test_every_way_up(
    client: ToolClient, made_hdr: Made, tmp_path: Path, size: bytes, orientation: int
) -> None:
    # Where rows begin, and which way they go, by the letters; the same picture must come out.
    stored = rgbe(scene())
    if size[1:2] == b"X":
        stored = stored.transpose(1, 0, 2)
    first, second = size[:1], size.split()[2][:1]
    down, right = (first, second) if size[1:2] == b"Y" else (second, first)
    vertical = 0 if size[1:2] == b"Y" else 1
    if down == b"+":
        stored = numpy.flip(stored, vertical)
    if right == b"-":
        stored = numpy.flip(stored, 1 - vertical)
    result = client.run("convert", made_hdr(stored, size), format="png")
    assert_image_close(result, scene(), within=0)
    path = tmp_path / "stored.hdr"
    path.write_bytes(made_hdr(stored, size))
    assert ashim_formats.hdr.probe(path).orientation == orientation


@pytest.mark.parametrize(
    "size", [b"-Y        2 +X       1", b"-Y 0002 +X 0001", b"-Y  2  +X 1 ", b"-Y 2 +X 1\r"]
)
def test_sizes_may_be_padded(client: ToolClient, size: bytes) -> None:
    """As Radiance and libvips write them."""
    result = client.run("convert", HEAD + size + b"\n" + bytes(RED + WHITE), format="png")
    assert result.numpy().tolist() == [[[255, 0, 0]], [[255, 255, 255]]]


def test_light_follows_the_curve_of_srgb(client: ToolClient, made_hdr: Made) -> None:
    """Half of the light is 188 of 255; four times white is white."""
    pixels = numpy.array([[(128, 128, 128, 128), (128, 0, 0, 131), BLACK]], numpy.uint8)
    result = client.run("convert", made_hdr(pixels, b"-Y 1 +X 3"), format="png")
    assert result.numpy().tolist() == [[[188, 188, 188], [255, 0, 0], [0, 0, 0]]]


def test_xyz_is_converted(client: ToolClient) -> None:
    """The white of D65."""
    data = HEAD.replace(b"rgbe", b"xyze") + b"-Y 1 +X 1\n" + bytes((122, 128, 139, 129))
    result = client.run("convert", data, format="png")
    assert result(0, 0) == pytest.approx([255, 255, 255], abs=3)


def test_depth_is_told(client: ToolClient, made_hdr: Made) -> None:
    data = made_hdr(numpy.array([[WHITE]], numpy.uint8), b"-Y 1 +X 1")
    answer = client.post("convert", data, accept="application/json", format="png").json
    assert answer is not None
    assert answer["notes"] == ["depth: 32 bits were reduced to 8"]


def test_the_orientation_is_what_the_core_knows(client: ToolClient, made_hdr: Made) -> None:
    """A picture stored as a camera on its side stores it comes out as that of the camera."""
    turned = numpy.rot90(rgbe(scene()), 1)
    by_core = client.run("convert", sample("orientation-6"), format="png")
    result = client.run("convert", made_hdr(turned, b"-X 48 -Y 32"), format="png")
    assert_image_close(result, by_core, within=6)
