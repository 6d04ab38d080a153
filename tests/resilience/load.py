"""A steady load of every kind of request, and what the server has promised meanwhile."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pyvips

from ashim_core.testing import sample
from tests.resilience.client import ASYNC, Client, Reply, Unanswered

STEPS = [{"toolId": "resize", "settings": {"width": 300}}, {"toolId": "compress"}]
EXPECTED = frozenset({200, 202, 422, 503})
"""422: what a worker was doing when it was killed. 503: the queue is full, or nobody is there."""
JPEG, ZIP = b"\xff\xd8\xff", b"PK\x03\x04"
_PAUSE_S = 0.05


def photo(width: int, height: int) -> bytes:
    """Make a JPEG with enough in it to take a worker some time."""
    noise = pyvips.Image.gaussnoise(width, height, mean=128, sigma=30).cast("uchar")
    return bytes(
        noise.bandjoin(noise).bandjoin(noise).copy(interpretation="srgb").jpegsave_buffer()
    )


@dataclass
class Promises:
    """What the server has said so far.

    acknowledged: jobs that were answered with 202, and when. answers: how many of each status.
    broken: answers that no request may get.
    """

    acknowledged: dict[str, float] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Load:
    """So many threads that send one request after the other until they are told to stop."""

    def __init__(self, client: Client, threads: int, seed: int) -> None:
        self.promises = Promises()
        self._client = client
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._photo = photo(900, 600)
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(f"{seed}-{number}"),))
            for number in range(threads)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop, and wait for the answers that are on their way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, dice: random.Random) -> None:
        kinds = (self._tool, self._batch, self._pipeline, self._pipeline_batch)
        while not self._over.is_set():
            kind, headers = dice.choice(kinds), dice.choice(({}, ASYNC))
            try:
                self._note(kind, headers, kind(headers))
            except Unanswered:
                with self._lock:
                    self.promises.answers["no answer"] += 1
                self._over.wait(_PAUSE_S)

    def _note(
        self, kind: Callable[[dict[str, str]], Reply], headers: dict[str, str], reply: Reply
    ) -> None:
        problem = _problem(reply, ZIP if "batch" in kind.__name__ else JPEG)
        with self._lock:
            self.promises.answers[str(reply.status)] += 1
            if reply.status == 202:
                self.promises.acknowledged[reply.json["jobId"]] = time.monotonic()
            if problem:
                self.promises.broken.append(f"{kind.__name__} {headers}: {problem}")

    def _tool(self, headers: dict[str, str]) -> Reply:
        settings = {"width": 300}
        path = "/api/v1/tools/resize"
        return self._client.post(path, [self._photo], headers=headers, settings=settings)

    def _batch(self, headers: dict[str, str]) -> Reply:
        files = [self._photo, sample("rgb"), self._photo]
        path = "/api/v1/tools/resize/batch"
        return self._client.post(path, files, headers=headers, settings={"width": 300})

    def _pipeline(self, headers: dict[str, str]) -> Reply:
        path = "/api/v1/pipeline/execute"
        return self._client.post(path, [self._photo], headers=headers, pipeline=STEPS)

    def _pipeline_batch(self, headers: dict[str, str]) -> Reply:
        files = [self._photo, self._photo]
        path = "/api/v1/pipeline/batch"
        return self._client.post(path, files, headers=headers, pipeline=STEPS)


def _problem(reply: Reply, start: bytes) -> str | None:
    """Say what is wrong with an answer, if anything is."""
    if reply.status not in EXPECTED:
        return f"{reply.status} {reply.body[:200]!r}"
    if reply.status == 200 and not reply.body.startswith(start):
        return f"200 with {reply.body[:20]!r}"
    return None
