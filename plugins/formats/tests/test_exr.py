"""OpenEXR: half and whole floats, alpha, grey, every compression."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
import pytest

from ashim_core.testing import ToolClient

OpenEXR: Any = import_module("OpenEXR")
"""By name: no type information is published for it."""
LIGHT = numpy.array([[[1.0, 0.0, 0.214], [4.0, 0.5, 0.0]]] * 2, numpy.float32)
SEEN = [[255, 0, 128], [255, 188, 0]]


@pytest.fixture
def made(tmp_path: Path) -> Any:
    def make(channels: dict[str, Any], **header: Any) -> bytes:
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}
        OpenEXR.File(header, channels).write(str(tmp_path / "made.exr"))
        return (tmp_path / "made.exr").read_bytes()

    return make


@pytest.mark.parametrize("kind", [numpy.float16, numpy.float32])
@pytest.mark.parametrize(
    "compression",
    [
        *(OpenEXR.NO_COMPRESSION, OpenEXR.RLE_COMPRESSION, OpenEXR.ZIPS_COMPRESSION),
        *(OpenEXR.PIZ_COMPRESSION, OpenEXR.PXR24_COMPRESSION),
    ],
)
def test_light_follows_the_curve_of_srgb(
    client: ToolClient, made: Any, compression: Any, kind: Any
) -> None:
    data = made({"RGB": LIGHT.astype(kind)}, compression=compression)
    result = client.run("convert", data, format="png").numpy()
    assert numpy.abs(result.astype(int)[1] - SEEN).max() <= 1


def test_colours_are_divided_by_their_alpha(client: ToolClient, made: Any) -> None:
    pixels = numpy.array([[[0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]]], numpy.float32)
    result = client.run("convert", made({"RGBA": pixels}), format="png")
    assert result.numpy().tolist() == [[[255, 0, 0, 128], [0, 0, 0, 0]]]


def test_grey_is_read(client: ToolClient, made: Any) -> None:
    data = made({"Y": numpy.array([[1.0, 0.214]], numpy.float32)})
    assert client.run("convert", data, format="png").numpy().tolist() == [[[255] * 3, [128] * 3]]


def test_what_is_no_number_is_no_light(client: ToolClient, made: Any) -> None:
    pixels = numpy.array([[[numpy.nan, numpy.inf, -numpy.inf]]], numpy.float32)
    assert client.run("convert", made({"RGB": pixels}), format="png")(0, 0) == [0, 255, 0]


@pytest.mark.parametrize(("kind", "bits"), [(numpy.float16, 16), (numpy.float32, 32)])
def test_depth_is_told(client: ToolClient, made: Any, kind: Any, bits: int) -> None:
    data = made({"RGB": LIGHT.astype(kind)})
    answer = client.post("convert", data, accept="application/json", format="png").json
    assert answer is not None
    assert answer["notes"] == [f"depth: {bits} bits were reduced to 8"]


def test_other_channels_alone_are_refused(client: ToolClient, made: Any) -> None:
    data = made({"Z": numpy.ones((2, 2), numpy.float32)})
    assert client.refusal("convert", data, format="png") == (422, "FORMAT_NOT_SUPPORTED")


def test_other_channels_besides_are_left_alone(client: ToolClient, made: Any) -> None:
    data = made({"RGB": LIGHT, "Z": numpy.ones((2, 2), numpy.float32)})
    assert client.run("convert", data, format="png").bands == 3
