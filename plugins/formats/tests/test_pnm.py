"""PNM: as text and as bytes, every number for white, alpha, and light."""

import numpy
import pytest

from ashim_core.testing import ToolClient


def pixels(client: ToolClient, data: bytes) -> list[object]:
    result = client.run("convert", data, format="png")
    return list(result.numpy().reshape(-1, result.bands).tolist())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P1\n# a comment\n3 1\n101\n", [[0], [255], [0]]),
        (b"P1 3 1 1 0\n1", [[0], [255], [0]]),
        (b"P4\n3 1\n\xa0", [[0], [255], [0]]),
        (b"P2\n3 1 # white is 4\n4\n0 2 # half\n4\n", [[0], [128], [255]]),
        (b"P5 3 1 4\n\0\2\4", [[0], [128], [255]]),
        (b"P5 2 1 65535\n\0\0\xff\xff", [[0], [255]]),
        (b"P3 2 1 255 255 0 0 0 9 255", [[255, 0, 0], [0, 9, 255]]),
        (b"P6 2 1 255\n\xff\0\0\0\x09\xff", [[255, 0, 0], [0, 9, 255]]),
        (
            b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
            b"\xff\0\0\x80\0\x09\xff\xff",
            [[255, 0, 0, 128], [0, 9, 255, 255]],
        ),
        (
            b"P7\n# two\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
            b"\x40\x80\x50\xff",
            [[64, 128], [80, 255]],
        ),
    ],
)
def test_every_kind_is_read(client: ToolClient, data: bytes, expected: list[list[int]]) -> None:
    assert pixels(client, data) == expected


@pytest.mark.parametrize(("kind", "order"), [(">f4", "1.0"), ("<f4", "-1.0")])
def test_light_is_read_from_the_bottom_up(client: ToolClient, kind: str, order: str) -> None:
    light = numpy.array([[[0.0, 0.0, 0.0]], [[1.0, 0.214, 7.0]]]).astype(kind)
    data = f"PF\n1 2\n{order}\n".encode() + light.tobytes()
    assert pixels(client, data) == [[255, 128, 255], [0, 0, 0]]


@pytest.mark.parametrize(("most", "told"), [(255, 8), (1023, 10), (65_535, 16)])
def test_depth_is_told(client: ToolClient, most: int, told: int) -> None:
    data = f"P5 2 1 {most}\n".encode() + bytes(4)
    answer = client.post("convert", data, accept="application/json", format="png").json
    assert answer is not None
    assert answer["notes"] == ([f"depth: {told} bits were reduced to 8"] if told > 8 else [])


@pytest.mark.parametrize(
    "data", [b"P6 junk", b"P9 1 1 255\n\0", b"P6\n1\n", b"Pf 1 1", b"P7\nWIDTH 1\nENDHDR\n\0"]
)
def test_what_only_begins_like_one_is_no_picture(client: ToolClient, data: bytes) -> None:
    assert client.refusal("convert", data, format="png") == (400, "INVALID_IMAGE")


@pytest.mark.parametrize(
    "data", [b"P2 2 1 9\n3 10", b"P2 2 1 9\n3", b"P1 3 1\n107", b"P3 1 1 9 -1 1 1"]
)
def test_wrong_numbers_are_damage(client: ToolClient, data: bytes) -> None:
    assert client.refusal("convert", data, format="png") == (422, "DECODE_FAILED")
