"""What a server costs that nobody asks anything: processor time and memory."""

import time
from collections.abc import Iterator

from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import upload
from tests.benchmarks.lab import Lab
from tests.benchmarks.report import Row, plain

_REST_S, _WATCH_S = 3, 5
_MEGA = 1_000_000


def run(lab: Lab) -> Iterator[Row]:
    with ashim_server(lab.fresh("server")) as server:
        client = server.client()
        client.ask(upload(tool_path("resize"), lab.pictures.tiny_png, {"width": 100}))
        client.close()
        time.sleep(_REST_S)  # other workers may still be starting
        before = server.cpu()
        time.sleep(_WATCH_S)
        used = 1000 * (server.cpu() - before) / _WATCH_S
        yield plain("CPU of all processes at rest", f"{used:.1f} ms per second")
        yield plain("PSS of all processes at rest", f"{server.pss_bytes() / _MEGA:.0f} MB")
