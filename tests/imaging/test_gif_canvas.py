"""GIF whose frames don't cover the canvas: what is left open is transparent, as in browsers."""

import struct
from collections.abc import Sequence
from typing import Any

import ashim_essentials.convert
import ashim_essentials.resize
import pytest

from ashim_core.testing import MakeClient, ToolClient

SIDE = 8
KEEP, CLEAR, PREVIOUS = 1, 2, 3
RED, BLUE, SEE_THROUGH = 1, 2, 3
Frame = tuple[int, int, int, int, int, int, bool]
"""Left, top, width, height, number of its colour, how it goes, and whether number 3 is open."""


def pixels(colour: int, count: int) -> bytes:
    """Pack pixels of one colour, with codes that stay 3 bits long."""
    codes = [code for _ in range(count) for code in (4, colour)] + [5]
    bits = sum(code << (3 * index) for index, code in enumerate(codes))
    data = bits.to_bytes(-(-3 * len(codes) // 8), "little")
    blocks = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"\2" + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def gif(*frames: Frame) -> bytes:
    """Write a GIF of which the colours are green, which is its background, red, blue and black."""
    data = b"GIF89a" + struct.pack("<HHBBB", SIDE, SIDE, 0x81, 0, 0)
    data += bytes((0, 255, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0))
    for left, top, width, height, colour, goes, see_through in frames:
        flags = (goes << 2) | see_through
        data += b"\x21\xf9\x04" + struct.pack("<BHBx", flags, 10, SEE_THROUGH)
        data += b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0)
        data += pixels(colour, width * height)
    return data + b"\x3b"


WHOLE = (0, 0, SIDE, SIDE)
INNER = (2, 2, 4, 4)
CORNER = (0, 0, 4, 4)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert, ashim_essentials.resize)


@pytest.mark.parametrize("see_through", [False, True])
@pytest.mark.parametrize("place", [INNER, CORNER, (4, 4, 4, 4), (0, 0, 8, 7), (0, 1, 8, 7)])
def test_what_a_still_leaves_open_is_transparent(
    client: ToolClient, place: Sequence[int], see_through: bool
) -> None:
    left, top, width, height = place
    data = gif((left, top, width, height, RED, KEEP, see_through))
    result = client.run("convert", data, format="png")
    assert result(left, top) == [255, 0, 0, 255]
    assert result(left + width - 1, top + height - 1) == [255, 0, 0, 255]
    assert result(*((0, 0) if top else (SIDE - 1, SIDE - 1)))[3] == 0


def test_what_is_covered_has_no_alpha(client: ToolClient) -> None:
    assert client.run("convert", gif((*WHOLE, RED, KEEP, False)), format="png").bands == 3
    two = gif((*WHOLE, RED, KEEP, False), (*INNER, BLUE, CLEAR, False))
    assert client.run("convert", two, format="png").bands == 3


@pytest.mark.parametrize(
    ("frames", "corners"),
    [
        # What is seen in a corner, of each frame.
        ([(*INNER, RED, KEEP, False), (*WHOLE, BLUE, KEEP, False)], [None, BLUE]),
        ([(*CORNER, RED, KEEP, False), (*INNER, BLUE, KEEP, False)], [RED, RED]),
        ([(*INNER, RED, CLEAR, False), (*INNER, BLUE, KEEP, False)], [None, None]),
        ([(*WHOLE, RED, PREVIOUS, False), (*INNER, BLUE, KEEP, False)], [RED, None]),
    ],
)
def test_what_frames_leave_open_is_transparent(
    client: ToolClient, frames: list[Frame], corners: list[int | None]
) -> None:
    result = client.run("convert", gif(*frames), format="webp", quality=100)
    colours = {RED: [255, 0, 0, 255], BLUE: [0, 0, 255, 255]}
    assert result.get_page_height() == SIDE
    for index, corner in enumerate(corners):
        found = result(0, SIDE * index)
        if corner is None:
            assert found[3] == 0
        else:
            assert found == pytest.approx(colours[corner], abs=12)
    assert result.get("delay") == [100, 100]


def test_a_still_that_becomes_a_jpeg_lies_on_white(client: ToolClient) -> None:
    data = gif((*INNER, RED, KEEP, False))
    answer: Any = client.post("convert", data, accept="application/json", format="jpeg").json
    assert answer["notes"] == ["alpha: flattened on #ffffff, jpeg has none"]


def test_it_stays_a_gif(client: ToolClient) -> None:
    result = client.run("resize", gif((*INNER, RED, KEEP, False)), percentage=200)
    assert (result.width, result.bands) == (16, 4)
    assert [result(1, 1)[3], result(8, 8)[3]] == [0, 255]


@pytest.mark.parametrize("end", [1, 2, 5, 9, 20])
def test_what_is_cut_off_is_refused(client: ToolClient, end: int) -> None:
    data = gif((*INNER, RED, KEEP, False)).removesuffix(b"\x3b")
    assert client.refusal("convert", data[:-end], format="png") == (422, "DECODE_FAILED")
