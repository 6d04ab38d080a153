"""T11: a 12 MP JPEG to at most 1 MB."""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks import direct
from tests.benchmarks.endpoint import SETTLE_S, upload
from tests.benchmarks.engine import INSTALLED, inline
from tests.benchmarks.lab import Lab
from tests.benchmarks.pairing import Contender
from tests.benchmarks.peer_server import peer_server
from tests.benchmarks.report import Row, at_most, plain

_TARGET_KB = 1000
_OURS, _NAIVE, _PEER = "ashim", "naive", "peer"


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    file, limit = lab.pictures.jpeg_12mp, _TARGET_KB * 1024
    with ExitStack() as stack:
        engine = stack.enter_context(inline(INSTALLED, lab.fresh("engine")))
        contenders = [
            Contender(_OURS, lambda: engine.run("compress", file, targetSizeKB=_TARGET_KB)),
            Contender(_NAIVE, lambda: direct.smaller_than(file, limit)),
        ]
        if lab.peer:
            endpoint = stack.enter_context(peer_server(lab.peer, lab.fresh("peer")))
            query, client = upload(f"/smaller-than/{limit}", file), endpoint.client()
            contenders.append(Contender(_PEER, lambda: client.ask(query), endpoint.cpu, SETTLE_S))
        pairs = lab.measure(*contenders, repeats=1)
        sizes = engine.run("compress", file, targetSizeKB=_TARGET_KB).outputs[0].size
    naive = len(direct.smaller_than(file, limit))
    yield plain("bytes: ours, naive bisection", f"{sizes}, {naive} of {limit}")
    for base, name in ((_NAIVE, "bisection with libvips"), (_PEER, "bisection with sharp")):
        if base == _NAIVE or lab.peer:
            more = f"{pairs.cost(_OURS, 'cpu'):.2f} s, {pairs.cost(base, 'cpu'):.2f} s"
            ratio = pairs.ratio(_OURS, base, "cpu")
            yield at_most("T11", f"12 MP to 1 MB: CPU / {name}", ratio, 0.45, more=more)
