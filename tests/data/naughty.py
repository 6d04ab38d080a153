"""Tools that misbehave in every way a tool can, for the tests of the worker pool."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pyvips
from pydantic import Field

from ashim_core.plugin import Context, FileTool, ImageTool, Outcome, Tool, ToolSettings, hookimpl


class NaughtySettings(ToolSettings):
    signal: int = Field(default=signal.SIGKILL, ge=1, le=64, description="What to die of.")
    seconds: float = Field(default=30, ge=0, le=600, description="How long to take.")
    megabytes: int = Field(default=4000, ge=1, le=100_000, description="How much to hold.")
    words: str = Field(default="", max_length=100, description="What to send.")
    own_session: bool = Field(default=False, description="Start programs in their own session.")


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


def vanish(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """End the worker process without a signal."""
    os._exit(settings.signal)


def leave(image: pyvips.Image, settings: NaughtySettings) -> pyvips.Image:
    """Call for the end of the program, as scripts do."""
    sys.exit("I have had enough")


def breed(context: Context[NaughtySettings]) -> Outcome:
    """Start programs that go on and on: one directly, one whose parent ends at once."""
    mark = str(context.inputs[0].path)
    for command in (["sleep", "600"], ["sh", "-c", "sleep 600 & exit"]):
        subprocess.Popen(
            command,
            env={"PATH": os.defpath, "MARK": mark},
            start_new_session=context.settings.own_session,
        )
    time.sleep(context.settings.seconds)
    return {"started": mark}


def babble(context: Context[NaughtySettings]) -> Outcome:
    """Send what no worker sends, as code of a stranger might that has taken it over."""
    lines = [thing for thing in gc.get_objects() if isinstance(thing, Connection)]
    for line in lines:
        with suppress(OSError):
            line.send_bytes(context.settings.words.encode("latin-1"))
    return {}


def report_nan(context: Context[NaughtySettings]) -> Outcome:
    """Report what JSON has no word for."""
    return {"ratio": float("nan")}


def report_object(context: Context[NaughtySettings]) -> Outcome:
    """Report what is no data."""
    return {"picture": object()}


def report_surrogate(context: Context[NaughtySettings]) -> Outcome:
    """Report a text that has no bytes in UTF-8."""
    return {"name": "\ud800"}


def report_bulk(context: Context[NaughtySettings]) -> Outcome:
    """Report more than anybody would read."""
    return {"text": "x" * (context.settings.megabytes * 1024 * 1024)}


def report_id(context: Context[NaughtySettings]) -> Outcome:
    """Report under a name of the core."""
    return {"jobId": "somebody else's"}


def report_loop(context: Context[NaughtySettings]) -> Outcome:
    """Report what has itself inside."""
    report: dict[str, object] = {}
    report["again"] = report
    return report


def give_nothing(context: Context[NaughtySettings]) -> Outcome:
    """Return no file at all."""
    return []


def escape(context: Context[NaughtySettings]) -> Outcome:
    """Return a file that it didn't make."""
    return [context.inputs[0].path]


PICTURE_TOOLS = (die, sleep, spin, hoard, stumble, lie, vanish, leave)
FILE_TOOLS = {
    "escape": escape,
    "babble": babble,
    "breed": breed,
    "report-nan": report_nan,
    "report-object": report_object,
    "report-surrogate": report_surrogate,
    "report-bulk": report_bulk,
    "report-id": report_id,
    "report-loop": report_loop,
    "give-nothing": give_nothing,
}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    for function in PICTURE_TOOLS:
        yield ImageTool(function.__name__, function, NaughtySettings, category="utilities")
    for id, run in FILE_TOOLS.items():
        yield FileTool(id, run, NaughtySettings, category="utilities")
    yield FileTool("reveal", reveal, NaughtySettings, category="utilities", files=(0, 0))
