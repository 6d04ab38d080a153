"""Tools on this machine: one file in this process, several in worker processes side by side."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from ashim_core.cli.board import Board
from ashim_core.cli.interrupt import deaf_children, heard_later, heard_meanwhile
from ashim_core.cli.options import shown
from ashim_core.cli.place import Assignment, Made, Outcome, Take, ToolFacts
from ashim_core.config import Config
from ashim_core.describe import settings_schema
from ashim_core.engine.task import Step, Task, TaskInput, TaskResult
from ashim_core.engine.validate import prepare
from ashim_core.errors import AshimError
from ashim_core.executors.executor import Executor, InlineExecutor
from ashim_core.jobs.job import Item, Job, Kind, Plan
from ashim_core.offer import offered_tools, sources_of
from ashim_core.pipelines.definition import check_steps
from ashim_core.tool import ImageTool, Tool

_NAME = "ashim-"


class Here:
    """This machine, with the tools that are installed on it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._registry, _ = offered_tools(config)

    @property
    def most_steps(self) -> int:
        """Say how many steps a pipeline may have."""
        return self._config.max_pipeline_steps

    def tools(self) -> list[ToolFacts]:
        """Give the tools that are not switched off."""
        return [self._facts(tool) for tool in self._registry.enabled()]

    def tool(self, name: str) -> ToolFacts:
        """Look a tool up by its id or an alias; raises ToolNotFound."""
        return self._facts(self._registry.find(name))

    def check(self, steps: Sequence[Step], *, pipeline: bool) -> None:
        """Hold the steps against the tools and their settings."""
        if pipeline:
            check_steps(self._registry, steps)
            return
        for step in steps:
            tool = self._registry.usable(step.tool_id)
            prepare(self._registry, tool, step.settings)

    def carry_out(self, work: Assignment, board: Board, take: Take) -> None:
        """Do the work, each group in a folder that is removed as soon as its outcome was taken."""
        with ExitStack() as stack:
            with heard_later():
                name = stack.enter_context(TemporaryDirectory(prefix=_NAME))
            # The name of a folder for temporary files may lead over a link.
            folder = Path(name).resolve()
            if len(work.groups) == 1:
                self._alone(work, folder, take)
            else:
                self._side_by_side(work, folder, take)

    def close(self) -> None:
        """Nothing is held."""

    def _facts(self, tool: Tool) -> ToolFacts:
        return ToolFacts(
            id=tool.id,
            aliases=tool.aliases,
            name=tool.name,
            summary=tool.summary,
            least=tool.min_files,
            most=tool.max_files,
            picture=isinstance(tool, ImageTool),
            schema=settings_schema(tool, self._registry.formats),
            extras=tool.extras,
        )

    def _alone(self, work: Assignment, folder: Path, take: Take) -> None:
        """Start no process: that takes longer than most tools do."""
        task = Task(
            id="local",
            steps=work.steps,
            inputs=_inputs(work.groups[0], folder),
            extras=_extras(work, folder),
            folder=str(folder),
            limits=self._config.limits,
        )
        pending = InlineExecutor(self._registry).submit(task)
        try:
            outcome = _made(heard_meanwhile(pending.result, folder))
        except AshimError as error:
            outcome = Outcome(error=error)
        take(outcome)

    def _side_by_side(self, work: Assignment, folder: Path, take: Take) -> None:
        kind: Kind = "pipeline-batch" if work.pipeline else "batch"
        groups = tuple(_inputs(group, folder) for group in work.groups)
        workers = min(work.at_a_time, len(groups))
        with self._pool(workers) as pool:
            plan = Plan(kind, work.steps, groups, owner="", extras=_extras(work, folder))
            # As many tasks again wait, so that nobody is idle while results are written.
            job = Job("local", plan, folder, pool, self._config.limits, 2 * workers)
            outcomes = _InOrder(job, folder, take)
            job.begin()
            job.run(outcomes.take_more)

    @contextmanager
    def _pool(self, workers: int) -> Iterator[Executor]:
        # Only needed here, and what it imports is not for nothing.
        from ashim_core.executors.lanes import Lanes  # noqa: PLC0415
        from ashim_core.executors.local import LaneSettings, LocalPools  # noqa: PLC0415

        config = self._config
        with deaf_children() as end_deafness:
            pools = LocalPools(
                sources_of(config),
                self._registry.host,
                fast=LaneSettings(config.limits, workers, queue_size=workers),
                heavy=LaneSettings(config.heavy_limits, config.heavy_jobs, queue_size=2 * workers),
            )
            pool = Lanes(self._registry, pools.start_all(), pools.limits)
            try:
                end_deafness()
                yield pool
            finally:
                pool.close()


class _InOrder:
    """Hands over what became of each task of a job in the order of the tasks."""

    def __init__(self, job: Job, folder: Path, take: Take) -> None:
        self._job = job
        self._folder = folder
        self._take = take
        self._next = 0

    def take_more(self) -> None:
        """Hand over what is done by now, up to the first that isn't."""
        items = self._job.items
        while self._next < len(items) and (item := items[self._next]) is not None:
            self._take(_outcome(item))
            shutil.rmtree(self._folder / str(self._next))
            self._next += 1


def _inputs(group: Sequence[Path], folder: Path) -> tuple[TaskInput, ...]:
    return tuple(_input("file", path, folder) for path in group)


def _extras(work: Assignment, folder: Path) -> tuple[TaskInput, ...]:
    return tuple(_input(field, path, folder) for field, path in work.extras.items())


def _input(field: str, path: Path, folder: Path) -> TaskInput:
    return TaskInput(
        path=_as_text(path.resolve(), folder), name=shown(Path(path.name)), field=field
    )


def _as_text(path: Path, folder: Path) -> str:
    """Name a file in UTF-8, as tasks travel as JSON: by a link in a folder if it must be."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        link = folder / f"file-{secrets.token_hex(8)}"
        link.symlink_to(path)
        return str(link)
    return str(path)


def _outcome(item: Item) -> Outcome:
    return Outcome(error=item.error) if item.result is None else _made(item.result)


def _made(result: TaskResult) -> Outcome:
    files = [Made(item.name, partial(_copy, Path(item.path))) for item in result.outputs]
    return Outcome(files, result.report, result.facts, result.notes)


def _copy(path: Path, file: BinaryIO) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, file)
