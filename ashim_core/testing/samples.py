"""Small pictures in every shape that a tool meets, made here and now.

All of them show the same scene: red top left, green top right, blue bottom left, white bottom
right, so that a test can tell which way up a result is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pyvips

WIDTH, HEIGHT = 48, 32
_CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


@dataclass(frozen=True)
class Sample:
    """An encoded picture and its name."""

    name: str
    data: bytes


def plain(width: int, height: int, *values: float) -> pyvips.Image:
    """Draw one colour: grey or sRGB by the number of values, which end with alpha if it is even."""
    image = pyvips.Image.black(width, height, bands=len(values)).linear([1], [*values])
    return image.cast("uchar").copy(interpretation="srgb" if len(values) > 2 else "b-w")


def scene(width: int = WIDTH, height: int = HEIGHT) -> pyvips.Image:
    """Draw the scene as 8-bit sRGB."""
    left, top = max(width // 2, 1), max(height // 2, 1)
    image = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    for index, colour in enumerate(_CORNERS):
        patch = pyvips.Image.black(left, top, bands=3).copy(interpretation="srgb") + list(colour)
        image = image.insert(patch.cast("uchar"), index % 2 * left, index // 2 * top)
    return image.copy_memory()


def _alpha() -> pyvips.Image:
    """Draw the scene with its lower half fading out."""
    ramp = pyvips.Image.identity().resize(WIDTH / 256, vscale=HEIGHT).cast("uchar")
    return scene().bandjoin(255 - ramp)


def oriented(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Store a picture so that the EXIF orientation, 1 to 8, turns it upright again."""
    undo: dict[int, Callable[[pyvips.Image], pyvips.Image]] = {
        1: lambda image: image,
        2: lambda image: image.fliphor(),
        3: lambda image: image.rot180(),
        4: lambda image: image.flipver(),
        5: lambda image: image.rot90().fliphor(),
        6: lambda image: image.rot270(),
        7: lambda image: image.rot270().fliphor(),
        8: lambda image: image.rot90(),
    }
    stored = undo[orientation](image).copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return stored


def _two_frames(suffix: str) -> bytes:
    strip = pyvips.Image.arrayjoin([scene(), scene().invert()], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    strip.set_type(pyvips.GValue.gint_type, "loop", 3)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [70, 130])
    return strip.write_to_buffer(suffix)


def _sixteen_bit() -> pyvips.Image:
    return scene().colourspace("rgb16")


_MAKERS: dict[str, Callable[[], bytes]] = {
    "rgb": lambda: scene().pngsave_buffer(),
    "rgba": lambda: _alpha().pngsave_buffer(),
    "grey": lambda: scene().colourspace("b-w").pngsave_buffer(),
    "grey-alpha": lambda: scene().colourspace("b-w").bandjoin(128).pngsave_buffer(),
    "palette": lambda: scene().pngsave_buffer(palette=True, bitdepth=4),
    "cmyk": lambda: scene().colourspace("cmyk").jpegsave_buffer(Q=95),
    "16-bit": lambda: _sixteen_bit().pngsave_buffer(),
    "jpeg": lambda: scene().jpegsave_buffer(Q=95),
    "webp": lambda: scene().webpsave_buffer(lossless=True),
    "tiff": lambda: scene().tiffsave_buffer(),
    "avif": lambda: scene().heifsave_buffer(compression="av1", lossless=True),
    "1x1": lambda: scene(1, 1).pngsave_buffer(),
    "two-frames": lambda: _two_frames(".gif"),
    "two-frames-webp": lambda: _two_frames(".webp[lossless]"),
    **{
        f"orientation-{n}": lambda n=n: oriented(scene(), n).jpegsave_buffer(Q=95)  # type: ignore[misc]
        for n in range(1, 9)
    },
}


@cache
def sample(name: str) -> bytes:
    """Give one sample picture by name."""
    return _MAKERS[name]()


def samples() -> Iterator[Sample]:
    """Give all sample pictures."""
    return (Sample(name, sample(name)) for name in _MAKERS)
