"""Makes users, keys and teams as fast as it can and prints each id once it is saved; for a test
that kills it. Run with the path of the database and what to put before the names.
"""

import sys
from pathlib import Path

from argon2 import PasswordHasher

from ashim_core.config import Config
from ashim_core.identity import passwords
from ashim_core.identity.records import NewKey, NewUser
from ashim_core.identity.service import Identity
from ashim_core.policy import operator
from ashim_core.store.database import open_store
from ashim_core.store.migrate import migrate


def main(path: Path, prefix: str) -> None:
    store = open_store("", path)
    migrate(store)
    identity = Identity(store, Config(data_dir=path.parent, max_users=0))
    number = 0
    while True:
        number += 1
        name = f"{prefix}-{number}"
        new = NewUser(username=name, password="correct horse battery")
        user = identity.accounts.register(operator(), new, must_change=False)
        saved("users", user.id)
        saved("api_keys", identity.keys.create_for(operator(), user.id, NewKey()).id)
        saved("teams", identity.teams.create(operator(), name).id)


def saved(table: str, row_id: str) -> None:
    sys.stdout.write(f"{table} {row_id}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    main(Path(sys.argv[1]), sys.argv[2])
