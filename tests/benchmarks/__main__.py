"""The command: `python -m tests.benchmarks [names] [--rounds N] [--peer] [--json FILE]`."""

import logging
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from tests.benchmarks import (
    admission,
    avif,
    batch,
    crash,
    crowd,
    deadlines,
    duplicates,
    flavours,
    handover,
    headers,
    idle,
    latency,
    library,
    metadata,
    peer_server,
    peers,
    pipelines,
    report,
    starts,
    target_size,
    tool_costs,
    uploads,
)
from tests.benchmarks.lab import Lab
from tests.benchmarks.machine import describe
from tests.benchmarks.pictures import Pictures

BENCHMARKS: dict[str, Callable[[Lab], Iterator[report.Row]]] = {
    "latency": latency.run,
    "peers": peers.run,
    "target-size": target_size.run,
    "tools": tool_costs.run,
    "metadata": metadata.run,
    "duplicates": duplicates.run,
    "avif": avif.run,
    "pipelines": pipelines.run,
    "batch": batch.run,
    "crowd": crowd.run,
    "crash": crash.run,
    "deadlines": deadlines.run,
    "uploads": uploads.run,
    "handover": handover.run,
    "idle": idle.run,
    "starts": starts.run,
    "headers": headers.run,
    "admission": admission.run,
    "library": library.run,
    "flavours": flavours.run,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", default=5, show_default=True, help="Rounds that medians are taken over.")
@click.option("--peer", is_flag=True, help="Compare with Fastify + sharp; installs it with npm.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write JSON here.")
def main(names: tuple[str, ...], rounds: int, peer: bool, target: Path | None) -> None:
    """Measure what ashim costs, side by side with what it is compared to."""
    logging.disable(logging.WARNING)  # workers die here on purpose
    with tempfile.TemporaryDirectory(prefix="ashim-benchmarks-") as scratch:
        lab = _lab(Path(scratch), rounds, peer)
        machine = describe()
        report.title(", ".join(f"{name} {value}" for name, value in machine.items()))
        rows = []
        for name in names or BENCHMARKS:
            report.title(name)
            for row in BENCHMARKS[name](lab):
                report.show(row)
                rows.append(row)
    if target is not None:
        report.save(rows, machine, target)


def _lab(scratch: Path, rounds: int, peer: bool) -> Lab:
    pictures = scratch / "pictures"
    pictures.mkdir()
    installed = peer_server.install(scratch) if peer else None
    return Lab(scratch, Pictures(pictures), rounds, installed, random.Random(20))


if __name__ == "__main__":
    main()
