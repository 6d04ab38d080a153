"""Ordinary drawings look as another renderer draws them: librsvg, where it is installed."""

import shutil
import subprocess

import pytest
import pyvips
from ashim_svg.rendering import drawn, read

from ashim_core.plugin import Size
from tests.drawings import DRAWINGS, HEIGHT, WIDTH
from tests.patience import PATIENCE_S

RENDERER = shutil.which("rsvg-convert")
SCALE = 2
CLOSE = 1.5
"""Levels of 255 in the mean of all pixels: of edges and blurs that are smoothed in another way."""


def test_there_are_thirty() -> None:
    assert len(DRAWINGS) >= 30


@pytest.mark.skipif(RENDERER is None, reason="librsvg is not installed: apt install librsvg2-bin")
@pytest.mark.parametrize("name", DRAWINGS)
def test_it_looks_like_that_of_librsvg(name: str) -> None:
    size = Size(SCALE * WIDTH, SCALE * HEIGHT)
    ours = on_white(drawn(read(DRAWINGS[name]), size))
    theirs = on_white(by_librsvg(DRAWINGS[name], size))
    assert float((ours.cast("short") - theirs).abs().avg()) < CLOSE
    assert 255 - ours.avg() > 2 * CLOSE, "expected something to be drawn"


def by_librsvg(data: bytes, size: Size) -> pyvips.Image:
    command = [str(RENDERER), "--width", str(size.width), "--height", str(size.height)]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=PATIENCE_S)
    return pyvips.Image.pngload_buffer(done.stdout)


def on_white(image: pyvips.Image) -> pyvips.Image:
    image = image.cast("uchar").colourspace("srgb")
    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    return image.cast("uchar")
