"""Clients that one test hands to the next: to build a whole server takes longer than most tests."""

import shutil
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ashim_core.config import Config
from ashim_core.errors import AshimError
from ashim_core.server.build import open_data
from ashim_core.testing.client import ToolClient

_Footprint = frozenset[tuple[str, int, int]]
_MANY = 1000
"""More jobs than one test starts."""


@dataclass
class _Kept:
    """A client, and how its data was when it was made. rows: of its database, as SQL."""

    client: ToolClient
    footprint: _Footprint
    rows: str


class KeptClients:
    """Keeps clients by what they were made of, as long as nothing is stored in their data folder.

    Jobs are removed, as their owners could; of anything else a client doesn't come clean.

    new_folder: makes an empty folder.
    """

    def __init__(self, new_folder: Callable[[], Path]) -> None:
        self._new_folder = new_folder
        self._kept: dict[Hashable, _Kept] = {}

    def get(self, key: Hashable, make: Callable[[Path], ToolClient]) -> ToolClient:
        """Give the client under a key; `make` makes one in a folder if there is none."""
        if key not in self._kept:
            client = make(self._new_folder() / "ashim")
            self._kept[key] = _Kept(client, _footprint(client), _rows(client))
        return self._kept[key].client

    def drop_changed(self) -> None:
        """Close the clients that are not as they were when they were made."""
        for key, kept in list(self._kept.items()):
            if not _is_clean(kept):
                del self._kept[key]
                kept.client.close()

    def close(self) -> None:
        """Close them all."""
        for kept in self._kept.values():
            kept.client.close()
        self._kept.clear()


def _is_clean(kept: _Kept) -> bool:
    """Say whether the data is as it was, after the jobs in it were removed."""
    client = kept.client
    if _footprint(client) == kept.footprint:
        return True
    try:
        _remove_jobs(client)
        after = _footprint(client)
        same = (
            _files(client, after) == _files(client, kept.footprint) and _rows(client) == kept.rows
        )
    except (AshimError, OSError, sqlite3.Error):  # that is how some tests leave it
        return False
    if same:
        kept.footprint = after
    return same


def _remove_jobs(client: ToolClient) -> None:
    for job in client.core.jobs.views(owner=None, limit=_MANY):
        client.core.jobs.remove(job.id)


def _footprint(client: ToolClient) -> _Footprint:
    """Give path, size and time of every file and folder of its data."""
    found = set()
    for path in client.core.config.data_dir.rglob("*"):
        # SQLite's index of the log is written by readers, too; what is written changes the log.
        # Folders of jobs come and go with every request: what stays of them is seen itself.
        if not path.name.endswith("-shm"):
            state = path.stat()
            found.add((str(path), state.st_size, 0 if path.is_dir() else state.st_mtime_ns))
    return frozenset(found)


def _files(client: ToolClient, footprint: _Footprint) -> _Footprint:
    """Leave out the database, which holds the same in many ways."""
    database = str(client.core.config.database_path)
    return frozenset(entry for entry in footprint if not entry[0].startswith(database))


def _rows(client: ToolClient) -> str:
    """Give all that is in the database, as SQL."""
    with closing(sqlite3.connect(client.core.config.database_path)) as database:
        return "\n".join(database.iterdump())


class PreparedData:
    """A new database, copied instead of made by every migration for each test.

    folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Config(data_dir=folder).database_path
        open_data(Config(data_dir=folder)).close()

    def lay_out(self, folder: Path) -> None:
        """Put the database into a data folder that has none."""
        target = folder / self._database.name
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            # With its permissions, which are for its owner only.
            shutil.copy(self._database, target)
