"""Who gets a thread: requests and connections of the test's own, and no thread at all."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ashim_core.errors import ServerBusy
from ashim_core.web.front import lanes
from ashim_core.web.front.lanes import Lanes
from ashim_core.web.front.limits import SMALL_BODY

THREADS = 8
READERS = THREADS // 2


@dataclass
class Pace:
    rate: float = 0
    is_slow: bool = False
    ended: bool = False

    def give_up(self) -> None:
        self.ended = True


@dataclass
class Line:
    pace: Pace = field(default_factory=Pace)
    grace_s: float | None = None

    def start(self, grace_s: float) -> None:
        self.grace_s = grace_s


@dataclass(eq=False)
class Connection:
    line: Line = field(default_factory=Line)


@dataclass
class Body:
    arrived: bool

    @property
    def is_settled(self) -> bool:
        return self.arrived


@dataclass
class Held:
    held: int = 0


@dataclass
class Request:
    body: Body
    path: str = "/api/v1/tools/resize"
    unreader: Held = field(default_factory=Held)


class Door:
    """Lanes, and what they begin."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, Any]] = []
        self.lanes = Lanes(Any, THREADS, frozenset({"/healthz"}))  # type: ignore[arg-type]

    def begin(self, pool: Any, conn: Any, request: Any) -> None:
        self.begun.append(("shared" if pool is Any else "reserved", conn))

    def enter(self, request: Request, conn: Connection | None = None) -> Connection:
        conn = conn or Connection()
        self.lanes.enter(conn, request, self.begin)  # type: ignore[arg-type]
        return conn

    def uploads(self, count: int) -> list[Connection]:
        return [self.enter(Request(Body(arrived=False))) for _ in range(count)]

    def leave(self, conn: Connection) -> None:
        self.lanes.leave(conn)  # type: ignore[arg-type]
        self.lanes.go_on(self.begin)

    def read(self, conn: Connection) -> None:
        self.lanes.read(conn)  # type: ignore[arg-type]
        self.lanes.go_on(self.begin)

    @property
    def served(self) -> list[Any]:
        return [conn for _, conn in self.begun]


@pytest.fixture
def door() -> Door:
    return Door()


def test_half_of_the_threads_read_bodies(door: Door) -> None:
    first = door.uploads(READERS + 3)
    assert door.served == first[:READERS]
    whole = [door.enter(Request(Body(arrived=True))) for _ in range(3)]
    assert door.served == [*first[:READERS], *whole]
    assert door.lanes.crowd == 3


@pytest.mark.parametrize("path", ["/healthz"])
def test_health_has_threads_of_its_own(door: Door, path: str) -> None:
    door.uploads(3 * THREADS)
    conn = door.enter(Request(Body(arrived=True), path))
    assert door.begun[-1] == ("reserved", conn)
    assert conn.line.grace_s == 0


def test_a_body_on_its_way_gets_no_thread_of_health(door: Door) -> None:
    conn = door.enter(Request(Body(arrived=False), "/healthz"))
    assert door.begun == [("shared", conn)]


@pytest.mark.parametrize("end", ["leave", "read"])
def test_the_next_one_begins_when_a_body_is_read(door: Door, end: str) -> None:
    first = door.uploads(READERS + 2)
    getattr(door, end)(first[1])
    assert door.served == first[: READERS + 1]


def test_who_has_sent_the_most_goes_first(door: Door) -> None:
    first = door.uploads(READERS + 5)
    request = Request(Body(arrived=False), unreader=Held(SMALL_BODY))
    eager = door.enter(request, first[-1])
    door.leave(first[0])
    assert door.served[-1] is eager
    door.leave(first[1])
    assert door.served[-1] is first[READERS]


def test_who_has_sent_everything_waits_for_no_reader(door: Door) -> None:
    first = door.uploads(READERS + 2)
    door.enter(Request(Body(arrived=True)), first[-1])
    assert door.served[-1] is first[-1]
    assert door.lanes.crowd == 1


def test_who_hangs_up_leaves_the_queue(door: Door) -> None:
    first = door.uploads(READERS + 2)
    door.leave(first[READERS])
    door.leave(first[0])
    assert door.served[-1] is first[READERS + 1]
    assert not door.lanes.crowd


def test_the_queue_has_an_end(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "QUEUED", 3)
    first = door.uploads(READERS + 3)
    with pytest.raises(ServerBusy):
        door.uploads(1)
    # Whoever is in it may send more.
    door.enter(Request(Body(arrived=False)), first[-1])


def test_the_slowest_give_their_threads_to_those_who_wait(door: Door) -> None:
    first = door.uploads(READERS + 2)
    for rate, conn in enumerate(first[:READERS]):
        conn.line.pace = Pace(rate, is_slow=rate != 1)
    door.lanes.relieve()
    assert [conn.line.pace.ended for conn in first[:READERS]] == [True, False, True, False]


def test_nobody_is_ended_while_nobody_waits(door: Door) -> None:
    first = door.uploads(READERS)
    for conn in first:
        conn.line.pace.is_slow = True
    door.lanes.relieve()
    assert not any(conn.line.pace.ended for conn in first)


def test_who_takes_an_answer_slowly_is_ended_when_all_threads_are_held(door: Door) -> None:
    held = [door.enter(Request(Body(arrived=True))) for _ in range(THREADS + 1)]
    held[2].line.pace.is_slow = True
    door.lanes.relieve()
    assert [conn.line.pace.ended for conn in held].index(True) == 2
