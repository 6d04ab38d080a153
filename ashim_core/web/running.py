"""Having a plan carried out: while the caller waits, or in the background if they prefer that."""

import re
import socket
from collections.abc import Callable
from typing import NamedTuple

from flask import Response, jsonify, request

from ashim_core.engine.task import Step, TaskInput
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import BATCHES, OVER, Job, Kind, Plan
from ashim_core.jobs.service import View
from ashim_core.web.answers import answer, answer_kept, answer_while_running, wants_json
from ashim_core.web.context import actor, core, preferences
from ashim_core.web.forms import wished
from ashim_core.web.front.line import Line
from ashim_core.web.front.worker import STOPPING
from ashim_core.web.received import Received, saver
from ashim_core.web.repeats import received_claim

_WAIT = re.compile(r"wait=(\d{1,4})")
_LONGEST_WAIT_S = 60


class Preference(NamedTuple):
    """What of `Prefer` is heeded, and how many seconds the caller will wait."""

    text: str
    seconds: int


def carry_out(
    kind: Kind,
    folder: JobFolder,
    steps: tuple[Step, ...],
    groups: tuple[tuple[TaskInput, ...], ...],
    what: Received,
) -> Response:
    """Run steps over groups of files and answer in the way that the caller asked for."""
    save, stream = saver(what, len(groups), steps), wished("stream")
    plan = Plan(
        kind,
        steps,
        groups,
        actor().id,
        what.extras,
        manifest=wished("manifest"),
        strict=wished("strict"),
    )
    preference = _preference()
    if (claim := received_claim(plan, what.targets)) and (earlier := core().jobs.claimed(claim)):
        folder.remove()
        response = _follow(earlier, preference)
        response.headers["Idempotent-Replayed"] = "true"
        return response
    job = core().jobs.make(folder, plan, save)
    if claim or preference:
        hours = preferences().temp_file_max_age_hours
        return _follow(core().jobs.start(job, folder, hours, claim), preference)
    look = hang_up(job)
    if kind in BATCHES and stream and not wants_json():
        return answer_while_running(job, folder, look)
    job.run(look)
    return answer(job, folder)


def _preference() -> Preference | None:
    """Read how long the caller will wait; None: until it is done."""
    parts = [part.strip() for part in request.headers.get("Prefer", "").lower().split(",")]
    for part in parts:
        if found := _WAIT.fullmatch(part):
            return Preference(part, min(int(found[1]), _LONGEST_WAIT_S))
    return Preference("respond-async", 0) if "respond-async" in parts else None


def _follow(job_id: str, preference: Preference | None) -> Response:
    """Answer with what a job in the background has made, or say where to look for it."""
    view = core().jobs.wait(job_id, preference.seconds if preference else None)
    if view.status.state not in OVER or (preference and not preference.seconds):
        return _accepted(view)
    if view.record is None:
        raise view.error or RuntimeError("expected a job that is over to have results or an error")
    response = answer_kept(view.record)
    if preference:
        response.headers["Preference-Applied"] = preference.text
    return response


def _accepted(view: View) -> Response:
    address = f"{core().config.root_path}/api/v1/jobs/{view.id}"
    response = jsonify(
        {
            "jobId": view.id,
            "status": view.status.state,
            "async": True,
            "statusUrl": address,
            "progressUrl": f"{address}/progress",
        }
    )
    response.status_code = 202
    response.headers["Location"] = address
    response.headers["X-Job-Id"] = view.id
    response.headers["Preference-Applied"] = "respond-async"
    return response


def hang_up(job: Job) -> Callable[[], None]:
    """Make what cancels a job once its caller has gone."""
    gone = whether_gone()

    def look() -> None:
        if gone():
            job.cancel()

    return look


def whether_gone() -> Callable[[], bool]:
    """Make what says whether the caller of the present request has hung up."""
    line: Line | None = request.environ.get("gunicorn.socket")

    def gone() -> bool:
        if line is None:
            return False
        try:
            # Something to read without a byte in it: the other end is closed.
            return not line.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    return gone


def whether_stopping() -> Callable[[], bool]:
    """Make what says whether the server is being stopped."""
    stopping: Callable[[], bool] = request.environ.get(STOPPING, bool)
    return stopping
