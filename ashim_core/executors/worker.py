"""The inside of a worker process: hardened once, then one task after the other."""

import logging
import multiprocessing
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import pyvips

from ashim_core.discovery import Sources, discover
from ashim_core.engine.above import Above
from ashim_core.engine.fused import plugin_failure
from ashim_core.engine.run import run_task
from ashim_core.engine.task import Reply, Task
from ashim_core.errors import AshimError
from ashim_core.executors.children import end_children, end_family, lead
from ashim_core.executors.clock import Clock
from ashim_core.executors.loaded import loaded
from ashim_core.host import Host
from ashim_core.imaging.foreign_text import accept_foreign_text
from ashim_core.registry import Registry

_MIB = 1024 * 1024
_UNSEEN_S = 0.1
"""Progress of shorter tasks is seen by nobody, and a message costs more than it tells."""
_OPEN_FILES = 256
_FILE_SIZE = 2048 * _MIB

READY, PROGRESS, TIME, REPLY = b"+", b"P", b"T", b"R"
"""What a message of a worker is, by its first byte."""
CANCEL = b"C"
"""What a worker is told in the middle of a task that nobody wants any more. Else it is given tasks,
which are JSON."""


def serve(line: Connection, sources: Sources, host: Host, memory_mb: int) -> None:
    """Be a worker process: run the tasks that come over the line, until it is closed."""
    registry = _prepare(sources, host, memory_mb)
    line.send_bytes(READY)
    while True:
        try:
            message = line.recv_bytes()
        except EOFError:
            return
        if message == CANCEL:  # of a task that was done meanwhile
            continue
        task = Task.model_validate_json(message)
        clock = Clock(task.limits, _timer(line, task))
        above = Above(_reporter(line), _canceller(line), clock.allow)
        reply = run_to_reply(task, registry, above)
        end_children()
        clock.stop()
        line.send_bytes(REPLY + f"{task.id} {reply.model_dump_json()}".encode())


def _prepare(sources: Sources, host: Host, memory_mb: int) -> Registry:
    """Make this process safe to give strangers' files to, and load the tools."""
    lead()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the server, which ends its own
    harden_libvips()
    registry = loaded(sources)
    if registry is None:
        registry, _ = discover(sources)
    _limit_process(memory_mb)
    return registry.at(host)


def run_to_reply(task: Task, registry: Registry, above: Above) -> Reply:
    """Run a task; whatever goes wrong becomes part of the reply."""
    try:
        return Reply(result=run_task(task, registry, above))
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


def _canceller(line: Connection) -> Callable[[], bool]:
    """Make what says whether the task that is being worked on is wanted no more."""
    cancelled = False

    def look() -> bool:
        nonlocal cancelled
        try:
            # Nothing else comes before the reply.
            cancelled = cancelled or (line.poll() and line.recv_bytes() == CANCEL)
        except EOFError:  # who wanted it is gone
            cancelled = True
        return cancelled

    return look


def _timer(line: Connection, task: Task) -> Callable[[float], None]:
    def tell(seconds: float) -> None:
        line.send_bytes(TIME + f"{task.id} {seconds}".encode())

    return tell
