"""T15: a large upload, seen by the process that receives it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import (
    SETTLE_S,
    Client,
    Endpoint,
    Query,
    free_port,
    raw,
    serving,
    upload,
)
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.processes import (
    CpuMeter,
    children,
    cpu_seconds,
    peak_rss_bytes,
    reset_peak,
    rss_bytes,
)
from tests.benchmarks.report import Row, at_most

_ROOT = Path(__file__).parents[2]
_OURS, _RAW = "ashim", "raw"
_MEGA = 1_000_000


def run(lab: Lab) -> Iterator[Row]:
    ours, plain = ashim_server(lab.fresh("server")), _raw_server(lab.fresh("raw"))
    with ours as ashim, plain as base:
        client, other = ashim.client(), base.client()
        query = upload(tool_path("resize"), lab.pictures.bulky_png, {"width": 100})
        body = raw("/", lab.pictures.bulky_png)
        pairs = lab.measure(
            Contender(_OURS, lambda: client.ask(query), _front_end_meter(ashim), SETTLE_S),
            Contender(_RAW, lambda: other.ask(body), _front_end_meter(base), SETTLE_S),
            repeats=2,
        )
        growth = median(_growth(ashim, client, query) for _ in range(lab.rounds)) / _MEGA
        client.close()
        other.close()
    yield at_most("T15", "50 MB upload: growth of the front end", growth, 10, unit="MB")
    yield at_most(
        "T15",
        "50 MB upload: front-end CPU / raw body",
        pairs.ratio(_OURS, _RAW, "cpu"),
        5,
        more=", ".join(f"{1000 * pairs.cost(name, 'cpu'):.0f}" for name in (_OURS, _RAW)) + " ms",
    )


@contextmanager
def _raw_server(folder: Path) -> Iterator[Endpoint]:
    """Run the least server in gunicorn, set up as ours is."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--pythonpath", str(_ROOT)]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "32"]
    command += ["--no-control-socket", f"{__package__}.raw_body:application"]
    with serving(command, port, folder / "raw.log") as endpoint:
        yield endpoint


def _front_end_meter(endpoint: Endpoint) -> CpuMeter:
    """Count gunicorn's own processes, not the workers that picture tools run in."""
    return lambda: cpu_seconds([endpoint.pid, *children(endpoint.pid)])


def _growth(endpoint: Endpoint, client: Client, query: Query) -> int:
    (web,) = children(endpoint.pid)
    before = rss_bytes(web)
    reset_peak(web)
    client.ask(query)
    return peak_rss_bytes(web) - before
