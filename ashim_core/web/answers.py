"""One module decides how a result is answered: the file, JSON, or a ZIP of several files."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request

from ashim_core.archive import ascii_json, stream_zip
from ashim_core.engine.task import Output
from ashim_core.errors import AshimError
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import BATCHES, Job
from ashim_core.jobs.record import JobRecord
from ashim_core.jobs.results import (
    MANIFEST,
    archive_entries,
    archive_name,
    entries_as_made,
    manifest_of,
)
from ashim_core.web.context import core, preferences
from ashim_core.web.links import download_url
from ashim_core.web.ranges import send_ranges

_ZIP = "application/zip"


def answer(job: Job, folder: JobFolder) -> Response:
    """Answer a job that was done while its caller waited; raises the error that it came to."""
    hours, as_json = preferences().temp_file_max_age_hours, wants_json()
    record = core().jobs.finish(job, folder, hours, keep=as_json)
    if not record.outputs:  # of a tool that reports
        folder.remove()
    if as_json or not record.outputs:
        return _with_headers(jsonify(described(record)), record)
    if record.kind not in BATCHES and len(record.outputs) == 1 and not record.many:
        return _with_headers(_file(record.outputs[0], folder), record)
    pieces = stream_zip(archive_entries(record, manifest=job.plan.manifest))
    response = _archive(pieces, archive_name(job))
    response.call_on_close(folder.remove)
    return _with_headers(response, record)


def answer_while_running(job: Job, folder: JobFolder, tick: Callable[[], None]) -> Response:
    """Answer a batch with a ZIP that grows as its files are done; it ends with the manifest.

    The head of the answer waits for the first file that could be processed: if there is none, the
    status is that of an error as ever. It can't say anything that is known at the end only.

    tick: called every now and then while the job is at work.
    """
    jobs, entries = core().jobs, entries_as_made(job, tick)
    try:
        first = next(entries)
        if first.name == MANIFEST and (error := job.verdict()):
            raise error
    except AshimError as error:
        jobs.over(job, error)
        raise
    response = _archive(stream_zip(chain([first], entries)), archive_name(job))
    response.call_on_close(entries.close)
    response.call_on_close(lambda: jobs.over(job, job.verdict()))
    response.call_on_close(folder.remove)
    response.headers["X-Job-Id"] = job.id
    return response


def answer_kept(record: JobRecord) -> Response:
    """Answer a job whose results are kept."""
    if wants_json() or not record.outputs:
        return _with_headers(jsonify(described(record)), record)
    return _with_headers(send_output(record.archive or record.outputs[0]), record)


def described(record: JobRecord) -> dict[str, Any]:
    """Describe a kept result with links to its files."""
    if record.report is not None:
        return {"jobId": record.id, **record.report}
    whole = record.archive or next(iter(record.outputs), None)
    data: dict[str, Any] = {
        "jobId": record.id,
        "downloadUrl": whole and download_url(record, whole.name),
        "originalSize": record.original_size,
        "processedSize": sum(item.size for item in record.outputs),
        "expiresAt": record.expires_at,
        "outputs": [_output(record, item) for item in record.outputs],
        "notes": list(record.notes),
    }
    if record.facts:
        data |= record.facts | {"facts": record.facts}
    if saved := _saved(record):
        data["savedFileId"] = saved
    if record.archive is not None:
        data["zipUrl"] = download_url(record, record.archive.name)
    if record.kind in ("pipeline", "pipeline-batch"):
        data["stepsCompleted"] = len(record.steps)
        data["steps"] = [
            {"step": number, "toolId": step.tool_id, "ms": step.ms, "size": step.size}
            for number, step in enumerate(record.steps, 1)
        ]
    if record.kind in BATCHES:
        data["results"] = manifest_of(record.items)
    return data


def send_output(output: Output) -> Response:
    """Send a file as a download: range requests and `ETag` work, nothing is sniffed."""
    response = send_ranges(
        output.path,
        mimetype=output.media_type,
        as_attachment=True,
        download_name=PurePosixPath(output.name).name,
        etag=True,
        max_age=0,
    )
    response.headers["Content-Disposition"] = disposition(PurePosixPath(output.name).name)
    return response


def disposition(name: str) -> str:
    """Write an attachment header after RFC 6266: an ASCII name, and the real one in UTF-8."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "'")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def wants_json() -> bool:
    """JSON only for callers that name it: `*/*`, as curl sends, gets the file."""
    accepted = request.accept_mimetypes
    return "application/json" in accepted.values() and (
        accepted["application/json"] >= accepted["application/octet-stream"]
    )


def iso(seconds: float) -> str:
    """Write a moment in ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _with_headers(response: Response, record: JobRecord) -> Response:
    response.headers["X-Job-Id"] = record.id
    if record.notes and (text := ascii_json(list(record.notes))):
        response.headers["X-Ashim-Notes"] = text
    if record.facts and (text := ascii_json(record.facts)):
        response.headers["X-Ashim-Facts"] = text
    response.headers["X-Original-Size"] = str(record.original_size)
    if saved := _saved(record):
        response.headers["X-Saved-File-Id"] = saved
    response.headers["X-Processed-Size"] = str(sum(item.size for item in record.outputs))
    if record.kind not in BATCHES and len(record.outputs) == 1:
        response.headers["X-Output-Filename"] = quote(record.outputs[0].name, safe="")
    if record.kind in BATCHES:
        names = {str(n): item.output for n, item in enumerate(record.items) if item.output}
        if text := ascii_json(names):
            response.headers["X-File-Results"] = text
    response.vary.add("Accept")
    return response


def _saved(record: JobRecord) -> str | None:
    """Give the version in the library that the one result is."""
    one = record.items if record.kind not in BATCHES else ()
    return next((item.saved_file_id for item in one), None)


def _output(record: JobRecord, output: Output) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": output.name,
        "mediaType": output.media_type,
        "size": output.size,
        "downloadUrl": download_url(record, output.name),
    }
    if output.width is not None:
        data |= {"width": output.width, "height": output.height}
    return data


def _archive(pieces: Iterable[bytes], name: str) -> Response:
    response = Response(pieces, mimetype=_ZIP)
    response.headers["Content-Disposition"] = disposition(name)
    return response


def _file(output: Output, folder: JobFolder) -> Response:
    """Send the file itself. The open file outlives its folder, so nothing is left behind."""
    response = send_output(output)
    folder.remove()
    return response
