"""PNG with a palette or of few bits: it stays one where that is smaller and nothing is lost."""

import io
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import ashim_essentials.crop
import ashim_essentials.resize
import ashim_essentials.rotate
import numpy
import pytest
import pyvips
from PIL import Image

from ashim_core.imaging.indexed import write_indexed
from ashim_core.testing import MakeClient, ToolClient

NOISE = numpy.random.default_rng(7)
WIDTH, HEIGHT = 90, 70


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(
        ashim_essentials.compress,
        ashim_essentials.crop,
        ashim_essentials.resize,
        ashim_essentials.rotate,
    )


def drawn(colours: int, bands: int) -> "numpy.typing.NDArray[numpy.uint8]":
    """Scatter so many colours over a picture, each at least once."""
    values = numpy.arange(colours, dtype=numpy.uint32) * 12_345_677 + 99
    palette = values.view(numpy.uint8).reshape(-1, 4)[:, :bands]
    return palette[NOISE.permutation(WIDTH * HEIGHT) % colours].reshape(HEIGHT, WIDTH, bands)


def image_of(array: "numpy.typing.NDArray[numpy.uint8]") -> pyvips.Image:
    image = pyvips.Image.new_from_memory(array.tobytes(), WIDTH, HEIGHT, array.shape[2], "uchar")
    return image.copy(interpretation="srgb" if array.shape[2] > 2 else "b-w")


def png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "png", **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("colours", [2, 3, 16, 17, 256])
def test_no_value_changes(tmp_path: Path, bands: int, colours: int) -> None:
    array = drawn(colours, bands)
    assert write_indexed(image_of(array), None, tmp_path / "a.png")
    shape = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[bands]
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode in ("1", "L", "P")
        assert numpy.array_equal(
            numpy.asarray(image.convert("RGBA")),
            numpy.asarray(Image.fromarray(array.squeeze(), shape).convert("RGBA")),
        )


@pytest.mark.parametrize("bands", [2, 3, 4])
def test_one_colour_too_many(tmp_path: Path, bands: int) -> None:
    assert not write_indexed(image_of(drawn(257, bands)), None, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("step", "bits"), [(255, 1), (85, 2), (17, 4)])
def test_grey_takes_the_fewest_bits(tmp_path: Path, step: int, bits: int) -> None:
    greys = numpy.arange(256 // step + 1, dtype=numpy.uint8) * step
    array = greys[NOISE.integers(0, len(greys), (HEIGHT, WIDTH, 1))]
    assert write_indexed(image_of(array), None, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[24:26] == bytes((bits, 0))


STEPS: dict[str, dict[str, Any]] = {
    "compress": {},
    "crop": {"left": 3, "top": 5, "width": 40, "height": 30},
    "rotate": {"angle": 90},
}


@pytest.mark.parametrize("tool", STEPS)
@pytest.mark.parametrize("kind", ["1", "palette of 3", "palette of 200", "with alpha", "grey of 4"])
def test_it_stays_one(client: ToolClient, tool: str, kind: str) -> None:
    if kind == "1":
        given = png(Image.fromarray(drawn(2, 1).squeeze() > 100))
    elif kind == "grey of 4":
        levels = NOISE.integers(0, 16, (HEIGHT, WIDTH), dtype=numpy.uint8)
        image = pyvips.Image.new_from_memory((levels * 17).tobytes(), WIDTH, HEIGHT, 1, "uchar")
        given = image.copy(interpretation="b-w").pngsave_buffer(bitdepth=4)
    elif kind == "with alpha":
        given = png(Image.fromarray(drawn(30, 4), "RGBA").quantize(30))
    else:
        count = int(kind.rsplit(maxsplit=1)[-1])
        given = png(Image.fromarray(drawn(count, 3), "RGB").quantize(count))
    response = client.post(tool, given, **STEPS[tool])
    result, source = opened(response.data), opened(given)
    assert response.data[25] == given[25], "the same kind of PNG"
    assert len(response.data) < len(given) * 1.02
    wanted = source.convert("RGBA")
    if tool == "crop":
        wanted = wanted.crop((3, 5, 43, 35))
    elif tool == "rotate":
        wanted = wanted.transpose(Image.Transpose.ROTATE_270)
    assert result.convert("RGBA").tobytes() == wanted.tobytes()


def test_resizing_by_whole_steps_keeps_few_colours(client: ToolClient) -> None:
    flat = numpy.zeros((60, 60, 3), numpy.uint8)
    flat[:, 30:] = (0, 90, 200)
    given = png(Image.fromarray(flat).quantize(2))
    response = client.post("resize", given, width=30)
    assert opened(response.data).mode == "P"


def test_more_colours_than_a_palette_holds_lose_nothing(client: ToolClient) -> None:
    given = png(Image.fromarray(drawn(200, 3), "RGB").quantize(200))
    response = client.post("resize", given, width=61, height=47)
    result = opened(response.data)
    assert result.mode == "RGB"
    assert len(result.getcolors(10_000) or ()) > 256


def test_a_profile_goes_along(tmp_path: Path) -> None:
    assert write_indexed(image_of(drawn(5, 3)), b"profile", tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["icc_profile"] == b"profile"
