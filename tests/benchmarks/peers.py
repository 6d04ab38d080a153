"""T4 to T7: against Fastify and sharp, 16 callers at a time. Needs `--peer`."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import Endpoint, Query, upload
from tests.benchmarks.lab import Lab
from tests.benchmarks.latency import Case, cases
from tests.benchmarks.load import Load, flood
from tests.benchmarks.peer_server import peer_server
from tests.benchmarks.report import Row, at_least, at_most, plain

_CALLERS = 16
_PEER_PATHS = {"resize": "/resize", "convert": "/webp"}
_CPU_LIMITS = {"T1": ("T4", 1.10), "T2": ("T5", 1.08), "T3": ("T5", 1.15)}
_REQUESTS = {"T1": 96, "T2": 192, "T3": 480}
_MEGA = 1_000_000


@dataclass(frozen=True)
class Duel:
    """One round: the same load on both servers, one after the other."""

    ours: Load
    theirs: Load


def run(lab: Lab) -> Iterator[Row]:
    if lab.peer is None:
        yield plain("Fastify + sharp", "left out; add --peer")
        return
    ours, theirs = ashim_server(lab.fresh("server")), peer_server(lab.peer, lab.fresh("peer"))
    with ours as ashim, theirs as peer:
        for case in cases(lab):
            yield from _rows(case, _duels(lab, case, ashim, peer))


def _duels(lab: Lab, case: Case, ashim: Endpoint, peer: Endpoint) -> list[Duel]:
    queries = {
        ashim: upload(tool_path(case.tool), case.file, case.settings),
        peer: upload(_PEER_PATHS[case.tool], case.file),
    }
    for endpoint, query in queries.items():
        flood(endpoint, query, _CALLERS, _CALLERS)
    return [_duel(lab, case, queries, ashim, peer) for _ in range(lab.rounds)]


def _duel(
    lab: Lab, case: Case, queries: dict[Endpoint, Query], ashim: Endpoint, peer: Endpoint
) -> Duel:
    turns = [ashim, peer]
    lab.dice.shuffle(turns)
    loads = {turn: flood(turn, queries[turn], _REQUESTS[case.key], _CALLERS) for turn in turns}
    return Duel(loads[ashim], loads[peer])


def _rows(case: Case, duels: list[Duel]) -> Iterator[Row]:
    key, limit = _CPU_LIMITS[case.key]
    cpu = [(1000 * duel.ours.cpu, 1000 * duel.theirs.cpu) for duel in duels]
    yield at_most(key, f"{case.what}: CPU / peer", _ratio(cpu), limit, more=_medians(cpu, "ms"))
    rate = [(1 / duel.ours.wall, 1 / duel.theirs.wall) for duel in duels]
    yield at_least(
        "T6",
        f"{case.what}: throughput / peer",
        _ratio(rate),
        0.90,
        gate=False,
        more=_medians(rate, "/s"),
    )
    pss = [(duel.ours.pss / _MEGA, duel.theirs.pss / _MEGA) for duel in duels]
    yield at_most(
        "T7", f"{case.what}: peak PSS / peer", _ratio(pss), 0.85, more=_medians(pss, "MB")
    )


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return median(ours / theirs for ours, theirs in pairs)


def _medians(pairs: list[tuple[float, float]], unit: str) -> str:
    ours, theirs = (median(values) for values in zip(*pairs, strict=True))
    return f"{ours:.1f}, peer {theirs:.1f} {unit}"
