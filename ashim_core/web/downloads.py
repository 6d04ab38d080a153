"""Fetching kept results."""

from flask import Blueprint, Response

from ashim_core.web.answers import send_output
from ashim_core.web.context import authorize, core
from ashim_core.web.links import signed

blueprint = Blueprint("downloads", __name__, url_prefix="/api/v1/download")


@blueprint.get("/<job_id>/<name>")
def download(job_id: str, name: str) -> Response:
    """Send a result to whoever holds its signed link, or may see the job."""
    if not signed(job_id, name):
        authorize("download", f"jobs/{job_id}")
    return send_output(core().jobs.storage.output(job_id, name))
