"""The one way to run something: a job in a folder of its own, carried out by an executor."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from ashim_core.engine.task import Step, TaskInput, TaskResult
from ashim_core.errors import AshimError, Conflict, NotFound, ServerBusy
from ashim_core.events import Events
from ashim_core.executors.executor import Executor
from ashim_core.jobs.events import end_of
from ashim_core.jobs.folders import JobFolder, WorkFolders, known_when_full
from ashim_core.jobs.job import BATCHES, OVER, Job, Plan, Save, Status
from ashim_core.jobs.kept import Results
from ashim_core.jobs.record import JobRecord
from ashim_core.jobs.results import archive_name, archive_of, collect
from ashim_core.jobs.table import Claim, JobTable, Taken, error_of, status_of
from ashim_core.limits import Limits
from ashim_core.store.models import Job as Row

logger = logging.getLogger(__name__)

_WRITTEN_EVERY_S = 0.5
"""How often the progress of a job goes to the database, at most; other processes read it there."""
_HEARTBEAT_S = 10
_LONGEST_WAIT_S = 60
_STOP_S = 10
_AGAIN_S = 1
"""How long to wait before the end of a job is written down again; a full disk may have room."""


@dataclass(frozen=True)
class View:
    """How a job is, as any process can tell.

    record: its results, once it is completed. created, expires: seconds since the epoch.
    """

    id: str
    owner: str
    kind: str
    tool: str
    created: float
    status: Status
    expires: float | None = None
    error: AshimError | None = None
    record: JobRecord | None = None


class Jobs:
    """Takes jobs from callers and gives them their results.

    hours: how long those are kept if nothing else is said.
    """

    def __init__(
        self,
        work: WorkFolders,
        results: Results,
        executor: Executor,
        *,
        limits: Limits,
        table: JobTable,
        at_a_time: int,
        hours: float,
        events: Events,
    ) -> None:
        self.work = work
        self.results = results
        self.executor = executor
        self._hours = hours
        self._limits = limits
        self._table = table
        self._at_a_time = at_a_time
        self._live: dict[str, Job] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()
        self._events = events

    def make(self, folder: JobFolder, plan: Plan, save: Save | None = None) -> Job:
        """Make a job and submit its first tasks; raises QueueFull.

        save: keeps the result of each task for longer, and gives the id that it is kept under.
        """
        job = Job(
            folder.id, plan, folder.outputs, self.executor, self._limits, self._at_a_time, save
        )
        job.begin()
        return job

    @contextmanager
    def run_once(self, tool_id: str, upload: TaskInput) -> Iterator[TaskResult]:
        """Run a tool on one file for the server itself; raises the error that it came to.

        The file is worked on as it is now, whatever becomes of it meanwhile. What was made of it
        lies there for the body alone, which moves away what it keeps. Nobody hears of the job.
        """
        with self.work.short_lived() as folder:
            own = upload.model_copy(update={"path": str(folder.borrow(Path(upload.path)))})
            job = self.make(folder, Plan("tool", (Step(tool_id=tool_id),), ((own,),), owner=""))
            job.run()
            item = job.items[0]
            if item is None:
                raise RuntimeError("expected a job that nobody cancels to have a result")
            yield item.unwrap()

    def finish(
        self, job: Job, folder: JobFolder, hours: float | None = None, *, keep: bool
    ) -> JobRecord:
        """End a job that was done while its caller waited; raises the error that it came to.

        keep: its owner can fetch the files that it made until they expire. Else they lie in its
        folder still.
        """
        try:
            if error := job.verdict():
                raise error
            record = self._record(job, folder, hours)
            if keep and record.outputs:
                record = self._keep(job, folder, hours)
        except Exception as error:
            self.over(job, error if isinstance(error, AshimError) else _broken())
            raise
        self.over(job, None)
        return record

    def over(self, job: Job, error: AshimError | None) -> None:
        """End a job: the one end of all of them, once all that came of it is in its place.

        After that its folder can be removed: nobody writes there any more.
        """
        job.end(error)
        self._events.emit(end_of(job, error))
        job.settle()

    def _record(self, job: Job, folder: JobFolder, hours: float | None) -> JobRecord:
        return collect(job, folder, time.time(), self._expiry(hours))

    def _keep(self, job: Job, folder: JobFolder, hours: float | None) -> JobRecord:
        record = self._kept(job, folder, hours)
        try:
            self._table.add(job.id, job.plan, job.ended(None), expires=record.expires)
        except BaseException:
            self.results.remove(job.id)
            raise
        return record

    def start(
        self,
        job: Job,
        folder: JobFolder,
        hours: float | None = None,
        claim: Claim | None = None,
    ) -> str:
        """Have a job done in the background. It is written down before this returns; give its id.

        claim: if the same request has started a job meanwhile, this one is dropped, and the id is
        that of the other.
        """
        try:
            self._table.add(job.id, job.plan, job.status, claim=claim)
        except Taken:
            job.drop()
            folder.remove()
            return self._other(claim)
        except BaseException:
            job.drop()
            raise
        self._live[job.id] = job
        self._threads[job.id] = threading.Thread(
            target=self._in_background, args=(job, folder, hours), name=f"job {job.id[:8]}"
        )
        self._threads[job.id].start()
        return job.id

    def view(self, job_id: str) -> View:
        """Say how a job is; NotFound."""
        row = self._table.find(job_id)
        if row is None:
            raise NotFound("There is no such job, or it has expired.")
        live = self._live.get(job_id)
        status = live.status if live else status_of(row)
        record = self.results.record(job_id) if status.state == "completed" else None
        error = live.error if live else error_of(row)
        return replace(_view_of(row), status=status, error=error, record=record)

    def claimed(self, claim: Claim) -> str | None:
        """Give the id of the job that the same request has started before.

        A job that the server itself has failed is forgotten here, so that it can be tried again.
        Raises Conflict when it was another request that has used the key.
        """
        row = self._table.claimed(claim)
        if row is None:
            return None
        if row.claim_body != claim.body:
            raise Conflict(
                "This Idempotency-Key was used for another request before.",
                details=[
                    {
                        "field": "Idempotency-Key",
                        "expected": "the same request as before, or a key of its own",
                        "received": "another body",
                    }
                ],
            )
        error = error_of(row)
        if error is not None and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._table.release(row.id)
            return None
        return str(row.id)

    def wait(self, job_id: str, seconds: float | None) -> View:
        """Wait until a job is over, or so many seconds; say how it is then. NotFound."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while (view := self.view(job_id)).status.state not in OVER:
            left = _LONGEST_WAIT_S if deadline is None else deadline - time.monotonic()
            if left <= 0:
                break
            self.wait_for_change(job_id, view.status, min(left, _LONGEST_WAIT_S))
        return view

    def views(self, owner: str | None, limit: int) -> list[View]:
        """Give the latest jobs of one account, or of all."""
        return [_view_of(row) for row in self._table.list(owner, limit)]

    def wait_for_change(self, job_id: str, seen: Status, seconds: float) -> Status:
        """Wait until a job is otherwise than `seen`, or so many seconds; NotFound."""
        live = self._live.get(job_id)
        if live is not None:
            return live.wait_for_change(seen, seconds)
        # Another process runs it, or it is over.
        deadline = time.monotonic() + seconds
        while (status := self.view(job_id).status) == seen and time.monotonic() < deadline:
            time.sleep(min(_WRITTEN_EVERY_S, seconds))
        return status

    def remove(self, job_id: str) -> None:
        """End a job if it is still at work, and remove what it has made; NotFound."""
        if self.view(job_id).status.state in OVER:
            self.results.remove(job_id)
            self._table.remove(job_id)
            return
        self._table.ask_to_cancel(job_id)
        if live := self._live.get(job_id):
            live.cancel()

    def sweep(self) -> None:
        """Remove what has expired, and what dead processes left."""
        moment = time.time()
        living = self.work.living()
        # First what makes room: nothing can be written to a database whose disk is full.
        self.results.sweep()
        self.work.sweep()
        self._table.sweep(living, self._expiry(), moment)

    @property
    def running(self) -> int:
        """How many jobs are done in the background at the moment."""
        return len(self._live)

    def close(self) -> None:
        """Stop all work, and wait until it has stopped."""
        self._closing.set()
        for job in list(self._live.values()):
            job.cancel()
        self.executor.close()
        for thread in list(self._threads.values()):
            thread.join(_STOP_S)
        self.work.close()

    def _other(self, claim: Claim | None) -> str:
        found = claim and self.claimed(claim)
        if not found:
            raise ServerBusy("The same request is being dealt with; ask again.")
        return found

    def _in_background(self, job: Job, folder: JobFolder, hours: float | None) -> None:
        error: AshimError | None
        try:
            with known_when_full():
                job.run(self._reporter(job))
                error = job.verdict()
                record = None if error else self._kept(job, folder, hours)
            expires = record.expires if record else self._expiry(hours)
        except AshimError as problem:
            error, expires = problem, self._expiry(hours)
        # Whatever it was, whoever waits for this job must hear that it is over.
        except Exception:
            logger.exception("job %s failed", job.id)
            error, expires = _broken(), time.time() + 3600
        finally:
            folder.remove()
        written = self._write_end(job, error, expires)
        self.over(job, error)
        folder.remove()  # once more: of a task that was cancelled there may be more by now
        # Until then other processes, and this one after a restart, take it for unfinished.
        while not written and not self._closing.wait(_AGAIN_S):
            written = self._write_end(job, error, expires)
        self._live.pop(job.id, None)
        self._threads.pop(job.id, None)

    def _write_end(self, job: Job, error: AshimError | None, expires: float) -> bool:
        """Write down that a job is over; say whether that was possible."""
        try:
            self._table.update(job.id, job.ended(error), error=error, expires=expires)
        except AshimError as problem:
            logger.warning("the end of job %s can't be written down: %s", job.id, problem.message)
            return False
        return True

    def _expiry(self, hours: float | None = None) -> float:
        """Say when what is finished now expires: after so many hours, or the usual time."""
        return time.time() + 3600 * (hours or self._hours)

    def _kept(self, job: Job, folder: JobFolder, hours: float | None) -> JobRecord:
        record = self._record(job, folder, hours)
        several = len(record.outputs) > 1 or record.many or job.plan.kind in BATCHES
        if record.outputs and several:
            archive = archive_of(record, folder, archive_name(job), manifest=job.plan.manifest)
            record = record.model_copy(update={"archive": archive})
        return self.results.keep(folder, record)

    def _reporter(self, job: Job) -> Callable[[], None]:
        """Make what a job calls now and then: progress to the database, a wish to cancel back."""
        written = job.status
        moment = looked = time.monotonic()

        def report() -> None:
            nonlocal looked
            if time.monotonic() - looked < _WRITTEN_EVERY_S:
                return
            try:
                exchange()
            # The pictures have nothing to do with it, and the next one tells all that this would.
            except AshimError as error:
                logger.warning("progress of job %s can't be written: %s", job.id, error.message)
            # Counted from the end: a database that lets everybody wait must not be asked more.
            looked = time.monotonic()

        def exchange() -> None:
            nonlocal written, moment
            if self._table.is_asked_to_cancel(job.id):
                job.cancel()
            now = time.monotonic()
            if job.status != written or now - moment > _HEARTBEAT_S:
                status = job.status
                self._table.update(job.id, status)
                written, moment = status, now

        return report


def _broken() -> AshimError:
    return AshimError("Something went wrong on the server.")


def _view_of(row: Row) -> View:
    return View(
        id=row.id,
        owner=row.owner,
        kind=row.kind,
        tool=row.tool,
        created=row.created,
        status=status_of(row),
        expires=row.expires,
        error=error_of(row),
    )
