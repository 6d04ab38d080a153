"""The local executor: persistent worker processes that are killed when they must be.

Workers come from a fork server that starts once with a clean environment, so they inherit no
secret, no thread and no open file of the web process. Each has a line of its own to this process:
one that dies takes its task with it and nothing else, and no lock is shared that it could keep.
"""

import logging
import multiprocessing
import selectors
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing import forkserver

from ashim_core.config import minimal_environment
from ashim_core.discovery import Sources
from ashim_core.engine import worker
from ashim_core.engine.task import Reply, Task, TaskResult
from ashim_core.errors import (
    AshimError,
    Cancelled,
    DecodeFailed,
    QueueFull,
    ServerStopping,
    TimedOut,
)
from ashim_core.jobs.executor import Load, ProgressListener, ignore_progress
from ashim_core.jobs.fair_queue import FairQueue
from ashim_core.jobs.process import WorkerProcess

logger = logging.getLogger(__name__)

_LOOK_S = 0.25
"""How often to look for what sends no message: overdue workers, vacant places, the end."""
_PAUSE_S = 1.0
"""How long a place stays vacant after a worker that died before it was ready."""
_KEPT_FOR_OTHERS = 4
"""One account alone may not have the last quarter of the queue."""
_OUT_OF_TIME = (-signal.SIGALRM, -signal.SIGXCPU)
_ALLOCATOR = {
    # Keep freed buffers of up to 64 MiB, a 12-megapixel picture, instead of giving them back to
    # the kernel after every task: measured to cut page faults to a tenth. Larger ones go back, or
    # a worker would sit on most of the memory that it is allowed.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TOP_PAD_": "16777216",
}


class PoolTask:
    """A task on its way through the pool."""

    def __init__(
        self, executor: "PoolExecutor", task: Task, owner: str, listener: ProgressListener
    ) -> None:
        self.message = task.model_dump_json().encode()
        self.owner = owner
        self.listener = listener
        self.seconds = task.limits.seconds
        self.started = False
        self._executor = executor
        self._cancelled = False
        self._reply: Future[bytes] = Future()

    def result(self) -> TaskResult:
        """Wait for the result; the ways in which a worker can end become errors with a code."""
        return Reply.model_validate_json(self._reply.result()).unwrap()

    def cancel(self) -> None:
        """Kill the worker if the task runs, drop the task if it waits."""
        self._cancelled = True
        self._executor.drop(self)

    def when_done(self, tell: Callable[[], None]) -> None:
        """Have `tell` called, by the thread that listens to the workers, once there is a reply."""
        self._reply.add_done_callback(lambda _: tell())

    def answer(self, reply: bytes) -> None:
        """Hand over the reply of the worker."""
        self._reply.set_result(reply)

    def abandon(self, exit_code: int | None = None) -> None:
        """Tell that no reply will come, since the worker died or the task was dropped."""
        self._reply.set_exception(self._reason(exit_code))

    def _reason(self, exit_code: int | None) -> AshimError:
        if self._cancelled:
            return Cancelled("The job was cancelled.")
        if self._executor.closing:
            return ServerStopping("The server is being stopped.")
        if exit_code in _OUT_OF_TIME:
            return TimedOut(f"Processing took too long: expected at most {self.seconds:g} seconds.")
        return DecodeFailed("The picture can't be processed: its worker process died on it.")


_Worker = WorkerProcess[PoolTask]


class PoolExecutor:
    """The `fast` lane: a fixed number of workers and a bounded queue in front of them."""

    def __init__(
        self,
        sources: Sources,
        *,
        workers: int,
        queue_size: int,
        memory_mb: int,
    ) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._arguments = (sources, memory_mb)
        self._places = workers + queue_size
        self._share = self._places - queue_size // _KEPT_FOR_OTHERS
        # The lock guards the queue, who is idle, and who does what. Everything else belongs to
        # the one thread that listens.
        self._lock = threading.Lock()
        self._queue: FairQueue[PoolTask] = FairQueue()
        self._workers: list[_Worker] = []
        self._lines = selectors.DefaultSelector()
        self._vacant_until = [0.0] * workers
        self._closing = threading.Event()
        _start_fork_server()
        self._fill_places()
        self._thread = threading.Thread(target=self._listen, name="pool", daemon=True)
        self._thread.start()

    def submit(
        self, task: Task, owner: str = "", listener: ProgressListener = ignore_progress
    ) -> PoolTask:
        """Queue a task; QueueFull when no place is left."""
        job = PoolTask(self, task, owner, listener)
        with self._lock:
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
        return job

    def load(self) -> Load:
        """Say how busy the workers are."""
        with self._lock:
            busy = sum(one.job is not None for one in self._workers)
            return Load(busy, len(self._queue), len(self._workers))

    def drop(self, job: PoolTask) -> None:
        """Give a task up, whether it waits or runs."""
        with self._lock:
            if self._queue.remove(job):
                job.abandon()
                return
            for one in self._workers:
                if one.job is job:
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
                job.started = True
                self._workers.append(self._workers.pop(self._workers.index(one)))
            else:  # it died while idle; the listener is about to notice
                self._queue.put_back(job.owner, job)

    def _listen(self) -> None:
        """Hear what workers say, and see to those that say nothing any more."""
        while not self.closing:
            for key, _ in self._lines.select(_LOOK_S):
                self._hear(key.data)
            for one in list(self._workers):
                if one.overdue:
                    one.kill()
            self._fill_places()
        for one in list(self._workers):
            one.kill()
            self._bury(one)
        for job in self._queue:
            job.abandon()

    def _hear(self, one: _Worker) -> None:
        try:
            frame = one.line.recv_bytes()
        except (EOFError, OSError):
            self._bury(one)
            return
        kind, text = frame[:1], frame[1:]
        if kind == worker.PROGRESS:
            if one.job is not None:
                percent, message = text.decode().split(" ", 1)
                one.job.listener(float(percent), message)
            return
        with self._lock:
            job = one.finish()
            one.ready = True
            if one.spent:
                one.kill()
            self._dispatch()
        if job is not None:
            job.answer(text)

    def _bury(self, one: _Worker) -> None:
        """Clean up after a dead worker, and let its place be filled again."""
        self._lines.unregister(one.line)
        overdue = one.overdue
        exit_code = one.bury()
        with self._lock:
            self._workers.remove(one)
            job = one.finish()
        if job is not None:
            logger.warning("A worker died with exit code %s", exit_code)
            job.abandon(-signal.SIGALRM if overdue else exit_code)
        self._vacant_until.append(0 if one.ready else time.monotonic() + _PAUSE_S)

    def _fill_places(self) -> None:
        now = time.monotonic()
        due = [moment for moment in self._vacant_until if moment <= now]
        if due:
            # One that was killed would come back by itself, with the whole environment.
            _start_fork_server()
        for moment in due:
            self._vacant_until.remove(moment)
            one = _Worker(self._context, *self._arguments)
            self._lines.register(one.line, selectors.EVENT_READ, one)
            with self._lock:
                self._workers.append(one)


def _start_fork_server() -> None:
    forkserver.set_forkserver_preload(["__main__", worker.__name__])
    with minimal_environment(_ALLOCATOR):
        forkserver.ensure_running()
