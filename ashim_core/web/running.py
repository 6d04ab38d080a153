"""Having a plan carried out: while the caller waits, or in the background if they prefer that."""

import re
import select
import socket
from collections.abc import Callable

from flask import Response, jsonify, request

from ashim_core.engine.task import Step, TaskInput
from ashim_core.jobs.job import Job, Kind, Plan
from ashim_core.storage import JobFolder
from ashim_core.web.answers import answer, answer_kept
from ashim_core.web.context import actor, core, preferences

_WAIT = re.compile(r"wait=(\d{1,4})")
_LONGEST_WAIT_S = 60


def carry_out(
    kind: Kind,
    folder: JobFolder,
    steps: tuple[Step, ...],
    groups: tuple[tuple[TaskInput, ...], ...],
) -> Response:
    """Run steps over groups of files and answer in the way that the caller asked for."""
    job = core().jobs.make(folder, Plan(kind, steps, groups, actor().id))
    wanted = {part.strip() for part in request.headers.get("Prefer", "").lower().split(",")}
    waits = [found for part in wanted if (found := _WAIT.fullmatch(part))]
    if waits or "respond-async" in wanted:
        seconds = min(int(waits[0][1]), _LONGEST_WAIT_S) if waits else 0
        return _in_background(job, folder, seconds)
    job.run(_hang_up(job))
    if error := job.verdict():
        raise error
    return answer(job, folder, manifest=request.form.get("manifest") == "true")


def _in_background(job: Job, folder: JobFolder, seconds: int) -> Response:
    jobs = core().jobs
    jobs.start(job, folder, preferences().temp_file_max_age_hours)
    if seconds and job.wait(seconds):
        if job.error:
            raise job.error
        response = answer_kept(jobs.storage.record(job.id))
        response.headers["Preference-Applied"] = f"wait={seconds}"
        return response
    address = f"{core().config.root_path}/api/v1/jobs/{job.id}"
    response = jsonify(
        {
            "jobId": job.id,
            "status": "queued",
            "async": True,
            "statusUrl": address,
            "progressUrl": f"{address}/progress",
        }
    )
    response.status_code = 202
    response.headers["Location"] = address
    response.headers["X-Job-Id"] = job.id
    response.headers["Preference-Applied"] = "respond-async"
    return response


def _hang_up(job: Job) -> Callable[[], None]:
    """Make what cancels a job once its caller has gone."""
    line: socket.socket | None = request.environ.get("gunicorn.socket")

    def look() -> None:
        if line is None or not select.select([line], [], [], 0)[0]:
            return
        # Readable without anything to read: the other end is closed.
        if not line.recv(1, socket.MSG_PEEK):
            job.cancel()

    return look
