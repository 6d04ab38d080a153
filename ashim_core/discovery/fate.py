"""What became of each plugin that was found."""

from dataclasses import dataclass, field
from typing import Literal

from ashim_core.registry import Provenance

Status = Literal["loaded", "failed", "skipped"]


@dataclass
class Plugin:
    """One plugin as it was found, and what became of it. group: of its entry point."""

    name: str
    provenance: Provenance
    group: str
    status: Status = "loaded"
    tools: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    reason: str | None = None
    next_step: str | None = None

    def fail(self, problem: "PluginProblem") -> None:
        """Have it count as one that can't be used, now or from the start."""
        self.status = "failed"
        self.reason, self.next_step = problem.reason, problem.next_step


class PluginProblem(Exception):
    """Why one plugin can't be used, and what its author or operator can do about it."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
