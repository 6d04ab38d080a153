"""Tools that misbehave in every way a tool can, for the tests of the worker pool."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pyvips
from pydantic import Field

from ashim_core.plugin import Context, FileTool, ImageTool, Outcome, Tool, ToolSettings, hookimpl


class NaughtySettings(ToolSettings):
    signal: int = Field(default=signal.SIGKILL, ge=1, le=64, description="What to die of.")
    seconds: float = Field(default=30, ge=0, le=60, description="How long to take.")
    megabytes: int = Field(default=4000, ge=1, le=100_000, description="How much to hold.")


def die(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """End the worker process in the middle of its work."""
    os.kill(os.getpid(), settings.signal)
    return image


def sleep(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Take long without using the processor."""
    time.sleep(settings.seconds)
    return image


def spin(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Take long and use the processor."""
    end = time.monotonic() + settings.seconds
    while time.monotonic() < end:
        pass
    return image


def hoard(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Take more memory than there is for one worker."""
    return image.copy() if bytearray(settings.megabytes * 1024 * 1024) else image


def stumble(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Raise what is no ToolError."""
    raise KeyError("/secret/path")


def lie(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Return what is no picture."""
    return "a picture"  # type: ignore[return-value]


def reveal(context: Context[NaughtySettings]) -> Outcome:
    """Report what a worker can see of the server."""
    return {
        "environment": sorted(os.environ),
        "started": sorted(
            line.partition(b"=")[0].decode()
            for line in Path("/proc/self/environ").read_bytes().split(b"\0")
            if line
        ),
    }


def escape(context: Context[NaughtySettings]) -> Outcome:
    """Return a file that it didn't make."""
    return [context.inputs[0].path]


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    for function in (die, sleep, spin, hoard, stumble, lie):
        yield ImageTool(function.__name__, function, NaughtySettings, category="utilities")
    yield FileTool("reveal", reveal, NaughtySettings, category="utilities", files=(0, 0))
    yield FileTool("escape", escape, NaughtySettings, category="utilities")
