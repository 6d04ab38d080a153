"""How large a drawing says that it is."""

import math
import re
from collections.abc import Mapping

_UNITS = {"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_UNITS |= {"pt": 96 / 72, "pc": 16}
_NUMBER = r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:e[+-]?[0-9]++)?"
_LENGTH = re.compile(rf"({_NUMBER})(px|in|cm|mm|q|pt|pc|)", re.IGNORECASE | re.ASCII)
_BOX = re.compile(rf"{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})", re.IGNORECASE)
_LONGEST_LENGTH = 200


def size_of(root: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Give width and height in pixels; a side that is missing follows the view box."""
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    box = _box(root.get("viewBox", ""))
    if box and width is None:
        width = box[0] if height is None else height * box[0] / box[1]
        height = box[1] if height is None else height
    elif box and width is not None and height is None:
        height = width * box[1] / box[0]
    return _rounded_up(width), _rounded_up(height)


def _length(text: str) -> float | None:
    """Give a length in pixels, None for one that depends on where the drawing is shown."""
    found = _LENGTH.fullmatch(text.strip()) if len(text) <= _LONGEST_LENGTH else None
    return _positive(float(found[1]) * _UNITS[found[2].lower()]) if found else None


def _box(text: str) -> tuple[float, float] | None:
    found = _BOX.fullmatch(text.strip()) if len(text) <= _LONGEST_LENGTH else None
    if found is None:
        return None
    width, height = _positive(float(found[1])), _positive(float(found[2]))
    return None if width is None or height is None else (width, height)


def _positive(number: float) -> float | None:
    return number if 0 < number < math.inf else None


def _rounded_up(side: float | None) -> int | None:
    """Round up what is more than noise of the conversion: 25.4 mm are 96 pixels, not 97."""
    if side is None or side == math.inf:
        return None
    return max(1, math.ceil(round(side, 6)))
