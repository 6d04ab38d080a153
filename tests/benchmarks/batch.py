"""T17: a batch on the real server, beside the same work in one process."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks import direct
from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import SETTLE_S, Client, Endpoint, Query, form, upload
from tests.benchmarks.engine import INSTALLED, Engine, inline
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender, Pairs
from tests.benchmarks.processes import children, peak_rss_bytes, reset_peak, rss_bytes
from tests.benchmarks.report import Row, at_most, plain

_FILES = 50
_SETTINGS = {"width": direct.WIDTH}
_MEGA = 1_000_000
_BATCH, _STREAMED, _SINGLES = "batch", "batch, stream=true", f"{_FILES} requests"
_INLINE, _DIRECT = "one process", "libvips alone"


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    file = lab.pictures.jpeg_2mp
    queries = {_BATCH: _batch(file), _STREAMED: _batch(file, stream=True)}
    server, engine = ashim_server(lab.fresh("server")), inline(INSTALLED, lab.fresh("engine"))
    with server as endpoint, engine as local:
        client = endpoint.client()
        yield from _costs(_measure(lab, local, endpoint, client, queries))
        for name, query in queries.items():
            yield from _first_bytes(lab, client, name, query)
            yield _memory(lab, endpoint, client, name, query)
        client.close()


def _batch(file: Path, **fields: object) -> Query:
    """Make the request: the same picture so many times, each under a name of its own."""
    files = {f"{number:02}.jpg": file for number in range(_FILES)}
    return form(f"{tool_path('resize')}/batch", files, {"settings": _SETTINGS, **fields})


def _measure(
    lab: Lab, local: Engine, endpoint: Endpoint, client: Client, queries: dict[str, Query]
) -> Pairs:
    file = lab.pictures.jpeg_2mp
    single = upload(tool_path("resize"), file, _SETTINGS)

    def served(name: str, act: Callable[[], object]) -> Contender:
        return Contender(name, act, endpoint.cpu, SETTLE_S)

    return lab.measure(
        served(_BATCH, lambda: client.ask(queries[_BATCH])),
        served(_STREAMED, lambda: client.ask(queries[_STREAMED])),
        served(_SINGLES, lambda: _times(lambda: client.ask(single))),
        Contender(_INLINE, lambda: _times(lambda: local.run("resize", file, **_SETTINGS))),
        Contender(_DIRECT, lambda: _times(lambda: direct.resize_jpeg(file, shrink=2))),
        repeats=1,
    )


def _times(act: Callable[[], object]) -> None:
    for _ in range(_FILES):
        act()


def _costs(pairs: Pairs) -> Iterator[Row]:
    for name in (_BATCH, _STREAMED, _SINGLES):
        for base in (_INLINE, _DIRECT):
            cpu, wall = (pairs.ratio(name, base, quantity) for quantity in ("cpu", "wall"))
            costs = ", ".join(f"{pairs.cost(each, 'cpu'):.2f}" for each in (name, base))
            figure = f"CPU {cpu:.2f} x ({costs} s), wall {wall:.2f} x"
            yield plain(f"{_FILES} x 2 MP to 800 wide: {name} / {base}", figure)


def _first_bytes(lab: Lab, client: Client, name: str, query: Query) -> Iterator[Row]:
    """Time the first byte of the ZIP; of a batch that isn't streamed nothing is demanded."""
    answers = [client.send(query) for _ in range(lab.rounds)]
    ratio = median((one.first - one.sent) / (one.last - one.sent) for one in answers)
    what = f"{name}: first byte of the ZIP / last, from the end of the upload"
    more = f"the upload takes {_ms(answer.sent for answer in answers)}"
    if name == _STREAMED:
        yield at_most("T17", what, ratio, 0.15, more=more)
    else:
        yield plain(what, f"{ratio:.2f} x ({more})")
    ratio = median(answer.first / answer.last for answer in answers)
    more = f"{_ms(answer.first for answer in answers)}, {_ms(answer.last for answer in answers)}"
    yield plain(f"{name}: the same with the upload", f"{ratio:.2f} x ({more})")


def _ms(seconds: Iterable[float]) -> str:
    return f"{1000 * median(seconds):.0f} ms"


def _memory(lab: Lab, endpoint: Endpoint, client: Client, name: str, query: Query) -> Row:
    (web,) = children(endpoint.pid)
    growths = []
    for _ in range(lab.rounds):
        before = rss_bytes(web)
        reset_peak(web)
        client.ask(query)
        growths.append(peak_rss_bytes(web) - before)
    size = len(query.body) / _MEGA
    figure = f"{median(growths) / _MEGA:.1f} MB, to {peak_rss_bytes(web) / _MEGA:.0f} MB"
    return plain(f"{name}: growth of the web process, upload of {size:.0f} MB", figure)
