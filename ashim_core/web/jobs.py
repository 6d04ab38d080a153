"""Jobs: how they are, what they have made, and ending them."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from ashim_core.errors import NotFound
from ashim_core.jobs.service import View
from ashim_core.openapi.shapes import JsonAnswer
from ashim_core.policy import owner_filter
from ashim_core.web.answers import described, iso
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view, json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok, Query, Record

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1/jobs")


class JobQuery(Query):
    """How many of the latest jobs."""

    limit: int = Field(default=50, ge=1, le=200)


class Problem(Record):
    """What is wrong with one field, or one file of a batch."""

    field: str
    expected: str | None = None
    received: str | None = None


class JobSummary(Record):
    """How a job is. `status` is queued, processing, completed, failed or cancelled."""

    job_id: str
    kind: str
    tool_id: str
    status: str
    progress: float
    message: str
    completed_files: int
    failed_files: int
    total_files: int
    created_at: datetime
    expires_at: datetime | None = None
    code: str | None = None
    error: str | None = None
    details: list[Problem] | None = None


class JobList(Record):
    """Jobs, the latest first."""

    jobs: list[JobSummary]


@blueprint.get("")
@requires("results:read")
@json_view()
def list_jobs(query: JobQuery) -> JobList:
    """List one's own jobs that were not answered at once, the latest first."""
    owner = owner_filter(actor(), "results:read")
    return JobList(jobs=[_summary(view) for view in core().jobs.views(owner, query.limit)])


@blueprint.get("/<job_id>")
@requires("jobs:follow", many=True)
@file_view(JsonAnswer("Job"))
def get_job(job_id: str) -> Response:
    """Say how a job is."""
    view = own_view(job_id, "jobs:follow")
    data: dict[str, Any] = _summary(view).model_dump(mode="json", by_alias=True, exclude_none=True)
    if view.record is not None:
        data["result"] = described(view.record)
    return jsonify(data)


@blueprint.delete("/<job_id>")
@requires("jobs:end")
@json_view()
def delete_job(job_id: str) -> Ok:
    """End a job if it is still at work, and delete what it has made."""
    core().jobs.remove(own_view(job_id, "jobs:end").id)
    return Ok()


def own_view(job_id: str, action: Any) -> View:
    """Give a job that the actor may see; NotFound, for those of others as well."""
    view = core().jobs.view(job_id)
    if owner_filter(actor(), action) not in (None, view.owner):
        raise NotFound("There is no such job, or it has expired.")
    return view


def state_of(view: View) -> dict[str, Any]:
    """Give what everybody who knows the id may see: no names and no links."""
    status = view.status
    data: dict[str, Any] = {
        "jobId": view.id,
        "status": status.state,
        "progress": status.progress,
        "message": status.message,
        "completedFiles": status.completed,
        "failedFiles": status.failed,
        "totalFiles": status.total,
    }
    if view.error is not None:
        data["code"] = view.error.code
    return data


def _summary(view: View) -> JobSummary:
    return JobSummary.model_validate(
        {
            **state_of(view),
            "kind": view.kind,
            "toolId": view.tool,
            "createdAt": iso(view.created),
            "expiresAt": view.expires and iso(view.expires),
            "error": view.error and view.error.message,
            "details": view.error and view.error.details,
        }
    )
