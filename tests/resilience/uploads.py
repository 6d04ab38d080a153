"""Kill a server that keeps files, again and again, and look for files that it has lost.

python -m tests.resilience.uploads --times 100
"""

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.patience import until
from tests.resilience.client import Unanswered
from tests.resilience.keepers import Chain, Crowd
from tests.resilience.processes import is_alive
from tests.resilience.server import Server

WEB_PROCESSES = 2
KEEPERS = 4
VICTIMS = ("server", "web")
ENVIRONMENT = {
    "ASHIM_WEB_PROCESSES": str(WEB_PROCESSES),
    "CONCURRENT_JOBS": "1",
    "CLEANUP_INTERVAL_MINUTES": "0.05",
}


@dataclass
class Report:
    """What came of it.

    losses: what must not happen. files: what became of the files. recovery: seconds until the list
    was answered after each kind of kill. strays: bytes without a row, and unfinished ones, that
    were found at the moments when the whole server was dead; the next sweep has to remove them.
    """

    kills: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    recovery: dict[str, list[float]] = field(default_factory=dict)
    strays: int = 0
    swept_after: float = 0


class Campaign:
    """A server full of files whose processes are killed one after the other."""

    def __init__(self, data: Path, seed: int) -> None:
        self.report = Report()
        self._server = Server(data, **ENVIRONMENT)
        self._dice = random.Random(seed)
        self._crowd = Crowd(self._server.client.port, KEEPERS, seed)
        self._files = data / "files"

    def run(self, times: int) -> Report:
        """Kill so many times, then hold everything against what was promised."""
        try:
            self._server.start()
            self._crowd.begin()
            try:
                for number in range(times):
                    self._round(number, VICTIMS[number % len(VICTIMS)])
            finally:
                self._crowd.end()
            self._await_sweep()
            for chain in self._crowd.chains:
                self._look_at(chain)
            self._look_at_rows()
            self._add_up()
            self._server.stop()
        finally:
            self._server.clear()
        return self.report

    def _round(self, number: int, victim: str) -> None:
        time.sleep(self._dice.uniform(0.3, 1.2))
        begin = time.monotonic()
        try:
            self._kill(victim)
            until(self._answers, "the list of files")
            recovered = time.monotonic() - begin
            self.report.recovery.setdefault(victim, []).append(recovered)
            until(self._is_whole, "as many web processes as before")
        except AssertionError as error:
            self.report.losses.append(f"kill {number + 1}, {victim}: {error}")
        self.report.kills[victim] += 1

    def _is_whole(self) -> bool:
        return len(self._server.pids("web")) == WEB_PROCESSES

    def _kill(self, victim: str) -> None:
        if victim == "web":
            chosen = [self._dice.choice(self._server.pids("web"))]
        else:
            chosen = [process.pid for process in self._server.processes()]
        for pid in chosen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victim == "web":
            until(lambda: not is_alive(chosen[0]), f"{chosen[0]} to be gone")
            return
        self._server.kill()
        until(lambda: not self._server.processes(), "no process to be left")
        self._look_while_dead()
        self._server.start()

    def _answers(self) -> bool:
        with suppress(Unanswered):
            return self._server.client.get("/api/v1/files?limit=1").status == 200
        return False

    def _look_while_dead(self) -> None:
        """Whatever was killed, no row may refer to bytes that aren't there, whole."""
        rows, there = self._digests(), self._blobs()
        for digest in rows - there:
            self.report.losses.append(f"a row refers to {digest}, which is not there")
        for digest in rows & there:
            if digest != _digest_of(self._files / digest[:2] / digest):
                self.report.losses.append(f"{digest} holds other bytes")
        self.report.strays += len(there - rows) + len(self._unfinished())

    def _await_sweep(self) -> None:
        begin = time.monotonic()
        try:
            until(self._is_clean, "no bytes without a row, and no work of the dead")
        except AssertionError as error:
            left = sorted(self._blobs() - self._digests())
            self.report.losses.append(f"{error}: {left} {self._unfinished()} {self._work()}")
        self.report.swept_after = time.monotonic() - begin

    def _is_clean(self) -> bool:
        return not (self._blobs() ^ self._digests() or self._unfinished() or self._work())

    def _look_at(self, chain: Chain) -> None:
        """What was acknowledged is there with its bytes, or gone; a deletion takes all or none."""
        states = {self._state(version, wanted) for version, wanted in chain.versions.items()}
        if len(states) > 1 or (chain.deleted is not None and states != {not chain.deleted}):
            expected = {True: "gone", False: "there", None: "all there, or all gone"}
            name = next(iter(chain.versions))
            self.report.losses.append(f"expected {name} to be {expected[chain.deleted]}")
        kind = {True: "deleted", False: "kept", None: "deletion never answered"}[chain.deleted]
        self.report.files[f"{kind}, files"] += 1
        self.report.files[f"{kind}, versions"] += len(chain.versions)

    def _state(self, version: str, wanted: str) -> bool:
        """Say whether a version is there; if it is, its bytes must be the right ones."""
        reply = self._server.client.get(f"/api/v1/files/{version}")
        if reply.status == 404:
            return False
        file = reply.json["file"]
        data = self._server.client.get(f"/api/v1/files/{version}/download").body
        found = hashlib.sha256(data).hexdigest()
        if found != file["sha256"] or wanted not in ("", found):
            self.report.losses.append(f"{version} has other bytes than it was promised")
        return True

    def _look_at_rows(self) -> None:
        """Versions count from 1 without gaps, the last one is the newest, and it is listed."""
        chains: dict[str, list[tuple[int, int, str]]] = {}
        for id, chain, version, newest in self._rows("id, chain, version, newest"):
            chains.setdefault(chain, []).append((version, newest, id))
        listed = self._listed()
        for chain, versions in chains.items():
            numbers = sorted((version, newest) for version, newest, _ in versions)
            if numbers != [(n, n == len(numbers)) for n in range(1, len(numbers) + 1)]:
                self.report.losses.append(f"the versions of {chain} are {numbers}")
            if max(versions)[2] not in listed:
                self.report.losses.append(f"{chain} is not listed")
        if len(listed) != len(chains):
            self.report.losses.append(f"{len(listed)} files are listed, {len(chains)} are there")

    def _listed(self) -> set[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = self._server.client.get(f"/api/v1/files?limit=500{cursor}").json
            found |= {file["id"] for file in page["files"]}
            if not page["nextCursor"]:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    def _add_up(self) -> None:
        for keeper in self._crowd.keepers:
            self.report.answers += keeper.answers
            self.report.losses += keeper.broken

    def _rows(self, columns: str) -> list[tuple[str, str, int, int]]:
        with closing(sqlite3.connect(self._server.data / "ashim.db")) as db:
            return db.execute(f"SELECT {columns} FROM files").fetchall()

    def _digests(self) -> set[str]:
        return {row[0] for row in self._rows("digest")}

    def _blobs(self) -> set[str]:
        return {path.name for path in self._files.glob("??/*") if "." not in path.name}

    def _unfinished(self) -> list[str]:
        return [path.name for path in self._files.glob("??/*.*")]

    def _work(self) -> list[str]:
        return [str(path) for path in _inside(self._server.data / "work")]


def _inside(work: Path) -> Iterator[Path]:
    """Give the folders of dead processes, and of jobs that are at work."""
    folders = [path for path in work.iterdir() if path.is_dir()]
    if len(folders) > WEB_PROCESSES:
        yield from folders
    for folder in folders:
        with suppress(FileNotFoundError):
            yield from folder.iterdir()


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def table(report: Report) -> str:
    """Write a report for people."""
    lines = ["kill      times   longest until the list of files was answered"]
    for victim, count in sorted(report.kills.items()):
        slowest = max(report.recovery.get(victim, [0]))
        lines.append(f"{victim:<8} {count:>6}   {slowest:.1f} s")
    lines.append(f"bytes without a row found while everything was dead: {report.strays}")
    lines.append(f"until the sweep had removed all that was left: {report.swept_after:.1f} s")
    lines += [f"answers {name:<32} {count:>7}" for name, count in sorted(report.answers.items())]
    lines += [f"files   {name:<32} {count:>7}" for name, count in sorted(report.files.items())]
    lines += [f"LOST    {loss}" for loss in report.losses]
    lines.append(f"losses: {len(report.losses)}")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--times", default=100, show_default=True, help="How many kills.")
@click.option("--seed", default=1, show_default=True, help="Which kills, and when.")
def main(times: int, seed: int) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="uploads-"))
    report = Campaign(scratch / "data", seed).run(times)
    click.echo(table(report))
    if report.losses:
        click.echo(f"what the server has left is in {scratch}")
        sys.exit(1)
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
