"""Small pictures of files in the library, made when somebody first asks for one."""

from pathlib import Path

from ashim_core.engine.task import TaskInput
from ashim_core.errors import AshimError, NoThumbnail
from ashim_core.jobs.service import Jobs
from ashim_core.library.blobs import Blobs
from ashim_core.own import THUMBNAIL
from ashim_core.store.models import File

_OURS = 500
"""From this status on it is the server that failed, and not the file."""


class Thumbnails:
    """JPEGs of at most 300 pixels in width.

    Each version has one of its own, even if another one has the same bytes: how soon it is there
    must not tell anybody that somebody else has the same picture.
    """

    def __init__(self, folder: Path, jobs: Jobs, blobs: Blobs) -> None:
        self._folder = folder
        self._jobs = jobs
        self._blobs = blobs

    def of(self, row: File) -> Path:
        """Give the thumbnail of a version. NoThumbnail when none can be made of it.

        FileNotFoundError when its bytes are gone.
        """
        place = self._shelf(row.digest) / f"{row.digest}.{row.id}.jpg"
        if not place.exists():
            self._make(row, place)
        return place

    def forget(self, digest: str) -> None:
        """Remove the thumbnails of bytes that are gone: nobody can ask for them any more."""
        for path in self._shelf(digest).glob(f"{digest}.*"):
            path.unlink(missing_ok=True)

    def _make(self, row: File, place: Path) -> None:
        upload = TaskInput(path=str(self._blobs.local(row.digest)), name=row.name)
        try:
            with self._jobs.run_once(THUMBNAIL, upload) as result:
                place.parent.mkdir(parents=True, exist_ok=True)
                Path(result.outputs[0].path).rename(place)
        except AshimError as error:
            if error.status >= _OURS:
                raise
            raise NoThumbnail(f"There is no thumbnail of this file. {error.message}") from None
        try:
            self._blobs.local(row.digest)
        except FileNotFoundError:
            # They went while it was made, and so must it.
            place.unlink(missing_ok=True)
            raise

    def _shelf(self, digest: str) -> Path:
        return self._folder / digest[:2]
