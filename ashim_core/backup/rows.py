"""The rows of a table as a file: one JSON object in each line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from ashim_core.backup.manifest import BackupProblem
from ashim_core.store.tables import Row, Table

_LONGEST = 4 * 1024 * 1024


def write_lines(path: Path, rows: Iterable[Row]) -> int:
    """Write rows to a new file; give how many."""
    count = 0
    with path.open("x", encoding="ascii") as file:
        for row in rows:
            file.write(json.dumps(row, allow_nan=False) + "\n")
            count += 1
    return count


def read_lines(path: Path, table: Table) -> Iterator[Row]:
    """Read rows; BackupProblem for what is no row of this table."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST):
            number += 1
            row = _parse(line)
            if row is None or row.keys() != set(table.columns):
                raise BackupProblem(f"The backup is wrong: line {number} of {path.name} is no row")
            yield row


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    scalars = all(value is None or isinstance(value, str | int | float) for value in row.values())
    return row if scalars else None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
