"""A process that sends its tasks to the pool of another one on the same host."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from ashim_core.engine.above import Progress
from ashim_core.engine.task import Reply, Task, TaskResult
from ashim_core.errors import AshimError
from ashim_core.executors import leader_line
from ashim_core.executors.executor import Pending
from ashim_core.executors.leader_line import Order, frame

_ANSWER_S = 10.0
"""How long it may take to hear whether a task waits. A process that is stopped says nothing."""


class LineBroken(Exception):
    """Who has the pool has gone."""


class Errand:
    """A task on its way to another process, whichever that will be in the end."""

    def __init__(self, task: Task, owner: str, listener: Progress) -> None:
        self.task = task
        self.owner = owner
        self.listener = listener
        self.begun = False
        self.cancelled = False
        self._reply: Future[Reply] = Future()
        self._stop: Callable[[], None] = lambda: None

    def result(self) -> TaskResult:
        """Wait for the result, or raise what came instead."""
        return self._reply.result().unwrap()

    def when_done(self, tell: Callable[[], None]) -> None:
        """Have `tell` called once there is a reply."""
        self._reply.add_done_callback(lambda _: tell())

    def cancel(self) -> None:
        """Have whoever runs it end it."""
        self.cancelled = True
        self._stop()

    def run_by(self, stop: Callable[[], None]) -> None:
        """Hear how it can be stopped where it is now."""
        self._stop = stop
        if self.cancelled:
            stop()

    def tell(self, percent: float, message: str) -> None:
        """Hear how far it is; that it is anywhere means that it was begun."""
        self.begun = True
        self.listener(percent, message)

    def answer(self, reply: Reply) -> None:
        """Hear what came of it."""
        self._reply.set_result(reply)

    def fail(self, error: AshimError) -> None:
        """Hear that nothing will come of it."""
        self.answer(Reply(error=error.to_data()))

    def follow(self, pending: Pending) -> None:
        """Have the fate of the same task that was submitted anew."""

        def tell() -> None:
            try:
                self.answer(Reply(result=pending.result()))
            except AshimError as error:
                self.fail(error)

        self.run_by(pending.cancel)
        pending.when_done(tell)


class Follower:
    """The line to the process that has the pool.

    gone: is given the tasks that were under way when the line broke.
    broken: nobody is at the other end any more.
    """

    def __init__(self, path: Path, gone: Callable[[list[Errand]], None]) -> None:
        self._line = leader_line.connect(path)
        self._gone = gone
        self._numbers = itertools.count(1)
        # Guards what is under way, and who speaks.
        self._lock = threading.Lock()
        self._under_way: dict[int, tuple[Errand, Future[AshimError | None]]] = {}
        self.broken = False
        threading.Thread(target=self._hear, name="follower", daemon=True).start()

    def submit(self, errand: Errand) -> Pending:
        """Send a task there; what it is refused with, or LineBroken."""
        number, accepted = next(self._numbers), Future[AshimError | None]()
        errand.run_by(lambda: self._say(frame(leader_line.CANCEL, number)))
        order = Order(task=errand.task, owner=errand.owner)
        with self._lock:
            if self.broken:
                raise LineBroken
            self._under_way[number] = errand, accepted
        self._say(frame(leader_line.SUBMIT, number, order.model_dump_json()))
        try:
            refusal = accepted.result(_ANSWER_S)
        except TimeoutError:
            # It is sent elsewhere now, so nobody else may: should it be taken at this moment, it
            # ends there with the line.
            with self._lock:
                self._under_way.pop(number, None)
            self.close()
            raise LineBroken from None
        if refusal:
            raise refusal
        return errand

    def close(self) -> None:
        """Hang up. The line itself goes with this object, since somebody may be speaking still."""
        with suppress(OSError):
            leader_line.hang_up(self._line)

    def _say(self, message: bytes) -> None:
        try:
            with self._lock:
                self._line.send_bytes(message)
        except OSError:  # half a message may have gone out; the thread that hears sees to the rest
            self.close()

    def _hear(self) -> None:
        try:
            while True:
                self._take(*leader_line.read(self._line.recv_bytes()))
        # Its end; or what nobody of ours says.
        except (EOFError, OSError, ValueError, LookupError):
            self._lose()

    def _take(self, kind: bytes, number: int, text: str) -> None:
        errand, accepted = self._under_way[number]
        if kind == leader_line.REFUSED:
            del self._under_way[number]
            accepted.set_result(AshimError.from_data(_reply(text).error or {}))
            return
        if not accepted.done():
            accepted.set_result(None)
        if kind == leader_line.PROGRESS:
            percent, _, said = text.partition(" ")
            errand.tell(float(percent), said)
        elif kind == leader_line.REPLY:
            del self._under_way[number]
            errand.answer(_reply(text))

    def _lose(self) -> None:
        """Give back what was under way; who still waits to hear that it was taken looks further."""
        with self._lock:
            self.broken = True
            lost = list(self._under_way.values())
            self._under_way.clear()
        self.close()
        taken = [errand for errand, accepted in lost if accepted.done()]
        for _, accepted in lost:
            if not accepted.done():
                accepted.set_exception(LineBroken())
        self._gone(taken)


def _reply(text: str) -> Reply:
    try:
        return Reply.model_validate_json(text)
    except ValidationError:
        raise ValueError("expected a reply") from None
