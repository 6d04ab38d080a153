"""Who wants the work done: hears how far it is, and may change their mind."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ashim_core.imaging.cost import Allow, never_mind

Progress = Callable[[float, str], None]
"""Called with percent from 0 to 100, and a message."""


def ignore_progress(percent: float, message: str) -> None:
    """Nobody watches."""


def never_cancelled() -> bool:
    """Somebody waits to the end."""
    return False


@dataclass(frozen=True)
class Above:
    """What a run tells and asks those who want its result.

    progress: hears how far it is.  cancelled: says whether nobody waits any more.
    allow: hears what the pixels are going to cost, before they are worked on.
    """

    progress: Progress = ignore_progress
    cancelled: Callable[[], bool] = never_cancelled
    allow: Allow = never_mind

    def of_part(self, number: int, count: int) -> "Above":
        """Take the progress of one part of the work as progress of the whole. number: from 0."""
        whole = self.progress

        def progress(percent: float, message: str) -> None:
            whole((100 * number + min(max(percent, 0), 100)) / count, message)

        return replace(self, progress=progress)


NOBODY = Above()
