"""Ctrl-C: the command ends at once, quietly and with status 130, and leaves nothing behind."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

STATUS = 128 + signal.SIGINT

ResultT = TypeVar("ResultT")


@contextmanager
def ends_quietly() -> Iterator[None]:
    """Have the first Ctrl-C end the command; later ones don't keep it from cleaning up."""
    before = signal.getsignal(signal.SIGINT)
    # Another handler, or none, is somebody's wish: of a shell that runs this in the background.
    ours = before is signal.default_int_handler
    if ours and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _interrupt_once)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(STATUS) from None
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt_once:
            signal.signal(signal.SIGINT, before)


def heard_meanwhile(work: Callable[[], ResultT], folder: Path) -> ResultT:
    """Do something that is in native code for long, where Python can't be interrupted.

    folder: what it writes to. When a Ctrl-C comes, both end here and now.
    """
    done: Future[ResultT] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.set_exception(error)

    try:
        threading.Thread(target=run, daemon=True).start()
        return done.result()
    except KeyboardInterrupt:
        _end_without(folder)


@contextmanager
def heard_later() -> Iterator[Callable[[], None]]:
    """Have a Ctrl-C wait while something is made that would stay if it came in between.

    Gives what ends it early; the Ctrl-C counts then.
    """
    came: list[FrameType | None] = []
    before = signal.getsignal(signal.SIGINT)
    ours = callable(before) and threading.current_thread() is threading.main_thread()

    def note(number: int, frame: FrameType | None) -> None:
        came.append(frame)

    if ours:
        signal.signal(signal.SIGINT, note)

    def end() -> None:
        # Only if it waits still: a Ctrl-C since the end may have had later ones ignored.
        if ours and signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(signal.SIGINT, came.pop())

    try:
        yield end
    finally:
        end()


@contextmanager
def deaf_children() -> Iterator[Callable[[], None]]:
    """Have processes that start meanwhile never hear a Ctrl-C: it is for who started them.

    Gives what ends it early. A Ctrl-C that comes before counts then.
    """
    # It unblocks the signal whenever it has to start, so it has to be there before.
    resource_tracker.ensure_running()
    # What is blocked stays so in children. It doesn't keep it from this process, where the kernel
    # finds another thread, of a library, that hears it.
    with heard_later() as end_wait:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

        def end() -> None:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            end_wait()

        try:
            yield end
        finally:
            end()


def _interrupt_once(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_without(folder: Path) -> NoReturn:
    """End this process although a thread of it is at work, and what that writes with it."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(STATUS)
