"""The library: files that are kept, and their versions."""

from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response

from ashim_core.errors import NoFile, TooManyFiles
from ashim_core.jobs.folders import JobFolder
from ashim_core.library.intake import inspected
from ashim_core.library.records import (
    Deleted,
    FileAndVersions,
    FileIds,
    FileList,
    FileQuery,
    SavedFile,
    Uploaded,
    VersionFields,
)
from ashim_core.library.service import NewFile
from ashim_core.openapi.shapes import FileAnswer, Form
from ashim_core.store.models import File
from ashim_core.web.answers import disposition
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view, json_view
from ashim_core.web.forms import expect_fields, received_fields
from ashim_core.web.permissions import requires
from ashim_core.web.ranges import send_ranges
from ashim_core.web.uploads import received_files, receiving

blueprint = Blueprint("library", __name__, url_prefix="/api/v1")

_DAY_S = 86_400
_UNDECODED = ("422", "500", "501", "504", "507")
"""How it may be said that a picture which is kept already can't be made smaller."""
_HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""What a drawing may do that somebody opens in a browser: be drawn."""


@blueprint.post("/upload", endpoint="upload_file")
@blueprint.post("/files/upload")
@requires("files:create")
@json_view(HTTPStatus.CREATED, form=Form(many=True))
def upload_files() -> Uploaded:
    """Keep the uploaded files. If one of them is no picture, none is kept."""
    most = core().config.max_batch_size
    with receiving(most) as folder:
        expect_fields(())
        new = _received(folder, most)
        kept = core().library.add(actor(), new)
        folder.remove()
        return Uploaded(files=kept)


@blueprint.get("/files")
@requires("files:read")
@json_view()
def list_files(query: FileQuery) -> FileList:
    """List files by their newest versions."""
    return core().library.list(actor(), query)


@blueprint.get("/files/<file_id>")
@requires("files:read")
@json_view()
def get_file(file_id: str) -> FileAndVersions:
    """Describe a file and all versions of it."""
    return core().library.get(actor(), file_id)


@blueprint.get("/files/<file_id>/download")
@requires("files:read", many=True)
@file_view(FileAnswer("The bytes.", "image/*"))
def download_file(file_id: str) -> Response:
    """Download a version."""
    row = core().library.find(actor(), file_id)
    with core().library.bytes_of(row) as path:
        response = _sent(path, row, row.media_type, row.digest)
    response.headers["Content-Disposition"] = disposition(row.name)
    response.headers["Content-Security-Policy"] = _HARMLESS
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/files/<file_id>/thumbnail")
@requires("files:read", many=True)
@file_view(FileAnswer("The small picture.", "image/jpeg"), refusals=_UNDECODED)
def get_thumbnail(file_id: str) -> Response:
    """Get a JPEG of 300 pixels in width.

    It is made when somebody first asks for it. 422 `NO_THUMBNAIL` says that none can be made: the
    file is no picture, is damaged, or is in a format that nothing reads any more.
    """
    row = core().library.find(actor(), file_id)
    with core().library.bytes_of(row):
        path = core().thumbnails.of(row)
        response = _sent(path, row, "image/jpeg", f"thumbnail-{row.digest}")
    response.headers["Content-Disposition"] = "inline; filename=thumbnail.jpg"
    response.headers["Cache-Control"] = f"private, max-age={_DAY_S}, immutable"
    return response


@blueprint.post("/files/<file_id>/restore")
@requires("files:change")
@json_view(HTTPStatus.CREATED)
def restore_version(file_id: str) -> SavedFile:
    """Make an old version the newest one; the versions since then stay."""
    return SavedFile(file=core().library.restore(actor(), file_id))


@blueprint.post("/files/save-result")
@requires("files:change")
@json_view(HTTPStatus.CREATED, form=Form(VersionFields))
def save_result() -> SavedFile:
    """Keep the uploaded file as the newest version of the file that `parentId` names."""
    library = core().library
    with receiving(1) as folder:
        said = received_fields(VersionFields)
        library.find(actor(), said.parent_id, "files:change")
        tools = [said.tool_id] if said.tool_id else []
        kept = library.add_version(actor(), said.parent_id, _received(folder, 1)[0], tools)
        folder.remove()
        return SavedFile(file=kept)


@blueprint.delete("/files/<file_id>")
@requires("files:change")
@json_view()
def delete_file(file_id: str) -> Deleted:
    """Delete a file with all its versions."""
    core().library.find(actor(), file_id, "files:change")
    return Deleted(deleted=core().library.delete(actor(), [file_id]))


@blueprint.delete("/files")
@requires("files:change")
@json_view()
def delete_files(body: FileIds) -> Deleted:
    """Delete several files with all their versions; what isn't there is left out."""
    return Deleted(deleted=core().library.delete(actor(), body.ids))


def _received(folder: JobFolder, most: int) -> list[NewFile]:
    """Look at the uploads of this request; NoFile, TooManyFiles, or why one is no picture."""
    uploads = received_files()
    if not 1 <= len(uploads) <= most:
        problem = TooManyFiles if uploads else NoFile
        raise problem(
            f"Expected 1 to {most} files, received {len(uploads)}.",
            details=[
                {"field": "file", "expected": f"1 to {most} files", "received": str(len(uploads))}
            ],
        )
    return inspected(core().jobs, folder, uploads, actor().id)


def _sent(path: Path, row: File, media_type: str, tag: str) -> Response:
    # The moment when the bytes came to the disk may be one when somebody else uploaded them.
    return send_ranges(path, mimetype=media_type, etag=tag, last_modified=row.created, max_age=0)
