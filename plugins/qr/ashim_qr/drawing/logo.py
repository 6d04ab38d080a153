"""A picture in the middle of a code, and the modules that make room for it."""

from base64 import b64encode
from dataclasses import dataclass
from math import ceil, floor

import pyvips

from ashim_core.plugin import canvas
from ashim_qr.drawing.dots import Modules

EMBEDDED = 1024
"""Pixels of the longer side of a logo inside of an SVG, at most."""


@dataclass(frozen=True)
class Logo:
    """A logo and how it lies.

    image: grey or sRGB, with or without alpha.
    share: its longer side in percent of the width of the code, the quiet zone aside.
    space: modules that are kept free around it.
    hides: no dots are drawn behind it.
    """

    image: pyvips.Image
    share: float
    space: float
    hides: bool

    def sides(self, side: int) -> tuple[float, float]:
        """Give width and height in modules, in a code of so many modules on a side."""
        scale = side * self.share / 100 / max(self.image.width, self.image.height)
        return self.image.width * scale, self.image.height * scale

    def covered(self, side: int) -> tuple[range, range]:
        """Give the columns and rows that lie behind the logo, or too near to it."""
        width, height = (length / 2 + self.space for length in self.sides(side))
        return _met(side, width), _met(side, height)

    def cleared(self, modules: Modules) -> Modules:
        """Take the modules out of a code that are covered, if that is wanted."""
        if not self.hides:
            return modules
        columns, rows = self.covered(len(modules))
        return [
            [dark and not (x in columns and y in rows) for x, dark in enumerate(row)]
            for y, row in enumerate(modules)
        ]

    def at(self, width: int, height: int) -> pyvips.Image:
        """Give the picture in another size, in memory."""
        return canvas.resampled(self.image, max(1, width), max(1, height)).copy_memory()

    def embedded(self) -> str:
        """Write the picture as the address of an image in an SVG."""
        longer = max(self.image.width, self.image.height)
        scale = min(1, EMBEDDED / longer)
        small = self.at(round(self.image.width * scale), round(self.image.height * scale))
        return f"data:image/png;base64,{b64encode(small.pngsave_buffer(keep=0)).decode()}"


def _met(side: int, half: float) -> range:
    """Give the modules that something meets which reaches so far to both sides of the middle."""
    return range(max(0, floor(side / 2 - half)), min(side, ceil(side / 2 + half)))
