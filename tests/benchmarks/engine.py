"""The engine without the web: tasks in this process, or in the worker pool."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ashim_core.discovery import Sources, discover
from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.executors.executor import Executor, InlineExecutor, Pending
from ashim_core.executors.pool import PoolExecutor
from ashim_core.jobs.folders import JobFolder, WorkFolders
from ashim_core.limits import Limits
from tests.benchmarks.processes import CpuMeter, children, command_line, cpu_seconds, family_meter

_TOOLS = Path(__file__).parent / "tools"
_WORKERS, _QUEUE, _MEMORY_MB = 3, 64, 768

INSTALLED = Sources()
"""The tools that are installed, as a server has them."""


def own_tools(name: str, *, besides: bool = False) -> Sources:
    """Name the tools of one module of the benchmarks, and no others.

    besides: and those that are installed as well.
    """
    module = (f"bench_{name}", str(_TOOLS / f"{name}.py"))
    return Sources(entry_points=besides, modules=(module,))


class Engine:
    """Runs tools on files as a server does, job folders included."""

    def __init__(self, executor: Executor, folder: Path, cpu: CpuMeter) -> None:
        self._executor = executor
        self._work = WorkFolders(folder)
        self.cpu = cpu

    def workers(self) -> list[int]:
        """Give the process ids of the workers of a pool."""
        return sorted(self._executor.pids()) if isinstance(self._executor, PoolExecutor) else []

    def new_folder(self) -> JobFolder:
        return self._work.create()

    def run(self, tool: str, *files: Path, **settings: Any) -> TaskResult:
        """Run one tool to its end; the result's files are gone by then."""
        folder = self.new_folder()
        try:
            return self.submit(tool, *files, folder=folder, **settings).result()
        finally:
            folder.remove()

    def run_steps(self, steps: Sequence[Step], file: Path) -> TaskResult:
        """Run a pipeline to its end; the result's files are gone by then."""
        folder = self.new_folder()
        task = Task(
            id=folder.id,
            steps=tuple(steps),
            inputs=(TaskInput(path=str(file), name=file.name),),
            folder=str(folder.outputs),
            limits=Limits(seconds=60),
        )
        try:
            return self._executor.submit(task).result()
        finally:
            folder.remove()

    def submit(
        self,
        tool: str,
        *files: Path,
        folder: JobFolder | None = None,
        seconds_allowed: float = 30,
        **settings: Any,
    ) -> Pending:
        """Start one tool."""
        folder = folder or self.new_folder()
        task = Task(
            id=folder.id,
            steps=(Step(tool_id=tool, settings=settings),),
            inputs=tuple(TaskInput(path=str(file), name=file.name) for file in files),
            folder=str(folder.outputs),
            limits=Limits(seconds=seconds_allowed),
        )
        return self._executor.submit(task)


@contextmanager
def inline(sources: Sources, folder: Path) -> Iterator[Engine]:
    """Run tasks in this process."""
    registry, _ = discover(sources)
    yield Engine(InlineExecutor(registry), folder, time.process_time)


@contextmanager
def pooled(sources: Sources, folder: Path, workers: int = _WORKERS) -> Iterator[Engine]:
    """Run tasks in worker processes. The CPU meter counts them and this process."""
    pool = PoolExecutor(sources, workers=workers, queue_size=_QUEUE, memory_mb=_MEMORY_MB)
    workers_cpu = family_meter(_fork_server())
    try:
        yield Engine(pool, folder, lambda: cpu_seconds([os.getpid()]) + workers_cpu())
    finally:
        pool.close()


def _fork_server() -> int:
    """Find the process that all workers descend from."""
    for pid in children(os.getpid()):
        if "multiprocessing.forkserver" in command_line(pid):
            return pid
    raise LookupError("expected the pool to have started a fork server")
