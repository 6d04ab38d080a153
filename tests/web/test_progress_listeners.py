"""Many who listen to jobs at a time, on a real server that asks everybody to sign in."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ashim_core.testing import sample
from tests.patience import PATIENCE_S, until
from tests.resilience.client import ASYNC, HOST, Client
from tests.resilience.crowd import crowded, people
from tests.resilience.server import Server

CALLERS, FOR_EACH = 16, 4
EVERYWHERE = CALLERS * FOR_EACH
STRANGERS = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with crowded(tmp_path_factory.mktemp("listeners"), PROCESSING_TIMEOUT_S="60") as running:
        yield running


@pytest.fixture(scope="module")
def callers(server: Server) -> list[Client]:
    """Users with a key each, and one more than may listen."""
    return people(server, CALLERS + 1)


@dataclass(frozen=True)
class Stream:
    """An open stream of events, or the refusal of one."""

    line: http.client.HTTPConnection
    response: http.client.HTTPResponse

    @property
    def refusal(self) -> tuple[int, str]:
        return self.response.status, json.loads(self.response.read())["code"]

    def next_event(self) -> Any:
        while not (line := self.response.readline()).startswith(b"data: "):
            assert line, "expected another event"
        return json.loads(line.removeprefix(b"data: "))

    def last_event(self) -> Any:
        """Wait for the end of the stream; give what was said last."""
        events = self.response.read().split(b"\n\n")
        data = [line for line in events[-2].split(b"\n") if line.startswith(b"data: ")]
        return json.loads(data[0].removeprefix(b"data: "))


@contextmanager
def listening(caller: Client, job_id: str) -> Iterator[Stream]:
    headers = {"Authorization": f"Bearer {caller.key}"}
    with closing(http.client.HTTPConnection(HOST, caller.port, timeout=PATIENCE_S)) as line:
        line.request("GET", f"/api/v1/jobs/{job_id}/progress", headers=headers)
        yield Stream(line, line.getresponse())


def start(caller: Client, seconds: float) -> str:
    """Start a job that takes so long; give its id."""
    settings = {"seconds": seconds}
    reply = caller.post("/api/v1/tools/nap", [sample("rgb")], headers=ASYNC, settings=settings)
    assert reply.status == 202, reply.body
    return str(reply.json["jobId"])


def end(caller: Client, job_id: str) -> None:
    assert caller.send("DELETE", f"/api/v1/jobs/{job_id}").status == 200


def place(stack: ExitStack, caller: Client, job_id: str) -> Stream:
    """Listen as soon as there is a place: those of the test before may be taken still."""
    found: list[Stream] = []

    def is_there() -> bool:
        with ExitStack() as attempt:
            stream = attempt.enter_context(listening(caller, job_id))
            if stream.response.status == 200:
                found.append(stream)
                stack.enter_context(attempt.pop_all())
        return bool(found)

    until(is_there, "a free place")
    return found[0]


def fill(stack: ExitStack, callers: list[Client], job_id: str) -> list[Stream]:
    """Take every place that there is for listeners."""
    return [place(stack, caller, job_id) for caller in callers[:CALLERS] for _ in range(FOR_EACH)]


def test_who_listens_to_unknown_jobs_is_turned_away(server: Server, callers: list[Client]) -> None:
    def ask(number: int) -> tuple[int, str, str]:
        path = f"/api/v1/jobs/{number:032x}/progress"
        reply = callers[number % CALLERS].get(path)
        return reply.status, reply.headers["content-type"], reply.json["code"]

    with ThreadPoolExecutor(STRANGERS) as pool:
        asked = [pool.submit(ask, number) for number in range(STRANGERS)]
        assert server.client.get("/api/v1/health").status == 200
        answers = {question.result() for question in asked}
    assert answers == {(404, "application/json", "NOT_FOUND")}


def test_everybody_hears_the_end_while_others_are_served(callers: list[Client]) -> None:
    jobs = [start(callers[number], 60) for number in range(2)]
    with ExitStack() as stack:
        streams = [
            place(stack, caller, jobs[number % 2])
            for number, caller in enumerate(callers[:CALLERS])
            for _ in range(FOR_EACH)
        ]
        assert len(streams) == EVERYWHERE
        assert {stream.next_event()["status"] for stream in streams} <= {"queued", "processing"}
        for caller in callers:
            assert caller.get("/api/v1/health").status == 200
            assert caller.get("/api/v1/tools/nap").status == 200
        for owner, job in zip(callers, jobs, strict=False):
            end(owner, job)
        heard = [stream.last_event() for stream in streams]
    assert {(event["status"], event["code"]) for event in heard} == {("cancelled", "CANCELLED")}
    assert {event["jobId"] for event in heard} == set(jobs)


def test_pictures_are_made_beside_all_listeners(callers: list[Client]) -> None:
    job = start(callers[0], 60)
    with ExitStack() as stack:
        fill(stack, callers, job)
        answer = callers[1].post("/api/v1/tools/resize", [sample("rgb")], settings={"width": 10})
        assert answer.status == 200
        end(callers[0], job)


def test_one_more_than_there_are_places_has_to_come_back(callers: list[Client]) -> None:
    job = start(callers[0], 60)
    with ExitStack() as stack:
        fill(stack, callers, job)
        with listening(callers[CALLERS], job) as refused:
            assert refused.refusal == (429, "RATE_LIMITED")
            assert refused.response.headers["Retry-After"] == "5"
        end(callers[0], job)


def test_one_caller_gets_so_many_places_and_no_more(callers: list[Client]) -> None:
    job = start(callers[0], 60)
    with ExitStack() as stack:
        for _ in range(FOR_EACH):
            place(stack, callers[3], job)
        with listening(callers[3], job) as refused:
            assert refused.refusal == (429, "RATE_LIMITED")
            assert refused.response.headers["Retry-After"] == "5"
        place(stack, callers[4], job)
        end(callers[0], job)


def test_the_places_of_those_who_went_are_free_again(callers: list[Client]) -> None:
    """They close their connections in the middle, each job goes on without them."""
    job = start(callers[0], 60)
    with ExitStack() as stack:
        streams = fill(stack, callers, job)
        assert {stream.next_event()["jobId"] for stream in streams} == {job}
    with ExitStack() as stack:
        fill(stack, callers, job)
        end(callers[0], job)
