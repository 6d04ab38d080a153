"""The local executor: persistent worker processes that are killed when they must be.

Workers come from a fork server that starts once with a clean environment, so they inherit no
secret, no thread and no open file of the web process. Each has a line of its own to this process:
one that dies takes its task with it and nothing else, and no lock is shared that it could keep.
"""

import logging
import multiprocessing
import selectors
import signal
import socket
import threading
import time
from contextlib import suppress

from ashim_core.discovery import Sources
from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Task
from ashim_core.errors import (
    QueueFull,
)
from ashim_core.executors import worker
from ashim_core.executors.executor import Load
from ashim_core.executors.fair_queue import FairQueue
from ashim_core.executors.fork_server import ForkServer
from ashim_core.executors.pool_task import PoolTask
from ashim_core.executors.process import WorkerProcess
from ashim_core.host import NOWHERE, Host

logger = logging.getLogger(__name__)

_RINGS = 1024
"""How often the bell may ring between two looks without being heard for each."""
_LOOK_S = 0.25
"""How often to look for what sends no message: overdue workers, vacant places, the end."""
_PAUSE_S = 1.0
"""How long a place stays vacant when workers don't start."""
_IDLE_S = 60.0
"""How long a worker that there is no work for stays, unless it is the only one."""
_KEPT_FOR_OTHERS = 4
"""One account alone may not have the last quarter of the queue."""

_Worker = WorkerProcess[PoolTask]


