"""A code as it is to be seen: as SVG, or as pixels that the renderer of SVG makes of the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

import pyvips

from ashim_core.plugin import Colour, canvas, draw_svg
from ashim_qr.drawing import finders
from ashim_qr.drawing.dots import DotStyle, outlines
from ashim_qr.drawing.logo import Logo
from ashim_qr.drawing.paint import Gradient, Paint, colours, definition, fill
from ashim_qr.encoding import Code

_STRIP = 4_000_000
"""Pixels that are drawn at a time: four bytes each, while larger pictures are written in rows."""


class Look(NamedTuple):
    """How a code looks. light: behind the modules, and around them."""

    dots: DotStyle = "square"
    frames: finders.FrameStyle = "square"
    middles: finders.MiddleStyle = "square"
    dark: Paint = Colour(0, 0, 0)
    frame: Paint = Colour(0, 0, 0)
    middle: Paint = Colour(0, 0, 0)
    light: Colour = Colour(255, 255, 255)

    @property
    def paints(self) -> tuple[Paint, ...]:
        """All that is painted in dark colours."""
        return self.dark, self.frame, self.middle


@dataclass(frozen=True)
class Drawing:
    """A code with its look.

    margin: modules of the quiet zone on each side.
    """

    code: Code
    look: Look
    margin: int
    logo: Logo | None = None

    @property
    def side(self) -> int:
        """Modules on a side, the quiet zone included."""
        return self.code.side + 2 * self.margin

    def svg(self, size: int) -> bytes:
        """Write it as an SVG of so many pixels on a side."""
        logo = self._image(size / self.side) if self.logo else ""
        return self._document(size, 0, size, range(self.code.side), logo)

    def picture(self, size: int) -> pyvips.Image:
        """Draw it with so many pixels on a side: grey if nothing has a colour, alpha if need be.

        A large one comes in strips, each compressed until it is its turn: it is read once, from
        top to bottom, and never has all of its pixels in memory.
        """
        height = max(1, _STRIP // size)
        strips = self._strips(size, height)
        if height >= size:
            return next(strips)
        packed = [strip.pngsave_buffer(compression=1) for strip in strips]
        joined = pyvips.Image.arrayjoin(
            [pyvips.Image.pngload_buffer(data, access="sequential") for data in packed], across=1
        )
        return joined.crop(0, 0, size, size)  # the last strip may be lower, and is filled up

    def _strips(self, size: int, height: int) -> Iterator[pyvips.Image]:
        scale = size / self.side
        logo, left, above = self._logo_at(scale)
        for top in range(0, size, height):
            rows = self._rows(top / scale, (top + height) / scale)
            drawn = draw_svg(self._document(size, top, min(height, size - top), rows))
            if logo:
                drawn = canvas.lay(drawn, logo, left, above - top)
            yield self._plain(drawn)

    def _rows(self, top: float, bottom: float) -> range:
        """Give the rows of modules between two lines, counted from the edge of the picture."""
        first, last = floor(top) - self.margin, ceil(bottom) - self.margin
        return range(max(0, first), min(self.code.side, last))

    def _document(self, size: int, top: int, height: int, rows: range, more: str = "") -> bytes:
        """Write some rows of pixels as an SVG of their own."""
        look, side, scale = self.look, self.code.side, size / self.side
        gradient = next((paint for paint in look.paints if isinstance(paint, Gradient)), None)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{height}" '
            f'viewBox="0 {top} {size} {height}">{_ground(look.light, size)}'
            f'<g transform="scale({scale:.9g}) translate({self.margin} {self.margin})">'
            f"{definition(gradient, side) if gradient else ''}{self._dots(rows)}"
            f"{self._finders()}</g>{more}</svg>\n"
        ).encode()

    def _dots(self, rows: range) -> str:
        modules = self.logo.cleared(self.code.modules) if self.logo else self.code.modules
        path = outlines(finders.without(modules), self.look.dots, rows)
        return _filled(path, self.look.dark, sharp=self.look.dots == "square")

    def _finders(self) -> str:
        look, places = self.look, finders.places(self.code.side)
        frames = "".join(finders.frame(x, y, look.frames) for x, y in places)
        middles = "".join(finders.middle(x, y, look.middles) for x, y in places)
        return _filled(frames, look.frame, sharp=look.frames == "square") + _filled(
            middles, look.middle, sharp=look.middles == "square"
        )

    def _image(self, scale: float) -> str:
        """Write the logo as an element, in pixels."""
        if not self.logo:
            return ""
        sides = self.logo.sides(self.code.side)
        x, y = ((self.side - length) / 2 * scale for length in sides)
        width, height = (length * scale for length in sides)
        box = f'x="{x:.6g}" y="{y:.6g}" width="{width:.6g}" height="{height:.6g}"'
        return f'<image {box} preserveAspectRatio="none" href="{self.logo.embedded()}"/>'

    def _logo_at(self, scale: float) -> tuple[pyvips.Image | None, int, int]:
        """Give the logo in its size in pixels, and where its top left corner is."""
        if not self.logo:
            return None, 0, 0
        sides = self.logo.sides(self.code.side)
        left, top = (round((self.side - length) / 2 * scale) for length in sides)
        width, height = (round(length * scale) for length in sides)
        return self.logo.at(width, height), left, top

    def _plain(self, drawn: pyvips.Image) -> pyvips.Image:
        """Leave bands out that say nothing."""
        if self.look.light.opaque:
            drawn = canvas.colours_of(drawn)
        painted = (colour for paint in self.look.paints for colour in colours(paint))
        if self.logo or not all(colour.neutral for colour in (self.look.light, *painted)):
            return drawn
        grey = drawn[0].bandjoin(drawn[3]) if drawn.hasalpha() else drawn[0]
        return grey.copy(interpretation="b-w")


def _ground(light: Colour, size: int) -> str:
    if not light.alpha:
        return ""
    opacity = "" if light.opaque else f' fill-opacity="{light.alpha / 255:.4g}"'
    colour = light._replace(alpha=255)
    return f'<rect width="{size}" height="{size}" fill="{colour}"{opacity}/>'


def _filled(path: str, paint: Paint, *, sharp: bool) -> str:
    """Write a path as an element.  sharp: its edges lie between pixels, never within one."""
    edges = ' shape-rendering="crispEdges"' if sharp else ""
    return f'<path {fill(paint)} fill-rule="evenodd"{edges} d="{path}"/>'
