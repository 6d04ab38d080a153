"""A process that makes users, keys and teams as fast as it can, for tests that kill it."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from argon2 import PasswordHasher

from ashim_core.config import Config
from ashim_core.discovery import Sources
from ashim_core.executors.fork_server import ForkServer
from ashim_core.identity import passwords
from ashim_core.identity.records import NewKey, NewUser
from ashim_core.identity.service import Identity
from ashim_core.policy import operator
from ashim_core.store.database import open_store
from ashim_core.store.migrate import migrate

Saved = tuple[str, str]
"""A table, and the id of a row in it."""


class Writer:
    """Fills the database at a path, which may not be there yet.

    prefix: what to put before the names.
    """

    def __init__(self, path: Path, prefix: str) -> None:
        # There is one fork server for the whole process: that of the workers, which is to start
        # with what is theirs.
        ForkServer(Sources()).ensure()
        copies = get_context("forkserver")
        self._told, tell = copies.Pipe(duplex=False)
        self._process = copies.Process(target=_write, args=(path, prefix, tell))
        self._process.start()
        tell.close()

    def wait(self, seconds: float) -> None:
        """Let it work for some time."""
        self._process.join(seconds)

    def saved(self) -> Saved:
        """Wait until the next row is saved."""
        row: Saved = self._told.recv()
        return row

    def kill(self) -> list[Saved]:
        """Kill it; give all that it had saved and that wasn't asked for."""
        self._process.kill()
        with self._told:
            rest = list(self._rest())
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL
        return rest

    def _rest(self) -> Iterator[Saved]:
        # The last of it may have been told by half.
        with suppress(EOFError, OSError):
            while True:
                yield self.saved()


def _write(path: Path, prefix: str, tell: Connection) -> None:
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    store = open_store("", path)
    migrate(store)
    identity = Identity(store, Config(data_dir=path.parent, max_users=0))
    number = 0
    while True:
        number += 1
        name = f"{prefix}-{number}"
        new = NewUser(username=name, password="correct horse battery")
        user = identity.accounts.register(operator(), new, must_change=False)
        tell.send(("users", user.id))
        tell.send(("api_keys", identity.keys.create_for(operator(), user.id, NewKey()).id))
        tell.send(("teams", identity.teams.create(operator(), name).id))
