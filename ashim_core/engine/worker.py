"""The inside of a worker process: hardened once, then one task after the other."""

import logging
import math
import multiprocessing
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import pyvips

from ashim_core.discovery import Sources, discover
from ashim_core.engine.children import end_children, end_family, lead
from ashim_core.engine.loaded import loaded
from ashim_core.engine.pictures import plugin_failure
from ashim_core.engine.run import run_task
from ashim_core.engine.task import Reply, Task
from ashim_core.errors import AshimError
from ashim_core.imaging.foreign_text import accept_foreign_text
from ashim_core.registry import Registry

_MIB = 1024 * 1024
_UNSEEN_S = 0.1
"""Progress of shorter tasks is seen by nobody, and a message costs more than it tells."""
_OPEN_FILES = 256
_FILE_SIZE = 2048 * _MIB
_GRACE_S = 1
"""What a task may take beyond its time until the kernel ends it, if nobody else has."""

READY, PROGRESS, REPLY = b"+", b"P", b"R"
"""What a message of a worker is, by its first byte."""


def serve(line: Connection, sources: Sources, memory_mb: int) -> None:
    """Be a worker process: run the tasks that come over the line, until it is closed."""
    registry = _prepare(sources, memory_mb)
    line.send_bytes(READY)
    while True:
        try:
            task = Task.model_validate_json(line.recv_bytes())
        except EOFError:
            return
        limit_time(task.limits.seconds)
        reply = run_to_reply(task, registry, _reporter(line))
        end_children()
        signal.setitimer(signal.ITIMER_REAL, 0)
        line.send_bytes(REPLY + f"{task.id} {reply.model_dump_json()}".encode())


def _prepare(sources: Sources, memory_mb: int) -> Registry:
    """Make this process safe to give strangers' files to, and load the tools."""
    lead()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the server, which ends its own
    harden_libvips()
    registry = loaded(sources)
    if registry is None:
        registry, _ = discover(sources)
    _limit_process(memory_mb)
    return registry


def run_to_reply(task: Task, registry: Registry, progress: Callable[[float, str], None]) -> Reply:
    """Run a task; whatever goes wrong becomes part of the reply."""
    try:
        return Reply(result=run_task(task, registry, progress))
    except AshimError as error:
        return Reply(error=error.to_data())
    # A file may make a library raise anything, and no file may end a worker.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return Reply(error=plugin_failure(task.steps[0].tool_id, error).to_data())


def harden_libvips() -> None:
    """Block the loaders that libvips calls untrusted, and keep nothing between tasks."""
    pyvips.block_untrusted_set(True)
    pyvips.cache_set_max(0)
    # The pool runs tasks side by side already; more threads per task only cost memory.
    pyvips.concurrency_set(1)  # type: ignore[attr-defined]
    # What codecs remark about single pictures is no news for the operator.
    logging.getLogger("pyvips").setLevel(logging.ERROR)
    accept_foreign_text()


def die_with_parent() -> None:
    """Make sure that this process doesn't outlive the one that wanted its work."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("expected to run in a child process")

    def wait() -> None:
        parent.join()
        end_family()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def limit_time(seconds: float) -> None:
    """Have the kernel end this process after so much time, on the clock or of CPU.

    Both work whatever native code the process is in, which no handler in Python would. On the clock
    the web process comes first, since it ends the programs of the task, too.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_S)
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


def _reporter(line: Connection) -> Callable[[float, str], None]:
    begin = time.monotonic()

    def report(percent: float, message: str) -> None:
        if time.monotonic() - begin < _UNSEEN_S:
            return
        line.send_bytes(PROGRESS + f"{percent:.1f} {message[:200]}".encode())

    return report
