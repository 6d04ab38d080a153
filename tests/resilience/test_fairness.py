"""Several people at a time: nobody waits for all that somebody else has asked for."""

from collections.abc import Iterator
from typing import Any

import pytest

from ashim_core.testing import sample
from tests.patience import until
from tests.resilience.client import ASYNC, Client, Reply
from tests.resilience.crowd import WORKERS, crowded, people
from tests.resilience.server import Server

BATCH = 200
EACH_S = 0.05
AHEAD = 20
APART = 3 * WORKERS
"""Files that one batch may be ahead: those at work, and those done between two looks."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with crowded(tmp_path_factory.mktemp("fairness"), ASHIM_WEB_THREADS="200") as running:
        yield running


@pytest.fixture(scope="module")
def pair(server: Server) -> list[Client]:
    return people(server, 2)


def batch(caller: Client, files: int) -> str:
    """Start a batch; give the address of its job."""
    reply = caller.post(
        "/api/v1/tools/swell/batch",
        [sample("rgb")] * files,
        headers=ASYNC,
        settings={"seconds": EACH_S},
    )
    assert reply.status == 202, reply.body
    return f"/api/v1/jobs/{reply.json['jobId']}"


def job(caller: Client, address: str) -> Any:
    reply = caller.get(address)
    assert reply.status == 200, reply.body
    return reply.json


def done(caller: Client, address: str) -> int:
    return int(job(caller, address)["completedFiles"])


def both(pair: list[Client], addresses: list[str]) -> list[int]:
    """Count what is done of each one's batch."""
    return [done(caller, address) for caller, address in zip(pair, addresses, strict=True)]


def one(caller: Client, seconds: float, **headers: str) -> Reply:
    settings = {"seconds": seconds}
    path = "/api/v1/tools/swell"
    return caller.post(path, [sample("rgb")], headers=headers, settings=settings)


def test_one_picture_is_done_long_before_somebody_elses_batch(pair: list[Client]) -> None:
    many, single = pair
    address = batch(many, BATCH)
    until(lambda: done(many, address) > AHEAD, "a batch that is at work")
    before = done(many, address)
    assert one(single, EACH_S).status == 200
    after = job(many, address)
    assert after["status"] == "processing"
    assert after["completedFiles"] - before < AHEAD
    many.send("DELETE", address)


def test_two_batches_take_turns(pair: list[Client]) -> None:
    first, second = pair
    addresses = [batch(caller, BATCH) for caller in pair]
    until(lambda: done(second, addresses[1]) > 0, "a second batch that is at work")
    begin = both(pair, addresses)
    now, looks = begin, 0
    while max(now) <= BATCH // 2:
        now, looks = both(pair, addresses), looks + 1
        ahead, behind = (there - here for there, here in zip(now, begin, strict=True))
        assert abs(ahead - behind) <= APART, f"expected the batches to take turns, not {now}"
    assert looks > AHEAD
    first.send("DELETE", addresses[0])
    second.send("DELETE", addresses[1])


def test_one_account_does_not_take_all_places_in_the_queue(pair: list[Client]) -> None:
    greedy, other = pair
    replies = [one(greedy, 2, **ASYNC) for _ in range(70)]
    accepted = [reply for reply in replies if reply.status == 202]
    refused = [reply for reply in replies if reply.status != 202]
    try:
        assert len(accepted) > len(refused) > 0
        assert {(reply.status, reply.json["code"]) for reply in refused} == {(503, "QUEUE_FULL")}
        assert one(other, 0, **ASYNC).status == 202
        before = ended(greedy, accepted)
        assert one(other, 0).status == 200
        assert ended(greedy, accepted) - before <= APART
    finally:
        for reply in accepted:
            greedy.send("DELETE", f"/api/v1/jobs/{reply.json['jobId']}")


def ended(caller: Client, started: list[Reply]) -> int:
    """Count the jobs that are over."""
    addresses = [reply.headers["location"] for reply in started]
    return sum(job(caller, address)["status"] == "completed" for address in addresses)
