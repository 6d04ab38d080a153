"""From signals of high dynamic range to light on a screen of standard range, where 1 is white.

Sources: SMPTE ST 2084 (PQ); ITU-R BT.2100-2, tables 4 and 5 (PQ, HLG and its OOTF); ITU-R
BT.2390-10, section 5.4 (the electrical-electrical transfer function that rolls highlights off);
ITU-R BT.2408-7, section 2 (plain white is 203 candela per square metre, and 75 % of HLG).
"""

import math

_M1, _M2 = 2610 / 16384, 2523 / 32
_C1, _C2, _C3 = 3424 / 4096, 2413 / 128, 2392 / 128
_BRIGHTEST = 10_000
_WHITE = 203
"""Candela per square metre that a screen of standard range shows at most."""
_PEAK = 1000
"""What pictures are graded for unless they say otherwise; what is brighter is cut off."""
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2
"""The exponent of the OOTF for a screen of 1000 candela per square metre."""


def pq(signal: float) -> float:
    """Give the light, 0 to 1, of a signal of PQ, 0 to 1."""
    return _light(_rolled_off(signal)) * _BRIGHTEST / _WHITE


def hlg(signal: float) -> float:
    """Give the light, 0 to 1, of a signal of HLG, 0 to 1.

    The OOTF is applied to each channel, since the curves of a profile know nothing of the others:
    exact for greys, a little more colourful for colours.
    """
    if signal <= 0.5:
        scene = signal * signal / 3
    else:
        scene = (math.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12
    return pq(_signal(scene**_HLG_GAMMA * _PEAK / _BRIGHTEST))


def _light(signal: float) -> float:
    """Give the light of a signal of PQ, as a share of the brightest."""
    root = signal ** (1 / _M2)
    return float((max(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1))


def _signal(light: float) -> float:
    """Give the signal of PQ for light, which is a share of the brightest."""
    power = light**_M1
    return float(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


_SOURCE = _signal(_PEAK / _BRIGHTEST)
_MOST = _signal(_WHITE / _BRIGHTEST) / _SOURCE
_KNEE = 1.5 * _MOST - 0.5
"""Where the curve begins to bend, as a share of the brightest signal."""


def _rolled_off(signal: float) -> float:
    """Leave a signal of PQ as it is up to the knee, and bend what is above into the range."""
    share = min(signal / _SOURCE, 1)
    if share < _KNEE:
        return signal
    t = (share - _KNEE) / (1 - _KNEE)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * _KNEE
        + (t**3 - 2 * t**2 + t) * (1 - _KNEE)
        + (3 * t**2 - 2 * t**3) * _MOST
    )
    return bent * _SOURCE
