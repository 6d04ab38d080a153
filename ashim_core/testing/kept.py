"""Clients that one test hands to the next: to build a whole server takes longer than most tests."""

import shutil
from collections.abc import Callable, Hashable
from pathlib import Path

from ashim_core.config import Config
from ashim_core.core import open_data
from ashim_core.testing.client import ToolClient

_Footprint = frozenset[tuple[str, int, int]]


class KeptClients:
    """Keeps clients by what they were made of, as long as nothing is stored in their data folder.

    new_folder: makes an empty folder.
    """

    def __init__(self, new_folder: Callable[[], Path]) -> None:
        self._new_folder = new_folder
        self._kept: dict[Hashable, tuple[ToolClient, _Footprint]] = {}

    def get(self, key: Hashable, make: Callable[[Path], ToolClient]) -> ToolClient:
        """Give the client under a key; `make` makes one in a folder if there is none."""
        if key not in self._kept:
            client = make(self._new_folder() / "ashim")
            self._kept[key] = client, _footprint(client)
        return self._kept[key][0]

    def drop_changed(self) -> None:
        """Close the clients that are not as they were when they were made."""
        for key, (client, before) in list(self._kept.items()):
            if _footprint(client) != before:
                del self._kept[key]
                client.close()

    def close(self) -> None:
        """Close them all."""
        for client, _ in self._kept.values():
            client.close()
        self._kept.clear()


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
