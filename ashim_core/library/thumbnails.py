"""Small pictures of files in the library, made when somebody first asks for one."""

from pathlib import Path

from ashim_core.engine.own import THUMBNAIL
from ashim_core.engine.task import Step, TaskInput
from ashim_core.jobs.service import Jobs
from ashim_core.library.blobs import Blobs, borrow
from ashim_core.storage import JobFolder


class Thumbnails:
    """JPEGs of at most 300 pixels in width, one for each SHA-256."""

    def __init__(self, folder: Path, jobs: Jobs, blobs: Blobs) -> None:
        self._folder = folder
        self._jobs = jobs
        self._blobs = blobs

    def of(self, digest: str, name: str) -> Path:
        """Give the thumbnail of a picture. Raises what decoding a picture may raise.

        name: what it is called, for the message.
        """
        place = self._place(digest)
        if not place.exists():
            folder = self._jobs.storage.create()
            try:
                self._make(folder, digest, name, place)
            finally:
                folder.remove()
        return place

    def forget(self, digest: str) -> None:
        """Remove a thumbnail that nobody can ask for any more."""
        self._place(digest).unlink(missing_ok=True)

    def _make(self, folder: JobFolder, digest: str, name: str, place: Path) -> None:
        picture = folder.new_input()
        borrow(self._blobs.local(digest), picture)
        upload = TaskInput(path=str(picture), name=name)
        result = self._jobs.run_one(folder, [Step(tool_id=THUMBNAIL)], [upload])
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(result.outputs[0].path).rename(place)

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.jpg"
