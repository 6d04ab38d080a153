"""What a format costs for each megapixel, so that a task gets the time that its pictures need."""

from collections.abc import Callable
from dataclasses import dataclass

Allow = Callable[[float], None]
"""Called with the CPU seconds that work on pixels is going to take, by the figures of `Cost`."""

_MEGA = 1_000_000
STEP = 0.1
"""CPU seconds that a tool takes for a megapixel: the dearest of ours take 0.08."""


def never_mind(seconds: float) -> None:
    """Allow nothing, where no time is limited."""


def of_step(pixels: int) -> float:
    """Give the seconds that a tool takes for so many pixels, decoding and encoding aside."""
    return STEP * pixels / _MEGA


@dataclass(frozen=True)
class Cost:
    """CPU seconds for a megapixel, over all frames, on one core of the machine of the benchmarks.

    read: from the file to pixels, of a photograph at high quality.
    write: from pixels to the file, likewise, at the settings that a large picture is written with.
    """

    read: float = 0.1
    write: float = 0.2

    def reading(self, pixels: int) -> float:
        """Give the seconds that so many pixels take to read."""
        return self.read * pixels / _MEGA

    def writing(self, pixels: int) -> float:
        """Give the seconds that so many pixels take to write."""
        return self.write * pixels / _MEGA


USUAL = Cost()
"""Of a format that says nothing: more than most of ours take."""
