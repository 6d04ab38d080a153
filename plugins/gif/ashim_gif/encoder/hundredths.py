"""Times in the unit of GIF, which is a hundredth of a second."""

from collections.abc import Iterable, Iterator

_LONGEST = 65_535
_UNIT_MS = 10
_LEAST = 2
"""Browsers show what is shorter than this for a tenth of a second."""


def hundredths(delays: Iterable[int]) -> Iterator[int]:
    """Turn milliseconds into hundredths of a second; what is lost by rounding goes to the next.

    So the whole takes as long as before. What is no whole number of hundredths gets two at least.
    """
    passed = said = 0
    for delay in delays:
        passed += delay
        found = max(0, round(passed / _UNIT_MS) - said)
        if delay % _UNIT_MS:
            found = max(found, _LEAST)
        said += found
        yield min(found, _LONGEST)
