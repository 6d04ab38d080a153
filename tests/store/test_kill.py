"""A server that is killed at any moment has lost nothing that it said was saved."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from ashim_core.store.database import open_store
from ashim_core.store.migrate import migrate
from tests.store.writer import Saved, Writer

ROUNDS = 12


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ashim.db"
    chance = random.Random(1)
    saved: set[Saved] = set()
    for number in range(ROUNDS):
        # The first ones are killed while they make or open the database, the others as they write.
        wait_s = chance.uniform(0, 0.3) if number < ROUNDS // 4 else 0
        count = 0 if wait_s else chance.randrange(1, 60)
        saved |= killed_after(wait_s, count, path, f"round{number}")
        if not path.exists():
            continue
        with closing(sqlite3.connect(path)) as look:
            assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert not saved or saved <= rows(look)
    assert len(saved) > 10 * ROUNDS
    with closing(open_store("", path)) as store:
        assert migrate(store) == []


def killed_after(wait_s: float, count: int, path: Path, prefix: str) -> set[Saved]:
    """Kill the writer after some time and so many rows; give all rows that it told of."""
    writer = Writer(path, prefix)
    writer.wait(wait_s)
    told = [writer.saved() for _ in range(count)]
    return {*told, *writer.kill()}


def rows(look: sqlite3.Connection) -> set[Saved]:
    return {
        (table, row[0])
        for table in ("users", "api_keys", "teams")
        for row in look.execute(f"SELECT id FROM {table}")
    }
