"""The budgets that one task must keep. On by default; set by the operator, never by a request."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Lane = Literal["fast", "heavy"]
"""For pictures, and for models."""

DEAREST = 1.0
"""CPU seconds for a megapixel that count at most, whatever is done to it."""


class Limits(BaseModel):
    """What a single task may cost. Plain data: it travels with the task to the worker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    megapixels: float = Field(default=100, gt=0, description="Width x height x frames, in millions")
    side: int = Field(default=32_767, gt=0, description="Longest side of one frame, in pixels")
    frames: int = Field(default=1_000, gt=0, description="Frames of an animation")
    bands: int = Field(default=5, gt=0, description="Channels, alpha included")
    scans: int = Field(default=100, gt=0, description="Scans of a progressive JPEG")
    seconds: float = Field(
        default=10, gt=0, description="Wall and CPU time of one task, before its pixels are counted"
    )
    pixel_time: float = Field(
        default=2, ge=0, description="Times the CPU time of its pixels that a task gets beyond that"
    )
    threads: int = Field(default=1, gt=0, description="Processors that a task keeps busy at a time")
    memory_mb: int = Field(default=768, gt=0, description="Memory of one worker process, in MiB")

    @property
    def most_seconds(self) -> float:
        """Give the time beyond which no task goes, whatever the headers of its pictures claim."""
        return self.seconds + self.pixel_time * DEAREST * self.megapixels


class Demand(NamedTuple):
    """The most that one task of a tool costs, as its author says; 0: not known.

    seconds: on the clock. A task gets no more, and a tool that the operator grants less can't run.
    memory_mb: of the worker, in MiB.
    """

    seconds: float = 0
    memory_mb: int = 0

    def within(self, limits: Limits) -> Limits:
        """Give some limits, with no more time than this."""
        if not 0 < self.seconds < limits.seconds:
            return limits
        return limits.model_copy(update={"seconds": self.seconds})

    def beyond(self, limits: Limits | None) -> str | None:
        """Say what of it is more than some limits grant; None if they grant it all."""
        if limits and self.memory_mb > limits.memory_mb:
            return (
                f"it needs {self.memory_mb} MiB of memory, and a worker of its lane has "
                f"{limits.memory_mb}"
            )
        if limits and self.seconds > limits.seconds:
            return (
                f"it needs {self.seconds:g} seconds, and a task of its lane gets {limits.seconds:g}"
            )
        return None
