"""From files and steps to results in their place, wherever the work is done."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ashim_core.cli.board import Board
from ashim_core.cli.options import fail, shown
from ashim_core.cli.place import Assignment, Outcome, Place, ToolFacts
from ashim_core.cli.target import Target
from ashim_core.errors import AshimError


def grouped(tool: ToolFacts, files: Sequence[Path]) -> tuple[tuple[Path, ...], ...]:
    """Say which files are for which run: one each, or all for a tool that takes several at once."""
    together = tool.most != 1 or not files
    groups = ((*files,),) if together else tuple((file,) for file in files)
    for group in groups:
        if not tool.least <= len(group) <= tool.most:
            span = f"{tool.least} to {tool.most}" if tool.least < tool.most else str(tool.least)
            fail(f"{tool.id} takes {span} file(s), received {len(group)}")
    return groups


def carry_out(place: Place, work: Assignment, target: Target) -> None:
    """Do the work; ends the command with status 1 when something failed."""
    target.check(work)
    with Board(len(work.groups)) as board:
        place.carry_out(work, board, _Taker(work, target, board).take)
    if board.failed:
        raise SystemExit(1)


class _Taker:
    """Puts what became of each group where it belongs."""

    def __init__(self, work: Assignment, target: Target, board: Board) -> None:
        self._work = work
        self._target = target
        self._board = board
        self._groups = iter(work.groups)

    def take(self, outcome: Outcome) -> None:
        """Save, print or complain; the next outcome is for the next group."""
        name = ", ".join(map(shown, next(self._groups)))
        for note in outcome.notes:
            self._board.note(note)
        if error := self._deliver(outcome, name):
            self._complain(error, name)
        self._board.tick_off(name, failed=error is not None)

    def _deliver(self, outcome: Outcome, name: str) -> AshimError | None:
        if outcome.error is not None:
            return outcome.error
        if outcome.report is not None:
            self._board.say(self._text(outcome.report, name), result=True)
            return None
        try:
            self._target.save(outcome.files)
        except AshimError as error:
            if error.status >= 500:  # not about this file: the next one would fare no better
                raise
            return error
        if outcome.facts:
            about = f"{name}: " if len(self._work.groups) > 1 else ""
            self._board.say(f"{about}{json.dumps(outcome.facts)}")
        return None

    def _text(self, report: Mapping[str, Any], name: str) -> str:
        if len(self._work.groups) == 1:
            return json.dumps(report, indent=2, ensure_ascii=False)
        return json.dumps({"file": name} | {**report} | {"file": name}, ensure_ascii=False)

    def _complain(self, error: AshimError, name: str) -> None:
        text = f"{name}: {error.message}" if name else error.message
        if len(self._work.groups) == 1:
            fail(text)
        self._board.say(text)
