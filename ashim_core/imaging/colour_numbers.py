"""Colours that a file describes by numbers: its primaries, its white, and its transfer curve.

The core understands ICC profiles, so this makes one of them. Light beyond what a screen of standard
range shows (PQ, HLG) is brought into its range by the curve of the profile.

Sources: ITU-T H.273, tables 2 and 3 (the numbers); PNG Specification, section 11.3.2 (the power).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from ashim_core.imaging.icc import grey_profile, matrix_profile
from ashim_core.imaging.light import hlg, pq
from ashim_core.imaging.matrices import Point, matrix_to_d50

Points = tuple[Point, Point, Point, Point]
Curve = Callable[[float], float]

_SRGB, _PQ, _HLG = 13, 16, 18
_D65 = (0.3127, 0.329)
_OF_SRGB: Points = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), _D65)
_OF_601: Points = ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _D65)
_PRIMARIES: Mapping[int, Points] = {
    1: _OF_SRGB,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.31, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06), _D65),
    6: _OF_601,
    7: _OF_601,
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), (0.31, 0.316)),
    9: ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), _D65),
    11: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), (0.314, 0.351)),
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), _D65),
    22: ((0.63, 0.34), (0.295, 0.605), (0.155, 0.077), _D65),
}
"""x and y of red, green, blue and white by their number. XYZ itself (10) has none."""
_NEAR, _NEAR_EXPONENT = 0.001, 0.05
_EXPONENTS = (0.1, 10)


class Numbers(NamedTuple):
    """What a file says of its colours.

    points: x and y of red, green, blue and white. transfer: the number of the curve in H.273.
    exponent: of a curve that is a plain power, from numbers of 0 to 1 to light; then `transfer`
    says nothing.
    """

    points: Sequence[Point]
    transfer: int
    exponent: float = 0


def numbers_of(primaries: int, transfer: int) -> Numbers:
    """Look code points of H.273 up; unknown primaries are taken for those of sRGB."""
    return Numbers(_PRIMARIES.get(primaries, _OF_SRGB), transfer)


def powered(exponent: float, points: Sequence[Point] | None = None) -> Numbers | None:
    """Describe colours by a power, and may be primaries; None for numbers that make no sense.

    The power by which screens of old came near the curve of sRGB means that curve.
    """
    points = points or _OF_SRGB
    if not _EXPONENTS[0] <= exponent <= _EXPONENTS[1]:
        return None
    if abs(exponent - 2.2) < _NEAR_EXPONENT:
        return Numbers(points, _SRGB)
    return Numbers(points, 0, exponent)


def beyond_screens(numbers: Numbers | None) -> Literal["", "PQ", "HLG"]:
    """Name what has to be brought into the range of a screen; empty where nothing has."""
    if numbers is None or numbers.exponent:
        return ""
    return "PQ" if numbers.transfer == _PQ else "HLG" if numbers.transfer == _HLG else ""


def profile_of(numbers: Numbers, *, grey: bool = False) -> bytes | None:
    """Make the profile; None for sRGB, and for numbers that describe no colours.

    grey: for pictures of one channel, of which only the curve counts. An unknown curve is taken for
    that of sRGB.
    """
    return _profile(tuple(numbers.points), numbers.transfer, numbers.exponent, grey)


@lru_cache(maxsize=8)
def _profile(points: tuple[Point, ...], transfer: int, exponent: float, grey: bool) -> bytes | None:
    curve = _gamma(exponent) if exponent else _CURVES.get(transfer, _srgb)
    fine = curve in (pq, hlg)
    if grey:
        return None if curve is _srgb else grey_profile(curve, fine=fine)
    if curve is _srgb and _is_near(points, _OF_SRGB):
        return None
    matrix = matrix_to_d50(points)
    return matrix_profile(matrix, curve, fine=fine) if matrix else None


def _is_near(points: Sequence[Point], others: Sequence[Point]) -> bool:
    pairs = zip(points, others, strict=True)
    return all(abs(a - b) < _NEAR for one, other in pairs for a, b in zip(one, other, strict=True))


def _gamma(exponent: float) -> Curve:
    return lambda value: value**exponent


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


_CURVES: Mapping[int, Curve] = {
    # Writers of stills give the number of video (1) where they mean sRGB, and viewers know it.
    **dict.fromkeys((1, 6, 7, _SRGB, 14, 15), _srgb),
    4: _gamma(2.2),
    5: _gamma(2.8),
    8: _gamma(1.0),
    _PQ: pq,
    17: _gamma(2.6),
    _HLG: hlg,
}
