"""A server that is killed at any moment has lost nothing that it said was saved."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

from ashim_core.store.database import open_store
from ashim_core.store.migrate import migrate

ROUNDS = 12


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ashim.db"
    chance = random.Random(1)
    saved: set[tuple[str, str]] = set()
    for number in range(ROUNDS):
        # The first ones are killed while they make or open the database, the others as they write.
        wait_s = chance.uniform(0.2, 0.8) if number < ROUNDS // 4 else 0
        lines = 0 if wait_s else chance.randrange(1, 60)
        saved |= killed_after(wait_s, lines, path, f"round{number}")
        if not path.exists():
            continue
        with closing(sqlite3.connect(path)) as look:
            assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert not saved or saved <= rows(look)
    assert len(saved) > 10 * ROUNDS
    with closing(open_store("", path)) as store:
        assert migrate(store) == []


def killed_after(wait_s: float, lines: int, path: Path, prefix: str) -> set[tuple[str, str]]:
    """Kill the writer after some time and so many lines; give all lines that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", str(path), prefix],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as printed:
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
        read = [printed.readline() for _ in range(lines)]
        process.kill()
        read += printed.readlines()
    assert process.wait() == -9
    # A line without its end was being written when the process was killed.
    return {(line.split()[0], line.split()[1]) for line in read if line.endswith("\n")}


def rows(look: sqlite3.Connection) -> set[tuple[str, str]]:
    return {
        (table, row[0])
        for table in ("users", "api_keys", "teams")
        for row in look.execute(f"SELECT id FROM {table}")
    }
