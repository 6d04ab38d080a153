"""Every kind of input in every format: it looks the same afterwards, or as the format allows."""

import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import ashim_essentials.convert
import pytest
import pyvips

from ashim_core.imaging.formats import FORMATS
from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.samples import oriented
from tests.imaging.profiles import numbers, profile

COLOURS = (
    (200, 60, 50),
    (70, 160, 80),
    (60, 80, 190),
    (230, 220, 210),
    (40, 40, 40),
    (128, 90, 20),
)
PRINTABLE = COLOURS[3:5]
"""Colours that the usual inks reach."""
SIDE = 24
WITHIN = {"png": 3, "tiff": 3, "webp": 9, "jpeg": 9, "avif": 9, "gif": 9}
"""How far, of 255, the middle of a patch may be from its colour in each format."""


def scene(encode: Callable[[tuple[int, int, int]], list[float]] = list) -> pyvips.Image:
    """Draw a row of patches. encode: gives the numbers of a colour."""
    patches = [
        pyvips.Image.black(SIDE, SIDE, bands=len(encode(colour))).linear([1.0], encode(colour))
        for colour in COLOURS
    ]
    return pyvips.Image.arrayjoin([patch.cast("uchar") for patch in patches], across=6).copy(
        interpretation="srgb"
    )


def wide(space: str) -> pyvips.Image:
    picture = scene(lambda colour: numbers(space, colour)).copy()
    picture.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile(space))  # type: ignore[arg-type]
    return picture


def cmyk() -> pyvips.Image:
    return scene().icc_transform(
        "cmyk", input_profile="srgb", intent="relative", black_point_compensation=True
    )


def grey() -> pyvips.Image:
    return scene().colourspace("b-w")


INPUTS: dict[str, Callable[[], bytes]] = {
    "sRGB JPEG": lambda: scene().jpegsave_buffer(Q=97),
    "sRGB PNG": lambda: scene().pngsave_buffer(),
    "sRGB WebP": lambda: scene().webpsave_buffer(lossless=True),
    "sRGB AVIF": lambda: scene().heifsave_buffer(compression="av1", lossless=True),
    "sRGB TIFF": lambda: scene().tiffsave_buffer(),
    "GIF": lambda: scene().gifsave_buffer(),
    "Display P3 JPEG": lambda: wide("display-p3").jpegsave_buffer(Q=97),
    "Display P3 PNG": lambda: wide("display-p3").pngsave_buffer(),
    "Display P3 WebP": lambda: wide("display-p3").webpsave_buffer(lossless=True),
    "Display P3 AVIF": lambda: wide("display-p3").heifsave_buffer(compression="av1", lossless=True),
    "Adobe RGB JPEG": lambda: wide("adobe-rgb").jpegsave_buffer(Q=97),
    "Adobe RGB TIFF": lambda: wide("adobe-rgb").tiffsave_buffer(),
    "CMYK JPEG": lambda: cmyk().jpegsave_buffer(Q=97),
    "CMYK TIFF": lambda: cmyk().tiffsave_buffer(),
    "16-bit PNG": lambda: scene().colourspace("rgb16").pngsave_buffer(),
    "16-bit TIFF": lambda: scene().colourspace("rgb16").tiffsave_buffer(),
    "palette PNG": lambda: scene().pngsave_buffer(palette=True),
    **{
        f"orientation {number} JPEG": lambda number=number: oriented(
            scene(), number
        ).jpegsave_buffer(Q=97)  # type: ignore[misc]
        for number in range(1, 9)
    },
    **{
        f"orientation {number} TIFF": lambda number=number: oriented(
            scene(), number
        ).tiffsave_buffer()  # type: ignore[misc]
        for number in (3, 6)
    },
}
GREYS: dict[str, Callable[[], bytes]] = {
    "grey JPEG": lambda: grey().jpegsave_buffer(Q=97),
    "grey PNG": lambda: grey().pngsave_buffer(),
    "16-bit grey PNG": lambda: scene().colourspace("grey16").pngsave_buffer(),
    "grey TIFF": lambda: grey().tiffsave_buffer(),
}


