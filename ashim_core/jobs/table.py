"""What the database knows about jobs: enough for any process to tell how one is."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from peewee import IntegrityError

from ashim_core.errors import AshimError, ServerRestarted
from ashim_core.jobs.job import OVER, Plan, State, Status
from ashim_core.store.database import Store
from ashim_core.store.models import Job as Row

_LOST_AFTER_S = 120
"""A job whose process has said nothing for so long is lost, wherever that process was."""


class Claim(NamedTuple):
    """What the same request is known by. key: that of its caller. body: what else is in it."""

    key: str
    body: str


class Taken(Exception):
    """There is a job under this claim already."""


class JobTable:
    """The jobs of one server that outlive their requests.

    server: names this process.
    """

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server

    def add(
        self,
        job_id: str,
        plan: Plan,
        status: Status,
        *,
        expires: float | None = None,
        claim: Claim | None = None,
    ) -> None:
        """Write a job down; Taken when there is one under its claim."""
        now = time.time()
        with _taken(claim), self._store.writing() as db:
            Row.insert(
                id=job_id,
                owner=plan.owner,
                kind=plan.kind,
                tool=plan.steps[0].tool_id,
                error=None,
                cancel=False,
                server=self._server,
                created=now,
                updated=now,
                expires=expires,
                claim_key=claim and claim.key,
                claim_body=claim and claim.body,
                **_columns(status),
            ).execute(db)

    def claimed(self, claim: Claim) -> Row | None:
        """Give the row of the job that was started with a key."""
        with self._store.reading() as db:
            row: Row | None = Row.select().where(Row.claim_key == claim.key).first(db)
            return row

    def release(self, job_id: str) -> None:
        """Let another job have the key of this one."""
        with self._store.writing() as db:
            Row.update(claim_key=None).where(Row.id == job_id).execute(db)

    def update(
        self,
        job_id: str,
        status: Status,
        *,
        error: AshimError | None = None,
        expires: float | None = None,
    ) -> None:
        """Write down how a job is; durably when it is over. One that is over stays as it is."""
        with self._store.writing(durable=status.state in OVER) as db:
            Row.update(
                error=None if error is None else json.dumps(error.to_data()),
                updated=time.time(),
                expires=expires,
                **_columns(status),
            ).where((Row.id == job_id) & Row.state.not_in(list(OVER))).execute(db)

    def find(self, job_id: str) -> Row | None:
        """Give the row of a job."""
        with self._store.reading() as db:
            row: Row | None = Row.select().where(Row.id == job_id).first(db)
            return row

    def list(self, owner: str | None, limit: int) -> list[Row]:
        """Give the latest jobs of one account, or of all."""
        found = Row.select().order_by(Row.created.desc()).limit(limit)
        if owner is not None:
            found = found.where(Row.owner == owner)
        with self._store.reading() as db:
            return list(found.execute(db))

    def ask_to_cancel(self, job_id: str) -> None:
        """Tell the process that runs a job to end it."""
        with self._store.writing() as db:
            Row.update(cancel=True).where(Row.id == job_id).execute(db)

    def is_asked_to_cancel(self, job_id: str) -> bool:
        """Say whether a job shall end; also when it is no longer there."""
        row = self.find(job_id)
        return row is None or bool(row.cancel)

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        with self._store.writing() as db:
            Row.delete().where(Row.id == job_id).execute(db)

    def sweep(self, living: Iterable[str], expires: float, moment: float) -> None:
        """Mark the jobs of dead processes as failed, and forget those that have expired.

        living: the processes on this machine at a moment. A database server may have others.
        """
        now = time.time()
        orphaned = Row.state.not_in(list(OVER)) & Row.server.not_in(list(living))
        # A process that has started since then isn't among the living.
        orphaned &= Row.created < moment
        if self._store.path is None:
            orphaned &= Row.updated < now - _LOST_AFTER_S
        lost = ServerRestarted("The server stopped before this job was done; start it again.")
        with self._store.writing() as db:
            Row.update(
                state="failed", error=json.dumps(lost.to_data()), updated=now, expires=expires
            ).where(orphaned).execute(db)
            Row.delete().where(Row.expires < now).execute(db)


@contextmanager
def _taken(claim: Claim | None) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if claim is None:
            raise
        raise Taken from error


def status_of(row: Row) -> Status:
    """Give the status that a row holds."""
    return Status(
        cast("State", row.state), row.progress, row.message, row.completed, row.failed, row.total
    )


def error_of(row: Row) -> AshimError | None:
    """Give the error that a row holds."""
    return None if row.error is None else AshimError.from_data(json.loads(row.error))


def _columns(status: Status) -> dict[str, Any]:
    return {
        "state": status.state,
        "progress": status.progress,
        "message": status.message[:200],
        "completed": status.completed,
        "failed": status.failed,
        "total": status.total,
    }
