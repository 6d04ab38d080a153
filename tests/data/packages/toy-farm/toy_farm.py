"""An engine of its own: tasks go as JSON, a line each, to a process that has the workers."""

import subprocess
import sys
import threading
from collections.abc import Callable

from ashim_core.extension import (
    AshimError,
    Executor,
    Lane,
    Load,
    Pending,
    Progress,
    Reply,
    ServerBusy,
    Task,
    TaskResult,
    hookimpl,
    ignore_progress,
    local_executor,
)


class _Sent:
    """A task that is done when it has been sent: the toy works for one at a time."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def result(self) -> TaskResult:
        return self._reply.unwrap()

    def cancel(self) -> None:
        """It is done already."""

    def when_done(self, tell: Callable[[], None]) -> None:
        tell()


class Farm:
    """One process elsewhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import toy_farm; toy_farm.work()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def submit(self, task: Task, owner: str = "", listener: Progress = ignore_progress) -> Pending:
        to, back = self._process.stdin, self._process.stdout
        with self._lock:
            if to is None or back is None or to.closed:
                raise ServerBusy("The farm is closed.")
            print(task.model_dump_json(), file=to, flush=True)
            return _Sent(Reply.model_validate_json(back.readline()))

    def load(self) -> Load:
        return Load(active=int(self._lock.locked()), pending=0, workers=1)

    def trouble(self) -> str | None:
        return None if self._process.poll() is None else "the farm has gone"

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()


def work() -> None:
    """Carry out what comes in, until nobody is there any more."""
    with local_executor() as executor:
        for line in sys.stdin:
            try:
                reply = Reply(result=executor.submit(Task.model_validate_json(line)).result())
            except AshimError as error:
                reply = Reply(error=error.to_data())
            sys.stdout.write(reply.model_dump_json() + "\n")
            sys.stdout.flush()


@hookimpl
def ashim_executor(lane: Lane) -> Executor | None:
    return Farm() if lane == "fast" else None
