"""The local executor: persistent worker processes that are killed when they must be.

Workers come from a fork server that starts once with a clean environment, so they inherit no
secret, no thread and no open file of the web process.
"""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from multiprocessing.connection import Connection

from pebble import ProcessExpired, ProcessFuture, ProcessPool
from pebble.common.types import CONSTS

from ashim_core.config import minimal_environment
from ashim_core.discovery import Sources
from ashim_core.engine import worker
from ashim_core.engine.task import Reply, Task, TaskResult
from ashim_core.errors import AshimError, Cancelled, DecodeFailed, QueueFull, TimedOut
from ashim_core.jobs.executor import ProgressListener, ignore_progress

logger = logging.getLogger(__name__)

CONSTS.sleep_unit = 0.05  # how soon time-outs, cancels and dead workers are noticed, in seconds
_TASKS_PER_WORKER = 500
_ALLOCATOR = {
    # Keep freed buffers of up to 64 MiB, a 12-megapixel picture, instead of giving them back to
    # the kernel after every task: measured to cut page faults to a tenth. Larger ones go back, or
    # a worker would sit on most of the memory that it is allowed.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TOP_PAD_": "16777216",
}


class PoolExecutor:
    """The `fast` lane: a fixed number of workers and a bounded queue in front of them."""

    def __init__(
        self,
        sources: Sources,
        *,
        workers: int,
        queue_size: int,
        memory_mb: int,
        listener: ProgressListener = ignore_progress,
    ) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._workers = workers
        self._places = threading.BoundedSemaphore(workers + queue_size)
        self._lock = threading.Lock()
        reader, self._progress = self._context.Pipe(duplex=False)
        self._arguments = (sources, memory_mb, self._progress)
        _start_fork_server()
        self._pool = self._new_pool()
        threading.Thread(
            target=_listen, args=(reader, listener), name="progress", daemon=True
        ).start()

    def submit(self, task: Task) -> "PoolTask":
        """Queue a task; QueueFull when no place is left."""
        if not self._places.acquire(blocking=False):
            raise QueueFull("The server is busy: the queue is full. Try again in a few seconds.")
        return PoolTask(self, task, self._places.release)

    def schedule(self, task: Task) -> ProcessFuture[str]:
        """Hand a task to the pool, to a new one if the present one broke."""
        with self._lock:
            if not self._pool.active:
                logger.warning("The worker pool broke; starting a new one")
                _stop(self._pool)
                self._pool = self._new_pool()
            return self._pool.schedule(
                worker.execute, args=(task.model_dump_json(),), timeout=task.limits.seconds
            )

    def close(self) -> None:
        """Kill all workers."""
        with self._lock:
            _stop(self._pool)
        self._progress.close()

    def _new_pool(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=_TASKS_PER_WORKER,
            initializer=worker.initialize,
            initargs=self._arguments,
            context=self._context,
        )
        if not pool.active:  # asking is also what starts the workers
            raise RuntimeError("expected the worker pool to start")
        return pool


class PoolTask:
    """A task on its way through the pool."""

    def __init__(self, executor: PoolExecutor, task: Task, leave: Callable[[], object]) -> None:
        self._executor, self._task, self._leave = executor, task, leave
        self._cancelled = False
        try:
            self._future = executor.schedule(task)
        except BaseException:
            leave()
            raise

    def result(self) -> TaskResult:
        """Wait for the result; the ways in which a worker can end become errors with a code."""
        try:
            return Reply.model_validate_json(self._wait()).unwrap()
        finally:
            self._leave()

    def cancel(self) -> None:
        """Kill the worker if the task runs, drop the task if it waits."""
        self._cancelled = True
        self._future.cancel()  # type: ignore[no-untyped-call]

    def _wait(self) -> str:
        try:
            return self._outcome()
        except BrokenProcessPool:
            # An idle worker was killed from outside, which breaks the whole pool of this library.
            # The task had not begun, or it would have been blamed, so it can go to a new pool.
            self._future = self._executor.schedule(self._task)
            return self._outcome()

    def _outcome(self) -> str:
        try:
            return self._future.result()
        except CancelledError:
            raise Cancelled("The job was cancelled.") from None
        except TimeoutError:
            raise self._timed_out() from None
        except ProcessExpired as death:
            logger.warning("A worker died with exit code %s", death.exitcode)
            if death.exitcode == -signal.SIGXCPU:
                raise self._timed_out() from death
            raise DecodeFailed(
                "The picture can't be processed: its worker process died on it."
            ) from death

    def _timed_out(self) -> AshimError:
        return TimedOut(
            f"Processing took too long: expected at most {self._task.limits.seconds:g} seconds."
        )


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _start_fork_server() -> None:
    forkserver.set_forkserver_preload(["__main__", worker.__name__])
    with minimal_environment(_ALLOCATOR):
        forkserver.ensure_running()


def _listen(reader: Connection, listener: ProgressListener) -> None:
    """Pass on what workers report, until the last writer is gone."""
    while True:
        try:
            task_id, percent, message = reader.recv_bytes().decode().split(" ", 2)
        except (EOFError, OSError):
            return
        listener(task_id, float(percent), message)
