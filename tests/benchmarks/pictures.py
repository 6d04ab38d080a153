"""The inputs: made here and now, the same ones every time.

A synthetic photograph is fractal noise with discs on it and grain over all, which compresses much
like a real one.
"""

import random
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pyvips
import skimage

_PHOTOS = ("hubble_deep_field.jpg", "retina.jpg", "astronaut.png", "coffee.png", "chelsea.png")
_PHOTO_SIZE = (1632, 1224)
_LARGE_ENOUGH = 1_500_000
_BULK = 50 * 1024 * 1024


class Pictures:
    """The inputs as files in one folder, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def jpeg_12mp(self) -> Path:
        return self._jpeg("12mp.jpg", 4000, 3000, grain=5)

    @cached_property
    def jpeg_2mp(self) -> Path:
        return self._jpeg("2mp.jpg", 1632, 1224, grain=3)

    @cached_property
    def jpeg_0_8mp(self) -> Path:
        return self._jpeg("0.8mp.jpg", 1032, 774, grain=3)

    @cached_property
    def jpeg_0_2mp(self) -> Path:
        return self._jpeg("0.2mp.jpg", 516, 387, grain=3)

    @cached_property
    def tiny_png(self) -> Path:
        path = self._folder / "tiny.png"
        scene(200, 150, grain=9).pngsave(str(path))
        return path

    @cached_property
    def bulky_png(self) -> Path:
        """Give a small picture with 50 MB of noise after its end, which decoders never read."""
        path = self._folder / "bulky.png"
        path.write_bytes(self.tiny_png.read_bytes() + random.Random(1).randbytes(_BULK))
        return path

    def photos(self) -> Iterator[tuple[str, pyvips.Image]]:
        """Give real photographs of about 2 megapixels; smaller ones are enlarged."""
        for name in _PHOTOS:
            path = str(Path(skimage.__file__).parent / "data" / name)
            image = pyvips.Image.new_from_file(path)
            if image.width * image.height < _LARGE_ENOUGH:
                width, height = _PHOTO_SIZE
                image = pyvips.Image.thumbnail(path, width, height=height, crop="centre")
            yield Path(name).stem, image.copy_memory()

    def _jpeg(self, name: str, width: int, height: int, grain: float) -> Path:
        path = self._folder / name
        scene(width, height, grain).jpegsave(str(path), Q=92)
        return path


def scene(width: int, height: int, grain: float) -> pyvips.Image:
    """Draw a synthetic photograph in 8-bit sRGB."""
    red, green, blue = (_fractal(width, height, seed) for seed in range(3))
    image = (
        red.bandjoin(green).bandjoin(blue).copy(interpretation="srgb").cast("uchar").copy_memory()
    )
    image = _with_discs(image)
    noise = pyvips.Image.gaussnoise(width, height, sigma=grain, mean=0, seed=7)
    return (image + noise).cast("uchar").copy(interpretation="srgb").copy_memory()


def _fractal(width: int, height: int, seed: int) -> pyvips.Image:
    """Add up noise of finer and finer cells, around a middle grey."""
    total = pyvips.Image.black(width, height) + 128
    cell, strength = max(width // 4, 8), 60.0
    while cell >= 4 and strength > 1:
        noise = pyvips.Image.perlin(width, height, cell_size=cell, seed=seed * 100 + cell)
        total += noise * strength
        cell, strength = cell // 2, strength * 0.6
    return total


def _with_discs(image: pyvips.Image) -> pyvips.Image:
    dice = random.Random(42)
    for _ in range(60):
        colour = [dice.uniform(0, 255) for _ in range(3)]
        left, top = dice.randrange(image.width), dice.randrange(image.height)
        radius = dice.randrange(2, max(image.width // 12, 3))
        image = image.draw_circle(colour, left, top, radius, fill=True)
    return image
