"""The inside of a worker process: hardened once, then one task after the other."""

import logging
import math
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import pyvips

from ashim_core.discovery import Sources, discover
from ashim_core.engine.run import run_task
from ashim_core.engine.task import Reply, Task
from ashim_core.errors import AshimError
from ashim_core.registry import Registry

_MIB = 1024 * 1024
_OPEN_FILES = 256
_FILE_SIZE = 2048 * _MIB


@dataclass
class _Worker:
    registry: Registry
    progress: Connection


_workers: list[_Worker] = []
"""The state of this process: empty until `initialize` ran, then one."""


def initialize(sources: Sources, memory_mb: int, progress: Connection) -> None:
    """Prepare this process: die with the parent, keep the limits, load the tools."""
    die_with_parent()
    # Killing must not wait for a decoder to come back to Python.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    harden_libvips()
    registry, _ = discover(sources)
    _limit_process(memory_mb)
    _workers.append(_Worker(registry, progress))


def execute(task_json: str) -> str:
    """Run one task given as JSON and give its reply as JSON."""
    (worker,) = _workers
    task = Task.model_validate_json(task_json)
    limit_cpu(task.limits.seconds)
    return run_to_reply(
        task, worker.registry, _reporter(task.id, worker.progress)
    ).model_dump_json()


def run_to_reply(task: Task, registry: Registry, progress: Callable[[float, str], None]) -> Reply:
    """Run a task; errors that callers may see become part of the reply."""
    try:
        return Reply(result=run_task(task, registry, progress))
    except AshimError as error:
        return Reply(error=error.to_data())


def harden_libvips() -> None:
    """Block the loaders that libvips calls untrusted, and keep nothing between tasks."""
    pyvips.block_untrusted_set(True)
    pyvips.cache_set_max(0)
    # The pool runs tasks side by side already; more threads per task only cost memory.
    pyvips.concurrency_set(1)  # type: ignore[attr-defined]
    # What codecs remark about single pictures is no news for the operator.
    logging.getLogger("pyvips").setLevel(logging.ERROR)


def die_with_parent() -> None:
    """Make sure that this process doesn't outlive the one that wanted its work."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("expected to run in a child process")

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def limit_cpu(seconds: float) -> None:
    """Let this process use so many more seconds of CPU; the kernel ends it after that."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds) + 1, hard))


def _limit_process(memory_mb: int) -> None:
    """Bound memory, files and their size; leave no core dump with somebody's picture in it."""
    memory = memory_mb * _MIB
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _reporter(task_id: str, connection: Connection) -> Callable[[float, str], None]:
    def report(percent: float, message: str) -> None:
        # One short write to a pipe is atomic, so that workers can share it without a lock that a
        # killed worker would never give back.
        connection.send_bytes(f"{task_id} {percent:.1f} {message[:200]}".encode())

    return report
