"""Pillow or Pillow-SIMD: what a Pillow tool costs, whichever of the two is installed."""

from collections.abc import Iterator

import PIL
import pyvips

from ashim_core.imaging.pixels import to_pillow
from tests.benchmarks import direct
from tests.benchmarks.engine import inline, own_tools
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender, Pairs
from tests.benchmarks.report import Row, plain
from tests.benchmarks.tools.flavours import Nothing, grey_libvips, grey_pillow

_PILLOW, _LIBVIPS = "grey-pillow", "grey-libvips"


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    yield _row("Lanczos + grey, 12 MP", _through_the_engine(lab))
    yield _row("the operation alone", _in_memory(lab))


def flavour() -> str:
    """Name the flavour; Pillow-SIMD numbers its releases as post-releases of Pillow's."""
    kind = "Pillow-SIMD" if "post" in PIL.__version__ else "Pillow"
    return f"{kind} {PIL.__version__}"


def _through_the_engine(lab: Lab) -> Pairs:
    """Measure JPEG to JPEG, with the pixels going over to Pillow and back."""
    file = lab.pictures.jpeg_12mp
    with inline(own_tools("flavours"), lab.fresh("engine")) as engine:
        return lab.measure(
            Contender(_PILLOW, lambda: engine.run(_PILLOW, file)),
            Contender(_LIBVIPS, lambda: engine.run(_LIBVIPS, file)),
            repeats=3,
        )


def _in_memory(lab: Lab) -> Pairs:
    image = pyvips.Image.new_from_file(str(lab.pictures.jpeg_12mp)).copy_memory()
    pillow, settings = to_pillow(image), Nothing()
    return lab.measure(
        Contender(_PILLOW, lambda: grey_pillow(pillow, settings)),
        Contender(_LIBVIPS, lambda: grey_libvips(image, settings).copy_memory()),
        repeats=3,
    )


def _row(what: str, pairs: Pairs) -> Row:
    costs = ", ".join(f"{1000 * pairs.cost(name, 'cpu'):.0f}" for name in (_PILLOW, _LIBVIPS))
    ratio = pairs.ratio(_PILLOW, _LIBVIPS, "cpu")
    return plain(f"{what}: CPU of {flavour()} / libvips", f"{ratio:.3g} x ({costs} ms)")
