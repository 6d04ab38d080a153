"""ICO: the largest icon is read, with its mask; one is written."""

import io
import struct
from pathlib import Path
from typing import Any

import ashim_formats.ico
import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.plugin import Writing
from ashim_core.testing import ToolClient, assert_image_close, sample
from ashim_core.testing.samples import scene


def directory(*icons: tuple[int, int, bytes]) -> bytes:
    """Put icons of some sizes together: side, bits and data of each."""
    start = 6 + 16 * len(icons)
    entries, body = b"", b""
    for side, bits, data in icons:
        place = (len(data), start + len(body))
        entries += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, bits, *place)
        body += data
    return struct.pack("<HHH", 0, 1, len(icons)) + entries + body


def bitmap(side: int, bits: int, colour: bytes, mask: bytes = b"") -> bytes:
    """Give an icon of one colour, stored as BMP; each row of the mask has 4 bytes."""
    header = struct.pack("<IiiHHIIiiII", 40, side, 2 * side, 1, bits, 0, 0, 0, 0, 0, 0)
    return header + colour * side * side + (mask or bytes(4)) * side


def test_the_largest_is_read(client: ToolClient) -> None:
    small, large = (scene(side, side).pngsave_buffer() for side in (16, 256))
    data = directory((16, 32, small), (256, 32, large), (16, 32, small))
    assert_image_close(client.run("convert", data, format="png")[:3], scene(256, 256), within=0)


def test_the_mask_makes_transparent(client: ToolClient) -> None:
    data = directory((32, 24, bitmap(32, 24, b"\0\0\xff", b"\xff\xff\0\0")))
    result = client.run("convert", data, format="png")
    assert result(2, 2)[3] == 0
    assert result(20, 2) == [255, 0, 0, 255]


@pytest.mark.parametrize(("stored", "seen"), [(128, 128), (0, 255)])
def test_alpha_that_hides_everything_is_none(client: ToolClient, stored: int, seen: int) -> None:
    data = directory((32, 32, bitmap(32, 32, bytes((0, 0, 255, stored)))))
    assert client.run("convert", data, format="png")(5, 5) == [255, 0, 0, seen]


def test_the_icon_itself_says_how_large_it_is(client: ToolClient) -> None:
    data = directory((16, 32, scene(64, 40).pngsave_buffer()))
    assert_image_close(client.run("convert", data, format="png")[:3], scene(64, 40), within=0)


def test_an_icon_that_is_a_large_png_is_refused(client: ToolClient) -> None:
    png = bytearray(scene().pngsave_buffer())
    png[16:24] = struct.pack(">II", 60_000, 60_000)
    data = directory((16, 32, bytes(png)))
    assert client.refusal("convert", data, format="png") == (413, "TOO_MANY_PIXELS")


@pytest.mark.parametrize("name", ["rgb", "rgba", "grey"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    frame = pyvips.Image.new_from_buffer(sample(name), "")
    path = tmp_path / "result.ico"
    ashim_formats.ico.write(Writing((frame,), 100, path))
    result = ashim_formats.ico.read(path, False).frames[0]
    assert_image_close(result[:3], frame.colourspace("srgb")[:3], within=0)
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert (image.format, image.size) == ("ICO", (48, 32))
        seen = numpy.asarray(image.convert("RGBA"))
    assert numpy.array_equal(seen, result.numpy())


@pytest.mark.parametrize(
    ("tool", "settings", "kind"),
    [
        ("rotate", {"angle": 90}, "image/vnd.microsoft.icon"),
        ("resize", {"width": 256}, "image/vnd.microsoft.icon"),
        ("resize", {"width": 257}, "image/png"),
        ("resize", {"width": 300, "height": 20}, "image/png"),
        ("rotate", {"angle": 45}, "image/png"),
    ],
)
def test_results_too_large_for_an_icon_are_png(
    client: ToolClient, tool: str, settings: dict[str, Any], kind: str
) -> None:
    data = directory((200, 32, scene(200, 200).pngsave_buffer()))
    response = client.post(tool, data, **settings)
    assert (response.status_code, response.mimetype) == (200, kind)
    ending = "png" if kind == "image/png" else "ico"
    assert f".{ending}" in response.headers["Content-Disposition"]
