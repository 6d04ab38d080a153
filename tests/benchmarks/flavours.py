"""Pillow or Pillow-SIMD: what a Pillow tool costs, whichever of the two is installed."""

from collections.abc import Iterator

import PIL

from tests.benchmarks.engine import inline, own_tools
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.report import Row, plain

_PILLOW, _LIBVIPS = "grey-pillow", "grey-libvips"


def run(lab: Lab) -> Iterator[Row]:
    file = lab.pictures.jpeg_12mp
    with inline(own_tools("flavours"), lab.fresh("engine")) as engine:
        pairs = lab.measure(
            Contender(_PILLOW, lambda: engine.run(_PILLOW, file)),
            Contender(_LIBVIPS, lambda: engine.run(_LIBVIPS, file)),
            repeats=3,
        )
    costs = ", ".join(f"{1000 * pairs.cost(name, 'cpu'):.0f}" for name in (_PILLOW, _LIBVIPS))
    ratio = pairs.ratio(_PILLOW, _LIBVIPS, "cpu")
    yield plain(
        f"grey + Lanczos, 12 MP: CPU of {flavour()} / libvips", f"{ratio:.2f} x ({costs} ms)"
    )


def flavour() -> str:
    """Name the flavour; Pillow-SIMD numbers its releases as post-releases of Pillow's."""
    kind = "Pillow-SIMD" if "post" in PIL.__version__ else "Pillow"
    return f"{kind} {PIL.__version__}"
