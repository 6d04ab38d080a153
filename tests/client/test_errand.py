"""Requests in threads of their own: an interruption ends the wait, and breaks into nothing."""

import os
import signal
import threading

import pytest

from ashim_core.client.errand import Errand
from tests.patience import PATIENCE_S


def test_it_gives_what_came_of_it() -> None:
    errand = Errand(lambda: 3)
    assert errand.result() == errand.result() == errand.result_within(0) == 3


def test_it_raises_what_went_wrong() -> None:
    errand = Errand(lambda: int("three"))
    with pytest.raises(ValueError, match="three"):
        errand.result()
    assert errand.result_within(0) is None


def test_what_nobody_has_waited_for_has_not_begun() -> None:
    begun = threading.Event()
    assert Errand(begun.set).result_within(PATIENCE_S) is None
    assert not begun.is_set()


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_breaks_into_no_lock() -> None:
    """Raised between taking a lock and the block that releases it, it would stay taken for ever."""
    lock, go = threading.Lock(), threading.Event()

    def request() -> str:
        lock.acquire()
        os.kill(os.getpid(), signal.SIGINT)  # which the main thread hears
        go.wait(PATIENCE_S)
        lock.release()
        return "answer"

    errand = Errand(request)
    with pytest.raises(KeyboardInterrupt):
        errand.result()
    assert errand.result_within(0.01) is None
    go.set()
    assert errand.result_within(PATIENCE_S) == "answer"
    assert lock.acquire(timeout=PATIENCE_S)
