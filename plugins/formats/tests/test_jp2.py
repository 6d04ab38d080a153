"""JPEG 2000: modes, depth, profile, bare and in boxes."""

import io
from typing import Any

import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.testing import ToolClient, assert_image_close
from ashim_core.testing.samples import scene


def by_pillow(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG2000", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_is_read(client: ToolClient, mode: str, bare: bool) -> None:
    image = Image.fromarray(scene().numpy()).convert(mode)
    data = by_pillow(image, no_jp2=bare)
    result = client.run("convert", data, format="png")
    seen = result.numpy().reshape(32, 48, -1)
    expected = numpy.asarray(image).reshape(32, 48, -1)
    if not bare:  # a bare codestream doesn't say which of its channels is alpha
        assert seen.shape == expected.shape
    assert numpy.array_equal(seen[:, :, :1], expected[:, :, :1])


def test_sixteen_bits_are_reduced_and_told(client: ToolClient) -> None:
    grey = numpy.tile(numpy.linspace(0, 65_535, 48).astype(numpy.uint16), (32, 1))
    response = client.post(
        "convert", by_pillow(Image.fromarray(grey)), accept="application/json", format="png"
    )
    answer: Any = response.json
    assert "depth: 16 bits were reduced to 8" in answer["notes"]
    result = client.run("convert", by_pillow(Image.fromarray(grey)), format="png")
    expected = pyvips.Image.new_from_array((grey >> 8).astype(numpy.uint8))
    assert_image_close(result, expected.copy(interpretation="b-w"), within=1)


def test_tiles_are_read(client: ToolClient) -> None:
    image = Image.fromarray(scene(150, 110).numpy())
    result = client.run("convert", by_pillow(image, tile_size=(64, 64)), format="png")
    assert_image_close(result, scene(150, 110), within=0)


def test_a_missing_tile_is_damage(client: ToolClient) -> None:
    data = by_pillow(Image.fromarray(scene(150, 110).numpy()), tile_size=(64, 64), no_jp2=True)
    last = data.rfind(b"\xff\x90\0\x0a")
    assert client.refusal("convert", data[:last] + b"\xff\xd9", format="png") == (
        422,
        "DECODE_FAILED",
    )
