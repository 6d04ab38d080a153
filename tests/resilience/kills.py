"""Kill processes of a server under load, again and again, and look for what it has lost.

python -m tests.resilience.kills --times 100
"""

import io
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pyvips

from tests.patience import PATIENCE_S, until
from tests.resilience.client import Client, Unanswered
from tests.resilience.load import Load, photo
from tests.resilience.processes import is_alive
from tests.resilience.server import Server

WEB_PROCESSES = 2
THREADS = 8
POOL = "worker and fork server"
"""All of them at once: nobody is left who could start another one."""
VICTIMS = ("server", "web", "worker", "fork server", POOL)
ENVIRONMENT = {
    "ASHIM_WEB_PROCESSES": str(WEB_PROCESSES),
    "CONCURRENT_JOBS": "1",
    "CLEANUP_INTERVAL_MINUTES": "0.05",
}
OVER = ("completed", "failed", "cancelled")


@dataclass
class Report:
    """What came of it.

    losses: what must not happen. jobs: how many ended how. recovery: seconds until a fresh request
    was answered after each kind of kill.
    """

    kills: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    jobs: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    recovery: dict[str, list[float]] = field(default_factory=dict)
    longest_wait: float = 0


class Campaign:
    """A server under load whose processes are killed one after the other."""

    def __init__(self, data: Path, seed: int) -> None:
        self.report = Report()
        self._server = Server(data, **ENVIRONMENT)
        self._seed = seed
        self._dice = random.Random(seed)
        self._photo = photo(300, 200)
        self._completed: dict[str, Any] = {}
        self._ended: set[str] = set()

    def run(self, times: int) -> Report:
        """Kill so many times, then see to it that nothing was lost and nothing left behind."""
        try:
            self._server.start()
            load = Load(self._server.client, THREADS, self._seed)
            load.begin()
            try:
                for number, victim in zip(range(times), _victims(self._dice), strict=False):
                    self._round(number, victim, load)
            finally:
                load.end()
            self._all_ended(load, time.monotonic())
            self._nothing_left()
            self._results_are_there()
            self.report.answers = load.promises.answers
            self.report.losses += load.promises.broken
            self._server.stop()
        finally:
            self._server.clear()
        return self.report

    def _round(self, number: int, victim: str, load: Load) -> None:
        time.sleep(self._dice.uniform(0.3, 1.5))
        begin = time.monotonic()
        with self._counted(f"kill {number + 1}, {victim}"):
            self._kill(victim)
            until(self._answers, "an answer to a fresh request")
            self.report.recovery.setdefault(victim, []).append(time.monotonic() - begin)
            until(self._is_whole, "as many processes as before, none without parents")
            until(self._server.is_ready, "a server that says that it is ready")
            self._all_ended(load, begin)
        self.report.kills[victim] += 1

    def _kill(self, victim: str) -> None:
        if victim == "server":
            self._kill_server()
            return
        if victim == POOL:
            self._kill_all("fork server", "worker")
            return
        there = self._server.pids(victim)
        if not there:  # the fork servers were killed already, and no worker since
            victim, there = "worker", self._server.pids("worker")
        chosen = self._dice.choice(there)
        with suppress(ProcessLookupError):  # it may have been replaced just now
            os.kill(chosen, signal.SIGKILL)
        until(lambda: not is_alive(chosen), f"{victim} {chosen} to be gone")

    def _kill_all(self, *parts: str) -> None:
        chosen = [pid for part in parts for pid in self._server.pids(part)]
        for pid in chosen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(is_alive, chosen)), "all of them to be gone")

    def _kill_server(self) -> None:
        pids = [process.pid for process in self._server.processes()]
        self._server.kill()
        until(
            lambda: not any(map(is_alive, pids)) and not self._server.processes(),
            "all processes to end with the server",
        )
        self._server.start()

    def _is_whole(self) -> bool:
        """Count the processes. A fork server comes back when it is needed."""
        parts = Counter(process.part for process in self._server.processes())
        whole = {"server": 1, "web": WEB_PROCESSES, "worker": WEB_PROCESSES}
        return (
            parts["fork server"] <= WEB_PROCESSES
            and {part: parts[part] for part in ("server", "web", "worker")} == whole
        )

    def _answers(self) -> bool:
        try:
            reply = self._client.post(
                "/api/v1/tools/resize", [self._photo], settings={"width": 100}
            )
        except Unanswered:
            return False
        return reply.status == 200

    def _all_ended(self, load: Load, before: float) -> None:
        """Wait until every job that was acknowledged before a moment is over."""
        begin = time.monotonic()
        asked = dict(load.promises.acknowledged)
        open_jobs = {id for id, moment in asked.items() if moment < before} - self._ended
        deadline = begin + PATIENCE_S
        while open_jobs and time.monotonic() < deadline:
            open_jobs -= {id for id in open_jobs if self._is_over(id)}
            time.sleep(0.1)
        self.report.longest_wait = max(self.report.longest_wait, time.monotonic() - begin)
        for id in open_jobs:
            self.report.losses.append(f"job {id} is not over {PATIENCE_S} s after a kill")
            self._ended.add(id)

    def _is_over(self, id: str) -> bool:
        try:
            reply = self._client.get(f"/api/v1/jobs/{id}")
        except Unanswered:
            return False
        if reply.status == 404:
            self._lost(id, "is unknown")
            return True
        job = reply.json
        if reply.status != 200 or job["status"] not in OVER:
            return False
        self._ended.add(id)
        self.report.jobs[" ".join(filter(None, (job["status"], job.get("code"))))] += 1
        if job["status"] == "completed":
            self._completed[id] = job["result"]
        return True

    def _lost(self, id: str, how: str) -> None:
        self._ended.add(id)
        self.report.losses.append(f"job {id} {how}")

    def _results_are_there(self) -> None:
        """What was seen completed has to be completed still, and its results be pictures."""
        for id, result in self._completed.items():
            reply = self._client.get(f"/api/v1/jobs/{id}")
            if reply.status != 200 or reply.json["status"] != "completed":
                self.report.losses.append(f"job {id} was completed and is not any more")
                continue
            links = {result["downloadUrl"], *(item["downloadUrl"] for item in result["outputs"])}
            for link in links:
                if problem := _not_a_picture(self._client, link):
                    self.report.losses.append(f"job {id}: {problem}")

    def _nothing_left(self) -> None:
        """After the sweep there is no work of dead processes, and no folder without its row."""
        with self._counted("after all"):
            until(self._work_is_clean, "no folder of dead processes and ended jobs")
        folders = {path.name for path in (self._server.data / "jobs").iterdir()}
        states = self._states()
        for id in folders - states.keys():
            self.report.losses.append(f"folder {id} has no row")
        for id in {id for id, state in states.items() if state == "completed"} - folders:
            self.report.losses.append(f"job {id} is completed and has no folder")

    def _work_is_clean(self) -> bool:
        work = self._server.data / "work"
        instances = [path for path in work.iterdir() if path.is_dir()]
        return len(instances) == WEB_PROCESSES and not any(
            any(path.iterdir()) for path in instances
        )

    def _states(self) -> dict[str, str]:
        with closing(sqlite3.connect(self._server.data / "ashim.db")) as db:
            return dict(db.execute("SELECT id, state FROM jobs").fetchall())

    def _counted(self, moment: str) -> "_Counted":
        return _Counted(self.report, moment)

    @property
    def _client(self) -> Client:
        return self._server.client


