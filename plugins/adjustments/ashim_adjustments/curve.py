"""The curve: what light settings make of each of the 256 values, every channel by itself."""

_WHITE = 255
_MIDDLE = 128
_STOP = 50
"""How much exposure doubles the light."""


def curve(exposure: float, brightness: float, contrast: float) -> tuple[float, ...]:
    """Give the new value of each old one; it may be less than 0 or more than 255.

    exposure: 2 ** (exposure / 50) times as much light, so 100 is two stops.
    brightness: 1 + brightness / 100 times the value.
    contrast: 1 + contrast / 100 times the distance from 128.
    """
    light, slope = 2 ** (exposure / _STOP), 1 + contrast / 100
    scale = 1 + brightness / 100

    def new(old: int) -> float:
        lit = _WHITE * _encoded(light * _light(old / _WHITE)) if exposure else old
        return _MIDDLE + slope * (scale * lit - _MIDDLE)

    return tuple(new(old) for old in range(_WHITE + 1))


def _light(value: float) -> float:
    """Give the light that an sRGB value stands for."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _encoded(light: float) -> float:
    """Give the sRGB value for light, beyond white as well."""
    return light * 12.92 if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)
