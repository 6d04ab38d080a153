"""How much each pixel of one picture differs from that of another, and where."""

from dataclasses import dataclass

import pyvips

from ashim_utilities.likeness.pair import Pair

_LEVELS = 255
_BACKGROUNDS = (0, 255)
"""What shows through is on black and on white: a difference counts that can be seen on either."""


@dataclass(frozen=True)
class Difference:
    """The difference of two pictures.

    levels: of each pixel, the mean over red, green and blue, 0 to 255.
    """

    levels: pyvips.Image

    @property
    def similarity(self) -> float:
        """Give 100 for equal pictures, and 0 for black against white."""
        mean = float(self.levels.avg())
        return 100 * (1 - mean / _LEVELS)

    def beyond(self, threshold: int) -> pyvips.Image:
        """Mark pixels that differ by more than a threshold, 0 to 255: 255, all others 0."""
        return self.levels > threshold


def difference(pair: Pair) -> Difference:
    """Compare two pictures pixel by pixel; the result is in memory."""
    if not pair.first.hasalpha():
        return Difference(_levels(pair.first, pair.second).copy_memory())
    on_each = [
        _levels(*(image.flatten(background=[shade] * 3) for image in pair))
        for shade in _BACKGROUNDS
    ]
    darker, lighter = on_each
    return Difference((darker > lighter).ifthenelse(darker, lighter).copy_memory())


def _levels(first: pyvips.Image, second: pyvips.Image) -> pyvips.Image:
    return (first.cast("short") - second).abs().bandmean().cast("uchar")


def area(mask: pyvips.Image) -> tuple[float, tuple[int, int, int, int] | None]:
    """Give the share of marked pixels in percent, and left, top, width and height of them all."""
    share = 100 * float(mask.avg()) / _LEVELS
    if not share:
        return 0.0, None
    left, top, width, height = mask.find_trim(background=[0], threshold=1)
    return share, (left, top, width, height)
