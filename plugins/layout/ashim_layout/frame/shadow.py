"""The soft shadow of a rectangle with round corners, built from one quarter of a small one.

Away from the corners a shadow is the same all along a side. So a rectangle with sides just long
enough is blurred, and only one quarter of that; the rest is mirrored and stretched.
"""

from functools import lru_cache
from math import ceil

import pyvips

from ashim_core.plugin import canvas
from ashim_layout.frame.pieces import below, beside

_FINE = 4
"""Pixels of sigma that are enough: what is blurred more is computed smaller, and enlarged."""
_FAINT = 0.001
"""Where the bell of the blur ends, as a part of its height."""


def reach(blur: int) -> int:
    """Say how many pixels a shadow reaches out on each side: four times its sigma."""
    return 2 * blur


def shadow(width: int, height: int, radius: float, blur: int) -> pyvips.Image:
    """Draw a shadow, 255 where it is full. It is larger than the rectangle by `reach` all around.

    blur: twice the sigma of the blur.
    """
    straight = ceil(radius) + reach(blur)
    wide, high = min(width, 2 * straight), min(height, 2 * straight)
    corner = _quarter(wide, high, radius, blur)
    left = _mirrored_across(corner, wide, width, blur)
    return _mirrored_down(left, high, height, blur)


@lru_cache(maxsize=1)  # all frames of an animation have one shadow
def _quarter(width: int, height: int, radius: float, blur: int) -> pyvips.Image:
    """Blur a rectangle with space around it; give the top left quarter of that."""
    space, sigma = reach(blur), blur / 2
    scale = max(1, int(sigma / _FINE))
    shape = canvas.round_mask(width, height, radius).embed(
        space, space, _whole(width + 2 * space, scale), _whole(height + 2 * space, scale)
    )
    small = shape.cast("float").shrink(scale, scale)
    soft = small.gaussblur(sigma / scale, precision="float", min_ampl=_FAINT)
    size = space + ceil(width / 2), space + ceil(height / 2)
    large = _enlarged(soft, scale, *size) if scale > 1 else soft.crop(0, 0, *size)
    return large.rint().cast("uchar").copy_memory()


def _enlarged(image: pyvips.Image, scale: int, width: int, height: int) -> pyvips.Image:
    """Enlarge a picture from its top left corner on."""
    # Pixels are points for the transform: the middle of the first of three is 1.
    middle = (scale - 1) / 2
    return image.affine(
        [scale, 0, 0, scale],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, width, height],
        odx=middle,
        ody=middle,
        extend="copy",
    )


def _whole(side: int, scale: int) -> int:
    return ceil(side / scale) * scale


def _mirrored_across(quarter: pyvips.Image, small: int, width: int, blur: int) -> pyvips.Image:
    right = quarter.crop(0, 0, reach(blur) + small // 2, quarter.height).fliphor()
    longer = quarter.width + width - small
    # The last column is what the shadow is like all along the side.
    left = quarter.embed(0, 0, longer, quarter.height, extend="copy")
    return beside((left, right))


def _mirrored_down(half: pyvips.Image, small: int, height: int, blur: int) -> pyvips.Image:
    bottom = half.crop(0, 0, half.width, reach(blur) + small // 2).flipver()
    top = half.embed(0, 0, half.width, half.height + height - small, extend="copy")
    return below((top, bottom))
