"""PSD: modes, depths, packing, profile, alpha."""

import struct
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import pyvips

from ashim_core.testing import ToolClient, assert_image_close
from ashim_core.testing.samples import scene

Made = Callable[..., bytes]
GREY, INDEXED, RGB, CMYK, LAB = 1, 2, 3, 4, 9


def planes(image: pyvips.Image) -> Any:
    return image.numpy().reshape(image.height, image.width, -1).transpose(2, 0, 1)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_every_depth_is_read(client: ToolClient, made_psd: Made, depth: str) -> None:
    whole = {"uint8": 255, "uint16": 65_535, "float32": 1}[depth]
    data = made_psd(((planes(scene()) / 255) * whole).astype(depth), RGB)
    assert_image_close(client.run("convert", data, format="png"), scene(), within=0)
    answer = client.post("convert", data, accept="application/json", format="png").json
    bits = 8 * numpy.dtype(depth).itemsize
    assert answer is not None
    assert answer["notes"] == ([f"depth: {bits} bits were reduced to 8"] if bits > 8 else [])


def packed(data: bytes, *, large: bool = False) -> bytes:
    """Pack the rows of an unpacked PSD of the scene: each is two runs, or values as they are."""
    head, body = data[: -3 * 32 * 48 - 2], data[-3 * 32 * 48 :]
    rows = []
    for number in range(96):
        row = body[48 * number : 48 * (number + 1)]
        runs = bytes((257 - 24, row[0], 257 - 24, row[24]))
        rows.append(runs if number % 2 else bytes((47,)) + row)
    if large:
        head = head[:4] + b"\0\2" + head[6:26] + bytes(8 + 8)
    lengths = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in rows)
    return head + b"\0\1" + lengths + b"".join(rows)


@pytest.mark.parametrize("large", [False, True])
def test_packed_rows_are_read(client: ToolClient, made_psd: Made, large: bool) -> None:
    data = packed(made_psd(planes(scene()), RGB), large=large)
    assert_image_close(client.run("convert", data, format="png"), scene(), within=0)


def test_grey_stays_grey(client: ToolClient, made_psd: Made) -> None:
    grey = scene().colourspace("b-w")
    result = client.run("convert", made_psd(planes(grey), GREY), format="png")
    assert_image_close(result, grey, within=0)


def test_colours_are_looked_up(client: ToolClient, made_psd: Made) -> None:
    palette = numpy.zeros((3, 256), numpy.uint8)
    palette[:, 7] = (255, 128, 3)
    data = made_psd(numpy.full((1, 4, 4), 7, numpy.uint8), INDEXED, palette=palette.tobytes())
    assert client.run("convert", data, format="png")(1, 1) == [255, 128, 3]


def test_inks_are_turned_round(client: ToolClient, made_psd: Made) -> None:
    """No ink is white; all black is dark; only yellow has little blue."""
    inks = numpy.array([[255] * 4, [255, 255, 255, 0], [255, 255, 0, 255]], numpy.uint8)
    data = made_psd(inks.T.reshape(4, 1, 3), CMYK)
    white, black, yellow = client.run("convert", data, format="png").numpy()[0].tolist()
    assert min(white) > 250
    assert max(black) < 60
    assert yellow[0] > 200
    assert yellow[2] < 100


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_lab_is_converted(client: ToolClient, made_psd: Made, depth: str) -> None:
    """Red by its lightness and the two differences, as the specification of sRGB gives it."""
    stored = numpy.array([53.24 * 2.55, 80.09 + 128, 67.20 + 128])
    if depth == "uint16":
        stored = numpy.array([stored[0] * 257, stored[1] * 256, stored[2] * 256])
    data = made_psd(stored.round().astype(depth).reshape(3, 1, 1), LAB)
    assert client.run("convert", data, format="png")(0, 0) == pytest.approx([255, 0, 0], abs=4)


def test_half_transparent_colours_lose_their_white(client: ToolClient, made_psd: Made) -> None:
    """Red at half its strength over white is stored; red at half its strength comes out."""
    stored = numpy.array([255, 127, 127, 128], numpy.uint8).reshape(4, 1, 1)
    result = client.run("convert", made_psd(stored, RGB, layers=-1), format="png")
    assert result(0, 0) == pytest.approx([255, 0, 0, 128], abs=1)


def test_a_spare_channel_is_no_alpha_by_itself(client: ToolClient, made_psd: Made) -> None:
    stored = numpy.array([255, 127, 127, 128], numpy.uint8).reshape(4, 1, 1)
    result = client.run("convert", made_psd(stored, RGB, layers=1), format="png")
    assert result(0, 0) == [255, 127, 127]


def test_the_profile_is_honoured(client: ToolClient, made_psd: Made) -> None:
    profile: Any = pyvips.Operation.call("profile_load", "p3")
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + profile
    stored = numpy.array([200, 100, 100], numpy.uint8).reshape(3, 1, 1)
    result = client.run("convert", made_psd(stored, RGB, resources=resource), format="png")
    red, green, _ = result(0, 0)
    assert red > 205
    assert green < 98


def test_a_profile_for_other_colours_is_left_alone(client: ToolClient, made_psd: Made) -> None:
    profile: Any = pyvips.Operation.call("profile_load", "cmyk")
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + profile
    data = made_psd(planes(scene()), RGB, resources=resource)
    assert_image_close(client.run("convert", data, format="png"), scene(), within=0)


def test_channels_without_colours_are_refused(client: ToolClient, made_psd: Made) -> None:
    data = made_psd(planes(scene()), 7)
    assert client.refusal("convert", data, format="png") == (422, "FORMAT_NOT_SUPPORTED")
