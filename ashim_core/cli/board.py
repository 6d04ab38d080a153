"""What people see while files are worked on: a bar on a terminal, complaints, and the sum."""

import sys
from types import TracebackType
from typing import Any, Self

import click

_SHOWN = 24
"""Characters of a file name beside the bar."""
_CLEAR = "\r\033[K"


def _short(name: str | None) -> str | None:
    return name and name[:_SHOWN]


class Board:
    """Goes to standard error, so that standard output holds results and nothing else.

    total: how many groups of files there are; for a single one there is no bar and no sum.
    """

    def __init__(self, total: int) -> None:
        stream = sys.stderr
        self._total = total
        self._done = 0
        self._failed = 0
        self._notes: set[str] = set()
        self._visible = total > 1 and stream.isatty()
        self._bar: Any = click.progressbar(
            length=total,
            hidden=not self._visible,
            show_pos=True,
            show_percent=False,
            item_show_func=_short,
            file=stream,
        )

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.__exit__(kind, error, trace)
        begun = self._done + self._failed > 0
        if begun and self._total > 1 and (kind is None or issubclass(kind, Exception)):
            failed = f", {self._failed} failed" if self._failed else ""
            click.echo(f"{self._done} of {self._total} done{failed}", err=True)

    @property
    def failed(self) -> bool:
        """Something has failed."""
        return self._failed > 0

    def reach(self, count: int) -> None:
        """Have the bar show that so many groups are processed; it never goes back."""
        if self._visible and count > self._bar.pos:
            self._bar.update(min(count, self._total) - self._bar.pos)

    def tick_off(self, name: str, *, failed: bool = False) -> None:
        """Count a group whose results are in their place, or that has failed."""
        self._done += not failed
        self._failed += failed
        if self._visible:
            self._bar.current_item = name
            self.reach(self._done + self._failed)
            self._bar.render_progress()

    def note(self, text: str) -> None:
        """Say once what was lost or ignored on the way."""
        if text not in self._notes:
            self._notes.add(text)
            self.say(f"note: {text}")

    def say(self, text: str, *, result: bool = False) -> None:
        """Print a line above the bar. result: it is what the command was asked for."""
        if self._visible:
            click.echo(_CLEAR, err=True, nl=False)
        click.echo(text, err=not result)
