"""What every benchmark is handed."""

import random
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.pairing import Contender, Pairs, measure
from tests.benchmarks.pictures import Pictures


@dataclass(frozen=True)
class Lab:
    """The place and the means of one run.

    folder: scratch space, removed after the run.
    peer: the folder of the installed peer server, None to go without.
    """

    folder: Path
    pictures: Pictures
    rounds: int
    peer: Path | None
    dice: random.Random

    def measure(self, *contenders: Contender, repeats: int) -> Pairs:
        """Measure contenders side by side."""
        return measure(contenders, self.rounds, repeats, self.dice)

    def fresh(self, name: str) -> Path:
        """Make an empty folder."""
        number = len(list(self.folder.iterdir()))
        path = self.folder / f"{name}-{number}"
        path.mkdir()
        return path