class _Counted:
    """Has what doesn't come about counted as a loss, so that the others are still looked for."""

    def __init__(self, report: Report, moment: str) -> None:
        self._report = report
        self._moment = moment

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        if kind is not AssertionError:
            return False
        self._report.losses.append(f"{self._moment}: {error}")
        return True


def _victims(dice: random.Random) -> Iterator[str]:
    """Name one kind of process after the other, without end: all in a random order, and again."""
    while True:
        yield from dice.sample(VICTIMS, len(VICTIMS))


def _not_a_picture(client: Client, link: str) -> str | None:
    """Say what is wrong with a result, if anything is."""
    reply = client.get(link)
    if reply.status != 200:
        return f"{link} is answered with {reply.status}"
    try:
        for data in _pictures(reply.body):
            pyvips.Image.new_from_buffer(data, "", fail_on="warning").avg()
    except (pyvips.Error, zipfile.BadZipFile) as error:
        return f"{link} is no picture: {error}"
    return None


def _pictures(data: bytes) -> Iterator[bytes]:
    if not data.startswith(b"PK"):
        yield data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name != "manifest.json":
                yield archive.read(name)


def table(report: Report) -> str:
    """Write a report for people."""
    lines = ["kill          times   longest until a fresh request was answered"]
    for victim, count in sorted(report.kills.items()):
        slowest = max(report.recovery.get(victim, [0]))
        lines.append(f"{victim:<12} {count:>6}   {slowest:.1f} s")
    lines.append(f"longest until all jobs of before were over: {report.longest_wait:.1f} s")
    lines += [f"answers {name:<22} {count:>7}" for name, count in sorted(report.answers.items())]
    lines += [f"jobs    {name:<22} {count:>7}" for name, count in sorted(report.jobs.items())]
    lines += [f"LOST    {loss}" for loss in report.losses]
    lines.append(f"losses: {len(report.losses)}")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--times", default=100, show_default=True, help="How many kills.")
@click.option("--seed", default=1, show_default=True, help="Which kills, and when.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder; a new one by default.")
def main(times: int, seed: int, data: Path | None) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="kills-"))
    report = Campaign(data or scratch / "data", seed).run(times)
    click.echo(table(report))
    if report.losses:
        click.echo(f"what the server has left is in {data or scratch}")
        sys.exit(1)
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
