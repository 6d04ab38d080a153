"""Where a plugin has things kept in the place of the data folder, and what is there if it fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ashim_core.engine.task import Output
from ashim_core.errors import ServerBusy
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.kept import Results
from ashim_core.jobs.record import JobRecord
from ashim_core.library.blobs import Blob, Blobs


@dataclass(frozen=True)
class Storage:
    """Places for what is kept; None: as ever, in the data folder."""

    blobs: Blobs | None = None
    results: Results | None = None

    def __post_init__(self) -> None:
        if not (self.blobs is None or isinstance(self.blobs, Blobs)):
            raise TypeError(f"expected all methods of Blobs, got {self.blobs!r}")
        if not (self.results is None or isinstance(self.results, Results)):
            raise TypeError(f"expected all methods of Results, got {self.results!r}")


def out_of_order(plugin: str) -> Storage:
    """Give what stands in for the storage of a plugin that failed: nothing can be kept or read.

    What was kept there is not to be had, and what came elsewhere meanwhile would be lost later.
    """
    return Storage(_NoBlobs(plugin), _NoResults(plugin))


class _OutOfOrder:
    def __init__(self, plugin: str) -> None:
        self._plugin = plugin

    def _refuse(self) -> NoReturn:
        raise ServerBusy(f"The storage of the plugin '{self._plugin}' can't be used at the moment.")


class _NoResults(_OutOfOrder):
    def keep(self, folder: JobFolder, record: JobRecord) -> JobRecord:
        self._refuse()

    def record(self, job_id: str, owner: str | None = None) -> JobRecord:
        self._refuse()

    def output(self, job_id: str, name: str, owner: str | None = None) -> Output:
        self._refuse()

    def remove(self, job_id: str) -> None:
        self._refuse()

    def sweep(self) -> int:
        return 0

    def probe(self) -> None:
        self._refuse()


class _NoBlobs(_OutOfOrder):
    def prepare(self, path: Path) -> Blob:
        self._refuse()

    def place(self, blob: Blob) -> None:
        self._refuse()

    def local(self, digest: str) -> Path:
        self._refuse()

    def remove(self, digest: str) -> None:
        self._refuse()

    def shelves(self) -> Iterator[tuple[str, frozenset[str]]]:
        return iter(())

    def intact(self) -> bool:
        return False

    def adopt(self) -> None:
        """It stays what it is; nothing is known that could be in it."""
