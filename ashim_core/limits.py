"""The budgets that one task must keep. On by default; set by the operator, never by a request."""

from pydantic import BaseModel, ConfigDict, Field

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
