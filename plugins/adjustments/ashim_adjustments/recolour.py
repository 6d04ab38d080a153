"""Changing the colours of a picture pixel by pixel: a curve, vibrance, a mix, in this order.

Colours here have no alpha: three bands, or one of a grey picture. In between they may be fractions,
less than 0 and more than 255; only `settled` makes them whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyvips

from ashim_adjustments.mix import COLOUR, Mix, Row
from ashim_adjustments.rows import shared

_PLAIN = tuple(range(256))
_UNMIXED = Mix()


@dataclass(frozen=True)
class Recipe:
    """What is to become of each colour.

    curve: the new value of each of the 256, for every channel.
    vibrance: how much colours move away from grey, -1 to 1: all of it where they are dullest.
    """

    curve: tuple[float, ...] = _PLAIN
    vibrance: float = 0
    mix: Mix = _UNMIXED

    @property
    def idle(self) -> bool:
        return self == Recipe()


def recoloured(colours: pyvips.Image, recipe: Recipe, last: bool) -> pyvips.Image:
    """Follow a recipe; what is grey stays so as long as the recipe gives it no colour.

    last: nothing comes after this, so whole numbers are as good as fractions.
    """
    if recipe.idle:
        return colours
    if colours.bands == 1:
        return _looked_up(colours, _greys(recipe), last)
    if recipe.mix.apart and not recipe.vibrance:
        return _looked_up(colours, _mixed(_table(recipe.curve, 3), recipe.mix), last)
    if recipe.curve != _PLAIN:
        colours = colours.maplut(_table(recipe.curve, 1))
    if recipe.vibrance:
        colours = _vivid(colours, recipe.vibrance)
    return _mixed(colours, recipe.mix)


def settled(colours: pyvips.Image) -> pyvips.Image:
    """Come back to 8 bits; what is less than black or more than white is black or white."""
    if colours.format != "uchar":
        colours = colours.rint().cast("uchar")
    return colours.copy(interpretation="b-w" if colours.bands == 1 else "srgb")


def _looked_up(colours: pyvips.Image, table: pyvips.Image, last: bool) -> pyvips.Image:
    return colours.maplut(settled(table) if last else table)


def _greys(recipe: Recipe) -> pyvips.Image:
    """Give what becomes of each of the 256 greys; vibrance does nothing to them."""
    greys = _mixed(_table(recipe.curve, 3), recipe.mix)
    return greys[0] if recipe.mix.keeps_grey else greys


def _table(curve: tuple[float, ...], bands: int) -> pyvips.Image:
    table = pyvips.Image.new_from_array([list(curve)]).cast("float")
    return table if bands == 1 else table.bandjoin(table).bandjoin(table)


def _vivid(colours: pyvips.Image, vibrance: float) -> pyvips.Image:
    """Move colours away from grey, by less the further red, green and blue are apart already."""
    colours = shared(colours)
    red, green, blue = colours.bandsplit()
    most, least = red.maxpair(green).maxpair(blue), red.minpair(green).minpair(blue)
    gains = [vibrance * (1 - apart / 255) for apart in range(256)]
    gain = (most - least).cast("uchar").maplut(_table(tuple(gains), 1))
    return colours + colours.recomb(_matrix(COLOUR)) * gain


def _mixed(colours: pyvips.Image, mix: Mix) -> pyvips.Image:
    """Mix colours; those that all become grey need one band only."""
    if mix == _UNMIXED:
        return colours
    mixed = colours.recomb(_matrix(mix.rows[:1] if mix.makes_grey else mix.rows))
    return mixed + mix.offset if mix.offset else mixed


def _matrix(rows: Sequence[Row]) -> pyvips.Image:
    return pyvips.Image.new_from_array([list(row) for row in rows])
