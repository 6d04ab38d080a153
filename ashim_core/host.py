"""What the machine has for its tools: a folder of models, and what the operator grants a task."""

from dataclasses import dataclass
from pathlib import Path

from ashim_core.limits import Lane, Limits


@dataclass(frozen=True)
class Host:
    """What a tool can count on where it runs, as far as it is known.

    models: the folder in which models lie, each in a folder of its own.
    fast, heavy: the limits of one task in these lanes.
    """

    models: Path | None = None
    fast: Limits | None = None
    heavy: Limits | None = None

    def limits(self, lane: Lane) -> Limits | None:
        """Give the limits of one task in a lane."""
        return self.heavy if lane == "heavy" else self.fast


NOWHERE = Host()
"""Nothing is known of the machine."""
