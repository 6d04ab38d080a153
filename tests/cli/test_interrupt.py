"""A Ctrl-C waits while something is made that would stay behind, whichever thread hears it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from ashim_core.cli.interrupt import deaf_children, ends_quietly, heard_later


class _Wait(Protocol):
    def __call__(self) -> AbstractContextManager[Callable[[], None]]: ...


WAITS = [heard_later, deaf_children]


@pytest.fixture
def listening_thread() -> Iterator[None]:
    """A thread as libraries have them: started before, and it blocks no signal."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


@pytest.fixture(autouse=True)
def _hears_ctrl_c() -> Iterator[None]:
    """A shell that runs the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening_thread")
@pytest.mark.parametrize("wait", WAITS)
def test_it_counts_at_the_end(wait: _Wait) -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _made_in(wait, steps, early=False)
    assert steps == ["made", "went on"]


@pytest.mark.parametrize("wait", WAITS)
def test_it_counts_at_once_when_the_wait_is_ended_early(wait: _Wait) -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _made_in(wait, steps, early=True)
    assert steps == ["made"]


@pytest.mark.parametrize("wait", WAITS)
def test_afterwards_everything_is_as_before(wait: _Wait) -> None:
    with wait():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("wait", WAITS)
def test_who_ignores_it_goes_on_ignoring_it(wait: _Wait) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with wait():
        _ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("wait", WAITS)
def test_after_the_first_one_later_ones_keep_nobody_from_cleaning_up(
    wait: _Wait, early: bool
) -> None:
    handlers: list[object] = []

    def interrupted() -> None:
        try:
            with wait() as end:
                if early:
                    end()
                _ctrl_c()
        finally:
            handlers.append(signal.getsignal(signal.SIGINT))

    with pytest.raises(SystemExit), ends_quietly():
        interrupted()
    assert handlers == [signal.SIG_IGN]


def _made_in(wait: _Wait, steps: list[str], *, early: bool) -> None:
    with wait() as end:
        _ctrl_c()
        steps.append("made")
        if early:
            end()
        steps.append("went on")


def _ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(20):  # another thread may hear it, and this one only a moment later
        time.sleep(0.005)