def faded(image: pyvips.Image) -> pyvips.Image:
    """Let the left half of every patch be half transparent."""
    half = pyvips.Image.black(SIDE // 2, SIDE) + 128
    patch = half.join(pyvips.Image.black(SIDE // 2, SIDE) + 255, "horizontal")
    return image.bandjoin(patch.replicate(len(COLOURS), 1).cast("uchar"))


def holes(image: pyvips.Image) -> pyvips.Image:
    """Let the left half of every patch be fully transparent, as palettes can."""
    alpha = faded(image)[-1]
    return image.bandjoin((alpha > 200).cast("uchar"))


SEE_THROUGH: dict[str, Callable[[], bytes]] = {
    "RGBA PNG": lambda: faded(scene()).pngsave_buffer(),
    "RGBA WebP": lambda: faded(scene()).webpsave_buffer(lossless=True),
    "RGBA TIFF": lambda: faded(scene()).tiffsave_buffer(),
    "grey and alpha PNG": lambda: faded(grey()).pngsave_buffer(),
    "16-bit grey and alpha PNG": lambda: (
        faded(grey())
        .cast("ushort")
        .linear([257.0], [0.0])
        .cast("ushort")
        .copy(interpretation="grey16")
    ).pngsave_buffer(bitdepth=16),
    "palette PNG with transparency": lambda: faded(scene()).pngsave_buffer(palette=True),
    "GIF with transparency": lambda: holes(scene()).gifsave_buffer(),
}


@cache
def made(name: str) -> bytes:
    """Encode an input by its name."""
    return {**INPUTS, **GREYS, **SEE_THROUGH}[name]()


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert)


def converted(client: ToolClient, data: bytes, format: str) -> pyvips.Image:
    """Convert, and give the result as sRGB, with alpha if it has any."""
    settings: dict[str, Any] = {"format": format}
    if FORMATS[format].quality is not None:
        settings["quality"] = 97
    response = client.http.post(
        "/api/v1/tools/convert",
        data={"file": (io.BytesIO(data), "a"), "settings": json.dumps(settings)},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()
    assert response.status_code == 200, response.text
    image = pyvips.Image.new_from_buffer(response.data, "")
    assert image.get_typeof("orientation") == 0 or image.get("orientation") == 1
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, intent="relative")
    return image.colourspace("srgb").copy_memory()


def middles(image: pyvips.Image, across: float) -> Iterator[list[float]]:
    """Give the colour of every patch, so far from its left side (0 to 1)."""
    for number in range(len(COLOURS)):
        yield list(image(int((number + across) * SIDE), SIDE // 2))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", INPUTS)
def test_colours_stay(client: ToolClient, name: str, format: str) -> None:
    image = converted(client, made(name), format)
    assert (image.width, image.height) == (SIDE * len(COLOURS), SIDE)
    within = WITHIN[format] + (5 if "CMYK" in name else 2 if "JPEG" in name else 0)
    for found, wanted in zip(middles(image, 0.5), COLOURS, strict=True):
        if "CMYK" in name and wanted not in PRINTABLE:
            continue
        assert found[:3] == pytest.approx(wanted, abs=within)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", GREYS)
def test_greys_stay_grey(client: ToolClient, name: str, format: str) -> None:
    image = converted(client, made(name), format)
    for found, wanted in zip(middles(image, 0.5), middles(grey(), 0.5), strict=True):
        assert found[:3] == pytest.approx(wanted * 3, abs=WITHIN[format] + 2)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", SEE_THROUGH)
def test_transparency_stays_or_lies_on_white(client: ToolClient, name: str, format: str) -> None:
    image = converted(client, made(name), format)
    hidden = 0 if name.startswith("GIF") else 128
    colours = list(middles(grey() if "grey" in name else scene(), 0.5))
    colours = [(colour * 3)[:3] for colour in colours]
    if not FORMATS[format].alpha:
        assert not image.hasalpha()
        for found, wanted in zip(middles(image, 0.25), colours, strict=True):
            mixed = [255 + (value - 255) * hidden / 255 for value in wanted]
            assert found == pytest.approx(mixed, abs=WITHIN[format] + 3)
        return
    assert image.hasalpha()
    if format == "gif":  # a pixel of a GIF is there or not
        return
    for found, wanted in zip(middles(image, 0.25), colours, strict=True):
        assert found[3] == pytest.approx(hidden, abs=4)
        assert hidden == 0 or found[:3] == pytest.approx(wanted, abs=WITHIN[format] + 6)
    for found, wanted in zip(middles(image, 0.75), colours, strict=True):
        assert found == pytest.approx([*wanted, 255], abs=WITHIN[format] + 3)
