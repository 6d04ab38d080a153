"""The result of a run: rows of target, figure and verdict, for people and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

Verdict = Literal["met", "not met", "-"]


@dataclass(frozen=True)
class Row:
    """One line of the result.

    key: the target's number, or `-` for a figure without one.
    gate: a target that must be met; the others are advice, wall times above all.
    """

    key: str
    what: str
    target: str
    figure: str
    verdict: Verdict
    gate: bool


def at_most(
    key: str,
    what: str,
    value: float,
    limit: float,
    *,
    unit: str = "x",
    gate: bool = True,
    more: str = "",
) -> Row:
    """Judge a figure that shall not be larger than a limit."""
    verdict: Verdict = "met" if value <= limit else "not met"
    return Row(key, what, f"<= {limit:g} {unit}", _figure(value, unit, more), verdict, gate)


def at_least(
    key: str,
    what: str,
    value: float,
    limit: float,
    *,
    unit: str = "x",
    gate: bool = True,
    more: str = "",
) -> Row:
    """Judge a figure that shall not be smaller than a limit."""
    verdict: Verdict = "met" if value >= limit else "not met"
    return Row(key, what, f">= {limit:g} {unit}", _figure(value, unit, more), verdict, gate)


def plain(what: str, figure: str) -> Row:
    """Report a figure that nothing is demanded of."""
    return Row("-", what, "-", figure, "-", gate=False)


def title(text: str) -> None:
    """Announce what is measured next."""
    click.echo(f"\n{text}")


def show(row: Row) -> None:
    """Print one row."""
    kind = "gate" if row.gate else "    "
    click.echo(
        f"  {row.key:4} {kind} {row.what:58} {row.target:>12}   {row.verdict:8} {row.figure}"
    )


def save(rows: Iterable[Row], machine: dict[str, str], path: Path) -> None:
    """Write all rows as JSON."""
    path.write_text(
        json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1)
    )


def _figure(value: float, unit: str, more: str) -> str:
    figure = f"{value:.3g} {unit}"
    return f"{figure} ({more})" if more else figure
