"""Running other programs for a tool, each with limits of its own."""

import math
import os
import resource
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ashim_core.errors import TimedOut


def run_program(
    command: Sequence[str], *, seconds: float, folder: Path, text: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program without a shell; give its exit code and what it printed.

    command: the program's whole path, and its arguments.  text: for its standard input.
    seconds: the most that it may take, on the clock and of CPU; TimedOut beyond that.
    It sees nothing of the environment but where programs are.
    """
    name = Path(command[0]).name
    with subprocess.Popen(  # noqa: S603 - a list without a shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    ) as program:
        # The limit that it was born with counts what this process has used before.
        most = math.ceil(seconds) + 1
        with suppress(ProcessLookupError):
            resource.prlimit(program.pid, resource.RLIMIT_CPU, (most, most))
        try:
            printed, errors = program.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            raise TimedOut(f"{name} did not end within {seconds:g} seconds.") from None
    if program.returncode == -signal.SIGXCPU:
        raise TimedOut(f"{name} used more than {most} seconds of CPU.")
    return subprocess.CompletedProcess(command, program.returncode, printed, errors)
