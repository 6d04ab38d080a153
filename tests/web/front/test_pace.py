"""How long a client is waited for, on a clock of the test's own."""

from collections.abc import Callable

import pytest

from ashim_core.web.front import pace
from ashim_core.web.front.limits import GRACE_S, HONEST_RATE, NOTICE_S, STALL_S
from ashim_core.web.front.pace import Pace, TooSlow


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


def after(clock: Clock, seconds: float) -> Callable[[float], bool]:
    """Make a client that is ready after so many seconds."""
    end = clock.now + seconds

    def ready(most: float) -> bool:
        clock.now = min(clock.now + most, end)
        return clock.now >= end

    return ready


def test_one_who_stalls_is_waited_for_so_long(clock: Clock) -> None:
    begin = clock.now
    with pytest.raises(TooSlow):
        Pace(GRACE_S).wait(after(clock, 1000))
    assert clock.now - begin == pytest.approx(GRACE_S)


def test_the_time_that_is_waited_adds_up(clock: Clock) -> None:
    client = Pace(GRACE_S)
    for _ in range(4):
        client.wait(after(clock, GRACE_S / 5))
        client.note(1)
    with pytest.raises(TooSlow):
        client.wait(after(clock, GRACE_S / 4))


@pytest.mark.parametrize("rate", [1500, HONEST_RATE, 64 * 1024])
def test_one_who_goes_on_is_waited_for_as_long_as_it_takes(clock: Clock, rate: int) -> None:
    client = Pace(GRACE_S)
    for _ in range(1000):
        client.wait(after(clock, 1))
        client.note(rate)


def test_what_went_without_waiting_gives_no_time(clock: Clock) -> None:
    client = Pace(GRACE_S)
    client.note(100_000_000)
    with pytest.raises(TooSlow):
        client.wait(after(clock, GRACE_S + 1))


def test_nobody_saves_time_up(clock: Clock) -> None:
    client = Pace(GRACE_S)
    client.wait(after(clock, 0.1))
    client.note(100_000_000)
    with pytest.raises(TooSlow):
        client.wait(after(clock, GRACE_S + 1))


def test_without_a_grace_nothing_is_waited_for(clock: Clock) -> None:
    begin = clock.now
    with pytest.raises(TooSlow):
        Pace(0).wait(after(clock, 1))
    assert clock.now == begin


@pytest.mark.parametrize(
    ("rate", "seconds", "slow"),
    [
        (1, NOTICE_S - 1, False),
        (1, NOTICE_S + 2, True),
        (HONEST_RATE // 2, NOTICE_S + 2, True),
        (HONEST_RATE * 2, 100, False),
        (64 * 1024, 3, False),
    ],
)
def test_slow_is_who_sends_less_than_honest_lines_do(
    clock: Clock, rate: int, seconds: float, slow: bool
) -> None:
    client = Pace(10_000)
    for _ in range(int(seconds)):
        client.wait(after(clock, 1))
        client.note(rate)
    seen = []

    def ready(_: float) -> bool:
        clock.now += 0.01
        seen.append(client.is_slow)
        return True

    assert not client.is_slow
    client.wait(ready)
    assert seen == [slow]


def test_one_who_was_fast_and_stalls_is_slow(clock: Clock) -> None:
    client = Pace(GRACE_S)
    client.wait(after(clock, 1))
    client.note(50_000_000)
    seen = []

    def ready(_: float) -> bool:
        clock.now += STALL_S + 1
        seen.append(client.is_slow)
        return True

    client.wait(ready)
    assert seen == [True]


def test_one_who_was_given_up_is_waited_for_no_longer(clock: Clock) -> None:
    client = Pace(GRACE_S)

    def ready(most: float) -> bool:
        clock.now += most
        client.give_up()
        return False

    with pytest.raises(TooSlow):
        client.wait(ready)
