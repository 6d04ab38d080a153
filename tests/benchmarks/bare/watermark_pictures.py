"""Pictures on pictures in bare libvips, as one would write it: resize, place, composite."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyvips

from tests.benchmarks.bare import Bare, Case, as_jpeg

_SCALE, _MARGIN, _SPACING = 25, 20, 40
_OPACITY = 0.5

_Lay = Callable[[pyvips.Image, pyvips.Image], pyvips.Image]


def _on_pictures(lay: _Lay) -> Bare:
    """Wrap what is done with two pictures: the first is read from top to bottom."""

    def bare(files: Sequence[Path]) -> bytes:
        image = pyvips.Image.jpegload(str(files[0]), access="sequential")
        layer = pyvips.Image.jpegload(str(files[1]))
        return as_jpeg(lay(image, layer))

    return bare


def _faint(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    """Scale a mark to a share of the picture's width, and make it see-through."""
    small = layer.resize(image.width * _SCALE / 100 / layer.width)
    return small.bandjoin(round(255 * _OPACITY)).copy_memory()


def _in_the_corner(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    mark = _faint(image, layer)
    left, top = image.width - mark.width - _MARGIN, image.height - mark.height - _MARGIN
    return image.composite2(mark, "over", x=left, y=top)[:3]


def _all_over(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    mark = _faint(image, layer)
    cell = mark.embed(0, 0, mark.width + _SPACING, mark.height + _SPACING)
    pair = cell.join(cell.wrap(x=cell.width // 2), "vertical")
    across, down = image.width // pair.width + 1, image.height // pair.height + 1
    return image.composite2(pair.replicate(across, down), "over")[:3].crop(
        0, 0, image.width, image.height
    )


def _over(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    return image.composite2(layer.bandjoin(round(255 * _OPACITY)), "over")[:3]


def _multiplied(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    return image.composite2(layer, "multiply")[:3]


def _in_the_hue_of(image: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    """Follow the formulas of the W3C for the mode that libvips lacks, step by step."""
    least, largest = _ranks(layer)
    dark, light = _ranks(image)
    stretched = (layer - least) * (light - dark) / (largest - least)
    grey = _luminosity(image)
    shifted = stretched + (grey - _luminosity(stretched))
    low, high = _ranks(shifted)
    raised = grey + (shifted - grey) * grey / (grey - low)
    lowered = grey + (shifted - grey) * (255 - grey) / (high - grey)
    clipped = (low < 0).ifthenelse(raised, shifted)
    return (high > 255).ifthenelse(lowered, clipped).rint().cast("uchar")


def _luminosity(image: pyvips.Image) -> pyvips.Image:
    return image.recomb(pyvips.Image.new_from_array([[0.3, 0.59, 0.11]]))


def _ranks(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
    red, green, blue = image.bandsplit()
    return red.bandrank([green, blue], index=0), red.bandrank([green, blue], index=2)


CASES: tuple[Case, ...] = (
    Case("watermark-image", {}, _on_pictures(_in_the_corner), files=2),
    Case("watermark-image", {"tile": True}, _on_pictures(_all_over), files=2),
    Case("compose", {"opacity": 50}, _on_pictures(_over), files=2),
    Case("compose", {"blend": "multiply"}, _on_pictures(_multiplied), files=2),
    Case("compose", {"blend": "hue"}, _on_pictures(_in_the_hue_of), files=2),
)
