"""Running tools for a plugin of the server: as jobs in the background, with the caller's rights."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ashim_core.engine.extras import extras_of, parted
from ashim_core.engine.run import check_file_count
from ashim_core.engine.task import Output, Step, TaskInput
from ashim_core.errors import NotFound
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import Kind, Plan
from ashim_core.jobs.service import View
from ashim_core.pipelines.definition import check_steps
from ashim_core.policy import Action, Actor, allowed, owner_filter, refusal

if TYPE_CHECKING:
    from ashim_core.core import Core


class ServerJobs:
    """Jobs of a server. What somebody may not see is not there for them: NotFound."""

    def __init__(self, core: "Core") -> None:
        self._core = core

    def submit(
        self,
        who: Actor,
        steps: Sequence[Step],
        files: Sequence[TaskInput] = (),
        folder: JobFolder | None = None,
    ) -> str:
        """Start one tool, or several as a pipeline, in the background; give the id of the job.

        who: whose job it is, and who must be allowed to run tools.
        files: those of `received_files()`, extra ones by their fields.
        folder: that of `receiving()`, which has them. It is the job's from now on.
        Raises what `POST /api/v1/tools/<id>` and `POST /api/v1/pipeline/execute` refuse with.
        """
        if not allowed(who, "tools:run"):
            raise refusal(who, "tools:run")
        registry = self._core.tools(preferences := self._core.preferences.load())
        checked = check_steps(registry, steps)
        tools = [registry.find(step.tool_id) for step in checked]
        mains, extras = parted(files, extras_of(tools))
        check_file_count(tools[0], len(mains))
        kind: Kind = "tool" if len(checked) == 1 else "pipeline"
        plan = Plan(kind, checked, (tuple(mains),), who.id, tuple(extras))
        folder = folder or self._core.jobs.work.create()
        try:
            job = self._core.jobs.make(folder, plan)
            return self._core.jobs.start(job, folder, preferences.temp_file_max_age_hours)
        except BaseException:
            folder.remove()
            raise

    def view(self, who: Actor, job_id: str) -> View:
        """Say how a job is."""
        return self._own(who, job_id, "jobs:follow")

    def wait(self, who: Actor, job_id: str, seconds: float) -> View:
        """Wait until a job is over, or so many seconds; say how it is then."""
        self._own(who, job_id, "jobs:follow")
        return self._core.jobs.wait(job_id, seconds)

    def cancel(self, who: Actor, job_id: str) -> None:
        """End a job if it is still at work, and remove what it has made."""
        self._core.jobs.remove(self._own(who, job_id, "jobs:end").id)

    def outputs(self, who: Actor, job_id: str) -> list[Output]:
        """Give all files of a job that are kept; their paths can be read.

        There are none of a job whose caller was given its file at once, nor of one that isn't
        there for `who`.
        """
        try:
            record = self._own(who, job_id, "jobs:follow").record
        except NotFound:
            return []
        names = [item.name for item in record.outputs] if record else []
        return [self._core.jobs.results.output(job_id, name) for name in names]

    def output(self, who: Actor, job_id: str, number: int = 0) -> Output:
        """Give one of the files that a job has made, by its number from 0. Its path can be read."""
        record = self._own(who, job_id, "jobs:follow").record
        if record is None or not 0 <= number < len(record.outputs):
            raise NotFound("There is no such result, or it has expired.")
        return self._core.jobs.results.output(job_id, record.outputs[number].name)

    def _own(self, who: Actor, job_id: str, action: Action) -> View:
        view = self._core.jobs.view(job_id)
        if owner_filter(who, action) not in (None, view.owner):
            raise NotFound("There is no such job, or it has expired.")
        return view
