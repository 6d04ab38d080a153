"""One module decides how a result is answered: the file, JSON, or a ZIP of several files."""

import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request, send_file

from ashim_core.engine.task import Output, TaskInput, TaskResult
from ashim_core.storage import JobFolder, JobRecord
from ashim_core.web.context import actor, core, preferences
from ashim_core.web.links import download_url

_COMPRESSIBLE = frozenset({"image/svg+xml", "text/plain", "application/json", "image/bmp"})


def answer(
    folder: JobFolder, tool_id: str, inputs: list[TaskInput], result: TaskResult
) -> Response:
    """Answer a finished job in the way that the caller asked for."""
    original = sum(Path(item.path).stat().st_size for item in inputs)
    if result.report is not None:
        folder.remove()
        response = jsonify({"jobId": folder.id, **result.report})
    elif _wants_json():
        response = jsonify(_described(folder, tool_id, original, result))
    else:
        response = _file(_single(folder, tool_id, result), folder)
    response.headers["X-Job-Id"] = folder.id
    response.headers["X-Original-Size"] = str(original)
    response.headers["X-Processed-Size"] = str(sum(item.size for item in result.outputs))
    response.vary.add("Accept")
    return response


def send_output(output: Output) -> Response:
    """Send a file as a download: range requests and `ETag` work, nothing is sniffed."""
    response = send_file(
        output.path,
        mimetype=output.media_type,
        as_attachment=True,
        download_name=output.name,
        conditional=True,
        etag=True,
        max_age=0,
    )
    response.headers["Content-Disposition"] = disposition(output.name)
    return response


def disposition(name: str) -> str:
    """Write an attachment header after RFC 6266: an ASCII name, and the real one in UTF-8."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "'")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _wants_json() -> bool:
    """JSON only for callers that name it: `*/*`, as curl sends, gets the file."""
    accepted = request.accept_mimetypes
    return "application/json" in accepted.values() and (
        accepted["application/json"] >= accepted["application/octet-stream"]
    )


def _described(
    folder: JobFolder, tool_id: str, original: int, result: TaskResult
) -> dict[str, Any]:
    archive = _zip(folder, tool_id, result) if len(result.outputs) > 1 else None
    kept = result.outputs if archive is None else (*result.outputs, archive)
    record = core().jobs.keep(
        folder,
        result.model_copy(update={"outputs": kept}),
        actor().id,
        preferences().temp_file_max_age_hours,
    )
    described = {
        "jobId": folder.id,
        "downloadUrl": download_url(record, kept[-1].name),
        "originalSize": original,
        "processedSize": sum(item.size for item in result.outputs),
        "expiresAt": record.expires_at,
        "outputs": [_output(record, item) for item in result.outputs],
        "notes": list(result.notes),
    }
    if archive is not None:
        described["zipUrl"] = download_url(record, archive.name)
    return described


def _output(record: JobRecord, output: Output) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": output.name,
        "mediaType": output.media_type,
        "size": output.size,
        "downloadUrl": download_url(record, output.name),
    }
    if output.width is not None:
        described |= {"width": output.width, "height": output.height}
    return described


def _single(folder: JobFolder, tool_id: str, result: TaskResult) -> Output:
    if len(result.outputs) == 1:
        return result.outputs[0]
    return _zip(folder, tool_id, result)


def _zip(folder: JobFolder, tool_id: str, result: TaskResult) -> Output:
    """Pack several outputs; pictures are compressed already, so they are only stored."""
    path = folder.outputs / "results.zip"
    with zipfile.ZipFile(path, "x") as archive:
        for item in result.outputs:
            deflate = item.media_type in _COMPRESSIBLE
            archive.write(
                item.path, item.name, zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            )
    return Output(
        path=str(path),
        name=f"{tool_id}-{folder.id[:8]}.zip",
        media_type="application/zip",
        size=path.stat().st_size,
    )


def _file(output: Output, folder: JobFolder) -> Response:
    """Send the file itself. The open file outlives its folder, so nothing is left behind."""
    response = send_output(output)
    folder.remove()
    return response
