"""R9: many callers at a time, each with other work, and whether the server stays itself."""

import json
import multiprocessing
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.benchmarks.ashim_server import ashim_server, tool_path
from tests.benchmarks.endpoint import Answer, Client, Endpoint, Query, form, upload
from tests.benchmarks.lab import Lab
from tests.benchmarks.pictures import Pictures
from tests.benchmarks.pulse import Pulse, watch
from tests.benchmarks.report import Row, at_most, plain

_CALLERS, _FEW, _SECONDS = 64, 4, 60.0
_IN_THE_BACKGROUND, _AS_JSON = 0.15, 0.3
"""Which share of the requests asks for an answer at once, and which for links to the results."""
_BUSY = (429, 503)
_PAUSE_S = 0.2
_AFTERWARDS_S = 30.0
_OVER = ("completed", "failed", "cancelled")
_STEPS = [
    {"toolId": "resize", "settings": {"width": 400}},
    {"toolId": "rotate", "settings": {"angle": 90}},
    {"toolId": "convert", "settings": {"format": "webp"}},
]


@dataclass
class Tally:
    """What came back: how often each status, what should not have come, and the jobs promised."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    jobs: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many requests got what they asked for."""
        return self.statuses["200"] + self.statuses["202"]

    def add(self, answer: Answer, *, later: bool) -> None:
        """Count an answer. later: it was asked for at once, with the result to come."""
        self.statuses[str(answer.status)] += 1
        if problem := _problem(answer, later):
            self.wrong[problem] += 1
        elif answer.status == 202:
            self.jobs.append(str(json.loads(answer.body)["jobId"]))


def run(lab: Lab) -> Iterator[Row]:
    folder, queries = lab.fresh("server"), _queries(lab.pictures)
    with ashim_server(folder) as server, _elsewhere() as process:
        few, _ = _load(server, queries, process, _FEW, _SECONDS / 3)
        tally, pulse = _load(server, queries, process, _CALLERS, _SECONDS)
        yield _answers(_FEW, few)
        yield _answers(_CALLERS, tally)
        yield _background(server, few.jobs + tally.jobs)
        yield _health(pulse)
        yield from _remains(server, folder / "data" / "work")
    rates = tally.done / _SECONDS, few.done / (_SECONDS / 3)
    yield plain(
        f"{_CALLERS} callers: done or taken on in a second / with {_FEW}",
        f"{rates[0] / rates[1]:.2f} x ({rates[0]:.1f}, {rates[1]:.1f})",
    )


def _queries(pictures: Pictures) -> list[Query]:
    """Make every kind of request with pictures of 0.2, 0.8 and 2 megapixels."""
    settings: Mapping[str, Mapping[str, Any]] = {
        "resize": {"width": 300},
        "crop": {"width": 300, "height": 200},
        "compress": {"quality": 60},
        "convert": {"format": "webp"},
        "rotate": {"angle": 90},
    }
    files = (pictures.jpeg_0_2mp, pictures.jpeg_0_8mp, pictures.jpeg_2mp)
    queries = [
        upload(tool_path(tool), file, dict(given))
        for file in files
        for tool, given in settings.items()
    ]
    three = {file.name: file for file in files}
    for file in files:
        queries.append(form("/api/v1/pipeline/execute", {file.name: file}, {"pipeline": _STEPS}))
        queries += [
            form(f"{tool_path('compress')}/batch", three, {"settings": {"quality": 60}, **more})
            for more in ({}, {"stream": True})
        ]
    return queries


def _elsewhere() -> ProcessPoolExecutor:
    """Make a process to look from: one that is busy with callers would measure itself."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _load(
    server: Endpoint,
    queries: Sequence[Query],
    process: ProcessPoolExecutor,
    callers: int,
    seconds: float,
) -> tuple[Tally, Pulse]:
    """Have callers send requests for so long, and look at the server's health meanwhile."""
    tally, lock = Tally(), threading.Lock()
    watching = process.submit(watch, server.port, seconds)
    end = time.monotonic() + seconds

    def call(number: int) -> None:
        dice = random.Random(number)
        while time.monotonic() < end:
            _call(server, dice.choice(queries), dice, tally, lock)

    with ThreadPoolExecutor(callers) as threads:
        list(threads.map(call, range(callers)))
    return tally, watching.result()


def _call(
    server: Endpoint, query: Query, dice: random.Random, tally: Tally, lock: threading.Lock
) -> None:
    later = dice.random() < _IN_THE_BACKGROUND
    headers = {"Prefer": "respond-async"} if later else {}
    if dice.random() < _AS_JSON:
        headers["Accept"] = "application/json"
    with closing(Client(server.port, insists=False)) as client:
        try:
            answer = client.send(query, headers)
        except (OSError, HTTPException) as error:
            with lock:
                tally.statuses["none"] += 1
                tally.wrong[f"{query.path}: {type(error).__name__}: {error}"] += 1
            return
    with lock:
        tally.add(answer, later=later)
    if answer.status in _BUSY:
        time.sleep(_PAUSE_S)


def _problem(answer: Answer, later: bool) -> str:
    """Say what is wrong with an answer; nothing where it is a result or a proper refusal."""
    if answer.status == (202 if later else 200):
        return ""
    if answer.status in _BUSY and answer.headers.get("Retry-After", "").isdecimal():
        return ""
    return f"{answer.status} {answer.body[:200]!r}"


def _answers(callers: int, tally: Tally) -> Row:
    counts = ", ".join(f"{number} x {status}" for status, number in sorted(tally.statuses.items()))
    if tally.wrong:
        counts += f"; {tally.wrong.most_common(3)}"
    what = f"{callers} callers: answers but results and refusals"
    return at_most("R9", what, tally.wrong.total(), 0, unit="answers", more=counts)


def _background(server: Endpoint, jobs: Sequence[str]) -> Row:
    """Wait for the jobs that were promised, and count those that came to nothing."""
    with closing(server.client()) as client:
        states = Counter(_state(client, job) for job in jobs)
    lost = len(jobs) - states["completed"]
    more = f"of {len(jobs)}: {dict(states)}"
    what = "jobs in the background that came to nothing"
    return at_most("R9", what, lost, 0, unit="jobs", more=more)


def _state(client: Client, job: str) -> str:
    def state() -> str:
        answer = client.get(f"/api/v1/jobs/{job}")
        if answer.status != 200:
            return str(answer.status)
        return str(json.loads(answer.body)["status"])

    _until(lambda: state() in _OVER)
    return state()


def _health(pulse: Pulse) -> Row:
    p50, p99, most = (1000 * pulse.percentile(share) for share in (0.50, 0.99, 1))
    more = f"p50 {p50:.0f}, max {most:.0f} ms; {len(pulse.seconds)} looks, {pulse.failed} failed"
    return at_most("R9", "health meanwhile, p99", p99, 250, unit="ms", more=more)


def _remains(server: Endpoint, work: Path) -> Iterator[Row]:
    with closing(server.client()) as client:

        def queue() -> int:
            queue = json.loads(client.get("/api/v1/admin/health").body)["queue"]
            return int(queue["active"]) + int(queue["pending"])

        _until(lambda: not queue() and not _folders(work))
        yield at_most("R9", "afterwards: tasks at work or in the queue", queue(), 0, unit="tasks")
        yield at_most("R9", "afterwards: folders of work", _folders(work), 0, unit="folders")


def _folders(work: Path) -> int:
    return len(list(work.glob("*/*")))


def _until(reached: Callable[[], bool]) -> None:
    """Wait for something, but not for ever."""
    deadline = time.monotonic() + _AFTERWARDS_S
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
