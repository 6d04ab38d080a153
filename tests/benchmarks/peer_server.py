"""The peer: Fastify and sharp, installed outside of the source tree."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.endpoint import Endpoint, free_port, serving

_SOURCE = Path(__file__).parent / "peer"


def install(folder: Path) -> Path:
    """Install the peer below a folder; the packages come from npm's registry."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("expected npm on the PATH; go without the peer, or install Node.js 20")
    target = folder / "peer"
    shutil.copytree(_SOURCE, target)
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
    subprocess.run(command, cwd=target, check=True, capture_output=True)
    return target


@contextmanager
def peer_server(installed: Path, folder: Path) -> Iterator[Endpoint]:
    """Run the peer with its defaults."""
    port = free_port()
    command = [shutil.which("node") or "node", str(installed / "server.mjs"), str(port)]
    with serving(command, port, folder / "peer.log") as endpoint:
        yield endpoint