class PoolExecutor:
    """A bounded number of workers, and a bounded queue in front of them.

    One worker is always there, and the others while there is work for them: each holds memory.

    workers: the most there may be.
    grace_s: how long a task that is cancelled may take to end by itself; then its worker is killed.
    """

    def __init__(
        self,
        sources: Sources,
        *,
        workers: int,
        queue_size: int,
        memory_mb: int,
        host: Host = NOWHERE,
        grace_s: float = 0,
    ) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._arguments = (sources, host, memory_mb)
        self._grace_s = grace_s
        self._fork_server = ForkServer(sources)
        self._places = workers + queue_size
        self._share = self._places - queue_size // _KEPT_FOR_OTHERS
        # The lock guards the queue, who is idle, and who does what. Everything else belongs to
        # the one thread that listens.
        self._lock = threading.Lock()
        self._queue: FairQueue[PoolTask] = FairQueue()
        self._workers: list[_Worker] = []
        self._lines = selectors.DefaultSelector()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._lines.register(self._bell, selectors.EVENT_READ)
        self._vacant_until = [0.0] * workers
        self._closing = threading.Event()
        self._fruitless = False
        self._fill_places()
        self._thread = threading.Thread(target=self._listen, name="pool", daemon=True)
        self._thread.start()

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> PoolTask:
        """Queue a task; QueueFull when no place is left."""
        job = PoolTask(self, task, owner, listener)
        with self._lock:
            if self._fruitless or self.closing:
                raise job.refusal()
            busy = sum(one.job is not None for one in self._workers)
            if busy + len(self._queue) >= self._places:
                raise QueueFull(
                    "The server is busy: the queue is full. Try again in a few seconds."
                )
            if self._queue.count(owner) >= self._share:
                raise QueueFull(
                    f"{self._share} of your tasks wait already, and the other places are for "
                    "other people. Try again in a few seconds."
                )
            self._queue.put(owner, job)
            self._dispatch()
            if self._wants_more():
                self._ring()
        return job

    def load(self) -> Load:
        """Say how busy the workers are."""
        with self._lock:
            busy = sum(one.job is not None for one in self._workers)
            return Load(busy, len(self._queue), len(self._workers))

    def trouble(self) -> str | None:
        """Say why nothing can be run at the moment; None when it can."""
        return "no worker process can be started" if self._fruitless else None

    def drop(self, job: PoolTask) -> None:
        """Give a task up, whether it waits or runs."""
        with self._lock:
            if self._queue.remove(job):
                job.abandon()
                return
            for one in self._workers:
                if one.job is job:
                    self._stop(one)

    def _stop(self, one: _Worker) -> None:
        """Have a worker end its task: by itself if it may, else with itself."""
        if self._grace_s:
            one.stop(self._grace_s)
        else:
            one.kill()

    def pids(self) -> set[int]:
        """Give the process ids of the workers."""
        with self._lock:
            return {one.pid for one in self._workers}

    @property
    def closing(self) -> bool:
        """The end has begun."""
        return self._closing.is_set()

    def close(self) -> None:
        """Kill all workers, and wait until they are gone."""
        self._closing.set()
        self._thread.join()

    def _idle(self) -> list[_Worker]:
        return [one for one in self._workers if one.available]

    def _dispatch(self) -> None:
        """Give what waits to who is idle: the latest worker first, since its caches are warm."""
        for one in reversed(self._idle()):
            if not self._queue:
                return
            job = self._queue.get()
            if one.start(job):
                job.begin()
                self._workers.append(self._workers.pop(self._workers.index(one)))
            else:  # it died while idle; the listener is about to notice
                self._queue.put_back(job.owner, job)

    def _wants_more(self) -> bool:
        """Say whether there is work for one more worker than there are."""
        free = sum(one.job is None for one in self._workers)
        return not self._workers or free < len(self._queue)

    def _ring(self) -> None:
        """Have the thread that listens look at once."""
        with suppress(OSError):  # it has been rung often enough, or this is the end
            self._rope.send(b"!")

    def _listen(self) -> None:
        """Hear what workers say, and see to those that say nothing any more, until the end."""
        while not self.closing:
            # Without this thread every request would wait for ever, so nothing may end it.
            try:
                self._look()
            except Exception:
                logger.exception("The worker pool stumbled, and goes on")
                self._closing.wait(_PAUSE_S)
        for one in list(self._workers):
            one.kill()
            self._bury(one)
        self._abandon_all()
        self._bell.close()
        self._rope.close()

    def _look(self) -> None:
        for key, _ in self._lines.select(self._next_look()):
            if key.data is None:
                self._bell.recv(_RINGS)
            else:
                self._hear(key.data)
        for one in list(self._workers):
            if one.overdue:
                # The tasks of those that are buried next are taken from them with its news.
                one.kill()
                self._bury(one)
        self._send_away()
        self._fill_places()

    def _send_away(self) -> None:
        """End a worker that nobody has needed for long; those that were needed last are last."""
        with self._lock:
            if len(self._workers) > 1 and self._workers[0].idle_s > _IDLE_S:
                self._workers[0].dismiss()

    def _next_look(self) -> float:
        """Say how many seconds nothing but messages can happen."""
        return max(0, min([_LOOK_S, *(one.seconds_left for one in self._workers)]))

    def _hear(self, one: _Worker) -> None:
        try:
            frame = one.hear()
            self._take(one, frame[:1], frame[1:])
        # Its end; or a message that no worker of ours sends, so something has taken it over.
        except (EOFError, OSError, ValueError):
            self._bury(one)

    def _take(self, one: _Worker, kind: bytes, text: bytes) -> None:
        if kind == worker.PROGRESS:
            if one.job is not None:
                percent, message = text.decode().split(" ", 1)
                one.job.listener(float(percent), message)
            return
        if kind == worker.TIME:
            if one.job is not None:
                one.job.allow(float(one.job.own(text)))
            return
        if kind == worker.READY:
            self._fork_server.worked()
        with self._lock:
            if kind != one.next_message:
                raise ValueError("expected another message")
            if one.job is not None:
                text = one.job.own(text)
            job = one.finish()
            one.ready, self._fruitless = True, False
            if one.spent:
                one.kill()
            self._dispatch()
        if job is not None:
            job.answer(text)

    def _bury(self, one: _Worker) -> None:
        """Clean up after a worker that has ended, and let its place be filled again."""
        self._lines.unregister(one.line)
        overdue = one.overdue
        # First nobody can give it a task any more, then its line is closed.
        with self._lock:
            self._workers.remove(one)
            job = one.finish()
        exit_code = one.bury()
        if job is not None:
            if not (job.cancelled or self.closing):
                logger.warning("A worker died with exit code %s", exit_code)
            job.abandon(-signal.SIGALRM if overdue else exit_code)
        self._vacant_until.append(0 if one.ready or self.closing else self._after_failure())

    def _fill_places(self) -> None:
        now = time.monotonic()
        for moment in [moment for moment in self._vacant_until if moment <= now]:
            with self._lock:
                if not self._wants_more():
                    return
            self._vacant_until.remove(moment)
            try:
                self._start_worker()
            # No process, no memory, no file is left; or the fork server has just been killed.
            # Whatever it was, the place must not be lost.
            except Exception as error:  # noqa: BLE001
                logger.warning("A worker can't be started: %s: %s", type(error).__name__, error)
                self._vacant_until.append(self._after_failure())

    def _start_worker(self) -> None:
        # One that was killed would come back by itself, with the whole environment.
        self._fork_server.ensure()
        one = _Worker(self._context, *self._arguments)
        self._lines.register(one.line, selectors.EVENT_READ, one)
        with self._lock:
            self._workers.append(one)

    def _after_failure(self) -> float:
        """Say when to try again after a worker that didn't start: at once, but only once."""
        if self._fork_server.failed() == 1:
            return 0
        with self._lock:
            self._fruitless = not any(one.ready for one in self._workers)
        if self._fruitless:
            self._abandon_all()
        return time.monotonic() + _PAUSE_S

    def _abandon_all(self) -> None:
        """Tell those who wait that nobody will come."""
        with self._lock:
            waiting = [self._queue.get() for _ in range(len(self._queue))]
        for job in waiting:
            job.abandon()
