"""SVG drawings from strangers: what draws is written anew, everything else is left out.

A drawing is a program for a browser: it may hold scripts, reach for other addresses, or outgrow any
memory. Nothing is searched for and cut out here. A parser tells what there is, and only what is
known to be harmless is written down again. Limits hold while the parser runs, and no tree is built.
"""

from ashim_core.svg.clean import CleanSvg, clean
from ashim_core.svg.draw import draw

__all__ = ["CleanSvg", "clean", "draw"]
