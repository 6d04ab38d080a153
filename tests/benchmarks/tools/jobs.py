"""Tools that do nothing, wait, or kill their process: what the pool is measured with."""

import os
import signal
import time
from collections.abc import Iterable, Mapping

from pydantic import Field

from ashim_core.plugin import Context, FileTool, Tool, ToolSettings, hookimpl


class Nothing(ToolSettings):
    """No settings."""


class Wait(ToolSettings):
    seconds: float = Field(default=1, ge=0, le=60, description="How long to wait.")


def nothing(context: Context[Nothing]) -> Mapping[str, str]:
    """Report nothing."""
    return {}


def wait(context: Context[Wait]) -> Mapping[str, int]:
    """Wait, and say which process did."""
    context.progress(0, "Waiting")
    time.sleep(context.settings.seconds)
    return {"process": os.getpid()}


def crash(context: Context[Nothing]) -> Mapping[str, str]:
    """Die as a decoder does on a hostile file."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("nothing", nothing, Nothing, category="utilities", files=(0, 0))
    yield FileTool("wait", wait, Wait, category="utilities", files=(0, 0))
    yield FileTool("crash", crash, Nothing, category="utilities", files=(0, 0))
