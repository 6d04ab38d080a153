"""Measuring contenders side by side: in one run, act by act, in random order.

On a machine with neighbours, figures from two moments can't be compared. Ratios inside of one round
can, and the median over several rounds forgives a bad one.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import sub, truediv
from statistics import fmean, median
from typing import Literal

from tests.benchmarks.processes import CpuMeter

_WARM_UP = 6
"""Enough for every worker of a pool to have had its first task."""

Quantity = Literal["wall", "cpu"]


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    cpu: reads the CPU seconds that this way has used so far, in all of its processes.
    settle: seconds to wait before reading, for work that goes on after the answer.
    """

    name: str
    act: Callable[[], object]
    cpu: CpuMeter = time.process_time
    settle: float = 0.0


@dataclass(frozen=True)
class Cost:
    """What one act takes, in seconds: the median of wall time, the mean of CPU time."""

    wall: float
    cpu: float

    def of(self, quantity: Quantity) -> float:
        return self.wall if quantity == "wall" else self.cpu


Round = dict[str, Cost]


def measure(
    contenders: Sequence[Contender], rounds: int, repeats: int, dice: random.Random
) -> "Pairs":
    """Let every contender act `repeats` times per round, after some acts that don't count."""
    for contender in contenders:
        for _ in range(min(repeats, _WARM_UP)):
            contender.act()
    return Pairs([_round(contenders, repeats, dice) for _ in range(rounds)])


class Pairs:
    """The rounds of one measurement."""

    def __init__(self, rounds: Sequence[Round]) -> None:
        self._rounds = rounds

    def ratio(self, name: str, base: str, quantity: Quantity) -> float:
        """Give the median over the rounds of how many times `base` a contender costs."""
        return median(self._paired(name, base, quantity, truediv))

    def difference(self, name: str, base: str, quantity: Quantity) -> float:
        """Give the median over the rounds of how many seconds more than `base` it costs."""
        return median(self._paired(name, base, quantity, sub))

    def cost(self, name: str, quantity: Quantity) -> float:
        """Give the median over the rounds in seconds: to read, not to compare between runs."""
        return median(costs[name].of(quantity) for costs in self._rounds)

    def _paired(
        self, name: str, base: str, quantity: Quantity, compare: Callable[[float, float], float]
    ) -> Iterator[float]:
        for costs in self._rounds:
            yield compare(costs[name].of(quantity), costs[base].of(quantity))


def _round(contenders: Sequence[Contender], repeats: int, dice: random.Random) -> Round:
    turns = [contender for contender in contenders for _ in range(repeats)]
    dice.shuffle(turns)
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for contender in turns:
        costs[contender.name].append(_act(contender))
    return {
        name: Cost(median(cost.wall for cost in taken), fmean(cost.cpu for cost in taken))
        for name, taken in costs.items()
    }


def _act(contender: Contender) -> Cost:
    cpu, wall = contender.cpu(), time.perf_counter()
    contender.act()
    wall = time.perf_counter() - wall
    time.sleep(contender.settle)
    return Cost(wall, contender.cpu() - cpu)
