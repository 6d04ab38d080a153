"""The structural similarity of two pictures.

Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
structural similarity", 2004: a Gaussian window of 1.5 pixels, K1 = 0.01, K2 = 0.03. As its authors
recommend, pictures are reduced first, to about 256 pixels on the shorter side.
"""

import pyvips

from ashim_utilities.likeness.pair import Pair

_SIGMA = 1.5
_SIDE = 256
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_MIDDLE = [128.0, 128.0, 128.0]


def ssim(pair: Pair) -> float:
    """Give 1 for equal pictures, down to -1 for those that are opposite in every detail."""
    factor = max(1, round(min(pair.size) / _SIDE))
    first, second = (_luma(image, factor) for image in pair)
    mean_1, mean_2 = _local(first), _local(second)
    variances = _local(first * first) - mean_1 * mean_1 + _local(second * second) - mean_2 * mean_2
    covariance = _local(first * second) - mean_1 * mean_2
    light = (2 * mean_1 * mean_2 + _C1) / (mean_1 * mean_1 + mean_2 * mean_2 + _C1)
    structure = (2 * covariance + _C2) / (variances + _C2)
    return float((light * structure).avg())


def _luma(image: pyvips.Image, factor: int) -> pyvips.Image:
    if image.hasalpha():
        image = image.flatten(background=_MIDDLE)
    return image.colourspace("b-w").shrink(factor, factor).cast("float").copy_memory()


def _local(image: pyvips.Image) -> pyvips.Image:
    """Give the weighted mean around each pixel."""
    return image.gaussblur(_SIGMA, min_ampl=0.001, precision="float")
