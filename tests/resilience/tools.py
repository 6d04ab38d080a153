"""Tools that take as long, or as much of the disk, as a test wants."""

import time
from collections.abc import Iterable

from pydantic import Field

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl

_MIB = bytes(1024 * 1024)


class Wanted(ToolSettings):
    seconds: float = Field(default=0, ge=0, le=60, description="How long to take.")
    megabytes: int = Field(default=0, ge=0, le=1000, description="How much to write.")


def swell(context: Context[Wanted]) -> Outcome:
    """Write a large file, after a while."""
    time.sleep(context.settings.seconds)
    path = context.workdir / "large.bin"
    with path.open("wb") as file:
        for _ in range(context.settings.megabytes):
            file.write(_MIB)
    return [path]


def nap(context: Context[Wanted]) -> Outcome:
    """Take long, and report that it is over."""
    time.sleep(context.settings.seconds)
    return {"rested": True}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    for function in (swell, nap):
        yield FileTool(function.__name__, function, Wanted, category="utilities")
