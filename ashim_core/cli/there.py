"""Tools on a server: files go there in portions, results come back."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import click

from ashim_core.cli.board import Board
from ashim_core.cli.place import Assignment, Made, Outcome, Take, ToolFacts
from ashim_core.client.address import Address
from ashim_core.client.answers import (
    FilesAnswer,
    JobAnswer,
    OutputAnswer,
    ToolAnswer,
    UnexpectedAnswer,
    plain,
)
from ashim_core.client.server import Server
from ashim_core.engine.task import Step
from ashim_core.errors import AllFailed, AshimError, FileTooLarge, TooManyFiles
from ashim_core.extra import Extra
from ashim_core.names import result_name

_MOST_FILES = 200
_MOST_BYTES = 100 * 1024 * 1024
"""What one request holds, a larger file alone aside: proxies refuse what is much larger."""

_Group = tuple[Path, ...]
_Portion = tuple[_Group, ...]


class There:
    """A server, with the tools that it offers to the owner of the key."""

    most_steps = 1000
    """More than any server takes: each has a limit of its own, and says so."""

    def __init__(self, address: Address, key: str | None) -> None:
        if key and not (address.encrypted or address.near):
            click.echo(f"warning: the key is sent unencrypted to {address.origin}", err=True)
        self._board: Board | None = None
        self._server = Server(address, key, self._tell)

    def tools(self) -> list[ToolFacts]:
        """Give the tools that are not switched off."""
        return [_facts(tool) for tool in self._server.tools() if tool.enabled]

    def tool(self, name: str) -> ToolFacts:
        """Look a tool up by its id or an alias; the server says when there is none."""
        return _facts(self._server.tool(name))

    def check(self, steps: Sequence[Step], *, pipeline: bool) -> None:
        """Leave it to the server: it refuses the first request, before any file is processed."""

    def carry_out(self, work: Assignment, board: Board, take: Take) -> None:
        """Send the files in portions, one by one; in smaller ones if the server wants that."""
        self._board = board
        room = _MOST_BYTES - sum(file.stat().st_size for file in work.extras.values())
        portions = deque(_portions(work.groups, _MOST_FILES if work.pictures else 1, room))
        ready = 0
        while portions:
            portion = portions.popleft()
            try:
                self._carry_out(work, portion, take, ready)
            except TooManyFiles:
                rest = [group for later in (portion, *portions) for group in later]
                portions = deque(_portions(rest, len(portion) // 2, room))
                continue
            except FileTooLarge as error:
                if len(portion) > 1:
                    portions.extendleft(reversed(_halves(portion)))
                    continue
                take(Outcome(error=error))
            ready += len(portion)

    def close(self) -> None:
        """Close all connections."""
        self._server.close()

    def _carry_out(self, work: Assignment, portion: _Portion, take: Take, ready: int) -> None:
        """Have one job done and take what came of it. ready: groups that came before."""
        job_id = self._start(work, portion)
        try:
            job = self._server.follow(job_id, partial(self._show, ready))
            for outcome in self._outcomes(job, work, portion):
                take(outcome)
        finally:
            # Whatever happened, nobody will ask for this job again.
            self._server.remove(job_id)

    def _start(self, work: Assignment, portion: _Portion) -> str:
        steps = [{"toolId": step.tool_id, "settings": step.settings} for step in work.steps]
        several = len(portion) > 1
        if work.pipeline:
            path = "/pipeline/batch" if several else "/pipeline/execute"
            form = {"pipeline": json.dumps(steps)}
        else:
            path = f"/tools/{work.steps[0].tool_id}{'/batch' if several else ''}"
            form = {"settings": json.dumps(work.steps[0].settings)}
        files = [file for group in portion for file in group]
        try:
            return self._server.start(path, form, files, work.extras)
        except AshimError as error:
            raise _refused(error, len(portion)) from error

    def _outcomes(self, job: JobAnswer, work: Assignment, portion: _Portion) -> Iterator[Outcome]:
        """Say what became of each group of one job."""
        count = len(portion)
        if job.status != "completed":
            error = AshimError(plain(job.error or f"The job is {job.status}."))
            # One file, or all of them for a reason of their own; otherwise it's about the job.
            if count > 1 and job.code != AllFailed.code:
                raise error
            yield from [Outcome(error=error)] * count
        elif (files := job.files) is None:
            if count > 1:
                raise UnexpectedAnswer(f"Expected {count} results, received a report.")
            yield Outcome(report=job.report)
        elif count == 1:
            made = [self._made(item) for item in files.outputs]
            yield Outcome(made, facts=files.facts, notes=files.notes)
        else:
            yield from self._items(files, work, portion)

    def _items(self, files: FilesAnswer, work: Assignment, portion: _Portion) -> Iterator[Outcome]:
        if len(files.results) != len(portion):
            raise UnexpectedAnswer(
                f"Expected {len(portion)} results, received {len(files.results)}."
            )
        outputs = {item.name: item for item in files.outputs}
        notes = files.notes
        for item, (file,) in zip(files.results, portion, strict=True):
            if output := outputs.get(item.output or ""):
                # The server's name has a number if another file of the same job has the same name.
                extension = Path(output.name).suffix.removeprefix(".")
                name = result_name(file.name, work.steps[-1].tool_id, extension)
                made = [Made(name, self._made(output).write)]
                yield Outcome(made, facts=item.facts, notes=notes)
            else:
                message = plain(item.message or "The server has no result.")
                yield Outcome(error=AshimError(message), notes=notes)
            notes = ()

    def _made(self, output: OutputAnswer) -> Made:
        return Made(output.name, partial(self._server.fetch, output.download_url))

    def _show(self, ready: int, job: JobAnswer) -> None:
        if self._board:
            self._board.reach(ready + job.completed_files + job.failed_files)

    def _tell(self, text: str) -> None:
        if self._board:
            self._board.say(text)
        else:
            click.echo(text, err=True)


def _facts(tool: ToolAnswer) -> ToolFacts:
    return ToolFacts(
        id=tool.id,
        aliases=tool.aliases,
        name=plain(tool.name),
        summary=plain(tool.summary),
        least=tool.inputs.min,
        most=tool.inputs.max,
        picture=tool.animation is not None,
        schema=tool.settings,
        extras=[
            Extra(item.name, item.required, plain(item.description)) for item in tool.inputs.extras
        ],
    )


def _refused(error: AshimError, count: int) -> AshimError:
    """Tell what smaller portions can mend from what ends everything."""
    if error.status == FileTooLarge.status:
        return FileTooLarge(error.message, details=error.details)
    if error.code == TooManyFiles.code and count > 1:
        return TooManyFiles(error.message, details=error.details)
    return error


def _portions(groups: Sequence[_Group], most: int, most_bytes: int) -> Iterator[_Portion]:
    """Put as many groups together as fit into a request."""
    portion: list[_Group] = []
    room = most_bytes
    for group in groups:
        size = sum(file.stat().st_size for file in group)
        if portion and (len(portion) == most or size > room):
            yield tuple(portion)
            portion, room = [], most_bytes
        portion.append(group)
        room -= size
    if portion:
        yield tuple(portion)


def _halves(portion: _Portion) -> tuple[_Portion, _Portion]:
    middle = len(portion) // 2
    return portion[:middle], portion[middle:]
