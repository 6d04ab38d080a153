"""Which processes use a data folder: several servers may, but not beside a restore."""

import fcntl
from pathlib import Path
from typing import Self


class Presence:
    """Shows others that this process uses a data folder. Goes with the process, however that ends.

    alone: it is the only one, and others are kept waiting until `share`.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._lock = (data / "in-use").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.alone = False
        else:
            self.alone = True

    def share(self) -> None:
        """Let others in; wait for one that wants to be alone."""
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.alone = False

    def close(self) -> None:
        """Leave the folder."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()
