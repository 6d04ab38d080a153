"""How the end of a job is told."""

import time

from ashim_core.errors import AshimError, Cancelled
from ashim_core.events import Event, EventName
from ashim_core.jobs.job import BATCHES, Job

_OF_JOBS: tuple[EventName, ...] = ("job.completed", "job.failed", "job.cancelled")
_OF_BATCHES: tuple[EventName, ...] = ("batch.completed", "batch.failed", "batch.cancelled")


def end_of(job: Job, error: AshimError | None) -> Event:
    """Describe the end of a job. error: what it came to; None if it has a result.

    tools: the ids of its steps.  files: how many it was to work on, and how many of them failed.
    seconds: from its begin to its end.  code: of the error.
    """
    completed, failed, cancelled = _OF_BATCHES if job.plan.kind in BATCHES else _OF_JOBS
    name = completed
    if error is not None:
        name = cancelled if isinstance(error, Cancelled) else failed
    return Event(
        name,
        at=time.time(),
        owner=job.plan.owner,
        data={
            "jobId": job.id,
            "kind": job.plan.kind,
            "tools": [step.tool_id for step in job.plan.steps],
            "files": len(job.plan.groups),
            "failed": sum(item is None or item.error is not None for item in job.items),
            "seconds": round(time.monotonic() - job.begun, 3),
            "code": error.code if error else None,
        },
    )
