"""The library, for a plugin of the server: under the rights of the one it acts for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ashim_core.engine.task import TaskInput
from ashim_core.library.intake import inspected
from ashim_core.library.records import FileList, FileQuery, FileRecord
from ashim_core.policy import Action, Actor, allowed, refusal

if TYPE_CHECKING:
    from ashim_core.core import Core


class ServerLibrary:
    """Files that people keep. What somebody may not see is not there for them: NotFound."""

    def __init__(self, core: "Core") -> None:
        self._core = core

    def add(self, who: Actor, path: Path, name: str) -> FileRecord:
        """Keep a copy of a file, looked at by a worker like an upload; give its record.

        Raises what `POST /api/v1/files/upload` refuses with.
        """
        _require(who, "files:create")
        with self._core.jobs.work.short_lived() as folder:
            upload = TaskInput(path=str(folder.borrow(path)), name=name)
            new = inspected(self._core.jobs, folder, [upload], who.id)
            return self._core.library.add(who, new)[0]

    def list(self, who: Actor, query: FileQuery) -> FileList:
        """Give a page of files, each by its newest version."""
        _require(who, "files:read")
        return self._core.library.list(who, query)

    @contextmanager
    def open(self, who: Actor, file_id: str) -> Iterator[Path]:
        """Give the file with the bytes of a version, to be read inside of the `with` alone."""
        _require(who, "files:read")
        row = self._core.library.find(who, file_id)
        with self._core.library.bytes_of(row) as path:
            yield path


def _require(who: Actor, action: Action) -> None:
    if not allowed(who, action):
        raise refusal(who, action)
