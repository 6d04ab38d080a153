"""T1 to T3: one caller; in this process, through the worker pool, and over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import direct
from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import SETTLE_S, Endpoint, upload
from tests.benchmarks.engine import INSTALLED, Engine, pooled
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender, Pairs
from tests.benchmarks.report import Row, at_most, plain

_DIRECT, _ENGINE, _HTTP = "direct", "engine", "http"


@dataclass(frozen=True)
class Case:
    """One kind of request, and the same work done directly.

    limit: how many times the direct work it may cost.
    more_ms: how many milliseconds more than the direct work an answer may take.
    """

    key: str
    what: str
    file: Path
    tool: str
    settings: dict[str, Any]
    best: Callable[[], bytes]
    limit: float
    repeats: int
    more_ms: float | None = None


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    server, pool = ashim_server(lab.fresh("server")), pooled(INSTALLED, lab.fresh("engine"))
    with server as endpoint, pool as engine:
        for case in cases(lab):
            yield from _rows(case, _measure(lab, case, engine, endpoint))


def cases(lab: Lab) -> list[Case]:
    """Give three requests; the smaller the picture, the more the way there counts."""
    large, medium, tiny = lab.pictures.jpeg_12mp, lab.pictures.jpeg_2mp, lab.pictures.tiny_png
    resize = {"width": direct.WIDTH}
    return [
        Case(
            "T1",
            "12 MP JPEG to 800 wide",
            large,
            "resize",
            resize,
            lambda: direct.resize_jpeg(large, shrink=4),
            limit=1.30,
            repeats=8,
        ),
        Case(
            "T2",
            "2 MP JPEG to 800 wide",
            medium,
            "resize",
            resize,
            lambda: direct.resize_jpeg(medium, shrink=2),
            limit=1.30,
            repeats=15,
        ),
        Case(
            "T3",
            "200 x 150 PNG to WebP",
            tiny,
            "convert",
            {"format": "webp"},
            lambda: direct.to_webp(tiny),
            limit=1.75,
            repeats=30,
            more_ms=4,
        ),
    ]


def _measure(lab: Lab, case: Case, engine: Engine, endpoint: Endpoint) -> Pairs:
    client = endpoint.client()
    query = upload(tool_path(case.tool), case.file, case.settings)
    try:
        return lab.measure(
            Contender(_DIRECT, case.best),
            Contender(
                _ENGINE,
                lambda: engine.run(case.tool, case.file, **case.settings),
                engine.cpu,
                SETTLE_S,
            ),
            Contender(_HTTP, lambda: client.ask(query), endpoint.cpu, SETTLE_S),
            repeats=case.repeats,
        )
    finally:
        client.close()


def _rows(case: Case, pairs: Pairs) -> Iterator[Row]:
    yield at_most(
        case.key,
        f"{case.what}: HTTP CPU / direct",
        pairs.ratio(_HTTP, _DIRECT, "cpu"),
        case.limit,
        more=_milliseconds(pairs, "cpu"),
    )
    yield at_most(
        case.key,
        f"{case.what}: HTTP p50 / direct",
        pairs.ratio(_HTTP, _DIRECT, "wall"),
        case.limit,
        gate=False,
        more=_milliseconds(pairs, "wall"),
    )
    if case.more_ms is not None:
        more = 1000 * pairs.difference(_HTTP, _DIRECT, "wall")
        yield at_most(
            case.key, f"{case.what}: HTTP p50 - direct", more, case.more_ms, unit="ms", gate=False
        )
    cpu, wall = (pairs.ratio(_ENGINE, _DIRECT, quantity) for quantity in ("cpu", "wall"))
    yield plain(f"{case.what}: engine / direct", f"CPU {cpu:.2f} x, p50 {wall:.2f} x")


def _milliseconds(pairs: Pairs, quantity: Any) -> str:
    values = (1000 * pairs.cost(name, quantity) for name in (_DIRECT, _ENGINE, _HTTP))
    return "direct, engine, HTTP: " + ", ".join(f"{value:.1f}" for value in values) + " ms"
