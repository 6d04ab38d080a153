"""Multipart requests: files stream to the job's folder, never whole in memory."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from flask import Request, request
from werkzeug.datastructures import FileStorage

from ashim_core.engine.task import TaskInput
from ashim_core.errors import FileTooLarge, InvalidRequest
from ashim_core.jobs.folders import JobFolder, known_when_full
from ashim_core.names import safe_name
from ashim_core.web.context import core, preferences
from ashim_core.web.form_parser import FormParser, Part
from ashim_core.web.forms import SETTINGS
from ashim_core.wire.safe_json import MAX_BYTES, parse_object

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MIB = 1024 * 1024
_FORM_BYTES = _MIB
_PARTS = 512
_MOST_JSON = 4 * MAX_BYTES + 4
"""Bytes of settings that are read: a character more than there may be, of the widest ones."""


class BoundedFile(io.FileIO):
    """A file that refuses to grow past a limit."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(path, "x+")
        self._left = limit
        self._limit = limit

    def write(self, data: Any) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise FileTooLarge(
                f"The file is larger than {_size(self._limit)}, the most that is accepted here."
            )
        with known_when_full():
            written = super().write(data)
            # The last piece that a disk has room for may be cut short, and who writes here
            # doesn't look: the next try gets the error.
            while written < len(data):
                written += super().write(data[written:])
        return written


class UploadRequest(Request):
    """A request whose file parts are written straight into a job's folder."""

    max_form_memory_size = _FORM_BYTES
    max_form_parts = _PARTS
    folder: JobFolder | None = None
    file_limit = 0

    def __init__(self, environ: "WSGIEnvironment") -> None:
        super().__init__(environ)
        self.open_files: list[BoundedFile] = []
        self._parser: FormParser | None = None

    @property
    def parts(self) -> Sequence[Part]:
        """The parts of a form in their order; none of any other body."""
        self._load_form_data()
        return self._parser.parts if self._parser else ()

    def make_form_data_parser(self) -> FormParser:
        """Make what reads the form, and keeps the order that `form` and `files` don't."""
        self._parser = FormParser(
            self._get_file_stream,
            self.max_form_memory_size,
            self.max_content_length,
            self.parameter_storage_class,
            max_form_parts=self.max_form_parts,
        )
        return self._parser

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.folder is None:
            raise InvalidRequest("This address takes no files.")
        file = BoundedFile(str(self.folder.new_input()), self.file_limit)
        self.open_files.append(file)
        return file


@contextmanager
def receiving(max_files: int, max_bytes: int | None = None) -> Iterator[JobFolder]:
    """Open a folder for the uploads of this request; it is removed when anything fails.

    Raises StorageFull before the body is read when too little room would be left.

    max_bytes: the largest single file; as the server is configured by default.
    """
    upload = _request()
    limit = max_bytes or preferences().file_upload_limit_mb * _MIB
    most = max(max_files, 1) * limit + 2 * _FORM_BYTES
    work = core().jobs.work
    # What is longer than that is refused as such, whatever room there is.
    wanted = min(request.content_length or 0, most)
    work.check_room(core().config.min_free_mb * _MIB, wanted)
    folder = work.create()
    upload.folder, upload.file_limit, upload.max_content_length = folder, limit, most
    try:
        yield folder
    except BaseException:
        folder.remove()
        raise
    finally:
        for file in upload.open_files:
            file.close()


def _request() -> UploadRequest:
    found = request
    if not isinstance(found, UploadRequest):
        raise TypeError("expected the application to use UploadRequest")
    return found


def _size(limit: int) -> str:
    return f"{limit // _MIB} MB" if limit >= _MIB else f"{limit // 1024} KB"


def received_parts() -> Iterator[tuple[str, str | TaskInput]]:
    """Give fields with their texts and uploads, in the order in which they came.

    Any part with a file name is an upload, but for the settings.
    """
    for field, part in _request().parts:
        if isinstance(part, str):
            yield field, part
        elif part.filename and field != SETTINGS:
            yield field, _input(field, part)


def received_files() -> list[TaskInput]:
    """Give the uploads in the order in which they came."""
    return [part for _, part in received_parts() if isinstance(part, TaskInput)]


def received_settings() -> dict[str, Any]:
    """Read the `settings` field, or a plain JSON body; absent means no settings."""
    if request.is_json:
        return parse_object(_decoded(request.stream.read(_MOST_JSON)), SETTINGS)
    if SETTINGS in request.files:
        # What browsers make of a field with a media type of its own: a file named "blob".
        stream = request.files[SETTINGS].stream
        stream.seek(0)
        return parse_object(_decoded(stream.read(_MOST_JSON)), SETTINGS)
    return parse_object(request.form.get(SETTINGS) or "{}", SETTINGS)


def _input(field: str, storage: FileStorage) -> TaskInput:
    file = storage.stream
    if not isinstance(file, BoundedFile):
        raise TypeError("expected uploads to be BoundedFile")
    # Whoever works on it opens it by its name; a batch would hold hundreds open meanwhile.
    file.close()
    return TaskInput(path=str(file.name), name=safe_name(storage.filename or ""), field=field)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("Expected the settings to be JSON in UTF-8.") from None
