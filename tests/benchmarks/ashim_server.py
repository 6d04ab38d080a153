"""The real server, as a user starts it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.endpoint import Endpoint, free_port, serving

_TOOLS = "/api/v1/tools"


@contextmanager
def ashim_server(folder: Path, **environment: str) -> Iterator[Endpoint]:
    """Run `ashim serve` with a data folder of its own, and its defaults but for `environment`.

    Nobody signs in and nothing is counted unless `environment` says so: what it is compared to
    does neither.
    """
    port = free_port()
    command = [sys.executable, "-m", "ashim_core.cli.main", "serve"]
    command += ["--port", str(port), "--data-dir", str(folder / "data")]
    environment = {"AUTH_ENABLED": "false", "RATE_LIMIT_PER_MIN": "0", **environment}
    with serving(command, port, folder / "ashim.log", environment) as endpoint:
        yield endpoint


def tool_path(tool: str) -> str:
    """Give the address of a tool."""
    return f"{_TOOLS}/{tool}"
