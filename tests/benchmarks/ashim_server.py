"""The real server, as a user starts it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.endpoint import Endpoint, free_port, serving

_TOOLS = "/api/v1/tools"


@contextmanager
def ashim_server(folder: Path) -> Iterator[Endpoint]:
    """Run `ashim serve` with its defaults and a data folder of its own."""
    port = free_port()
    command = [sys.executable, "-m", "ashim_core.cli.main", "serve"]
    command += ["--port", str(port), "--data-dir", str(folder / "data")]
    with serving(command, port, folder / "ashim.log") as endpoint:
        yield endpoint


def tool_path(tool: str) -> str:
    """Give the address of a tool."""
    return f"{_TOOLS}/{tool}"
