"""How long frames stay."""

from collections.abc import Sequence
from typing import NamedTuple

SHORTEST_MS, LONGEST_MS = 20, 655_350
"""What browsers show as it is said, and the longest that a GIF can say."""
_SHOWN_MS = 100
"""How long browsers show a frame that says less than the shortest."""


class Times(NamedTuple):
    """Milliseconds of each frame. clamped: how many would have been too short, or too long."""

    delays: tuple[int, ...]
    clamped: int = 0


def faster(delays: Sequence[int], factor: float) -> Times:
    """Divide times by a factor, but no further than to what browsers show."""
    wanted = [(delay if delay >= SHORTEST_MS else _SHOWN_MS) / factor for delay in delays]
    found = tuple(round(min(max(delay, SHORTEST_MS), LONGEST_MS)) for delay in wanted)
    outside = (not SHORTEST_MS <= delay <= LONGEST_MS for delay in wanted)
    return Times(found, sum(outside))
