"""The fork server loads the plugins for all workers, and no plugin can spoil that for the others.

Each test runs its pool in a process of its own, since a process has one fork server.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

PLUGIN = """
    import os, signal, sys, threading, time
    from pathlib import Path
    from ashim_core.plugin import FileTool, ToolSettings, hookimpl

    class Settings(ToolSettings):
        pass

    def greet(context):
        "Say who is there."
        return {"pid": os.getpid(), "random": __import__("random").random()}

    @hookimpl
    def ashim_tools():
        yield FileTool("greet", greet, Settings, category="utilities", files=(0, 0))

    seen = Path(__file__).with_suffix(".seen")
    first = not seen.exists()
    with seen.open("a") as file:
        print(os.getpid(), file=file)
"""
SCRIPT = """
    import json, os, signal, sys, time
    from ashim_core.discovery import Sources
    from ashim_core.engine.task import Step, Task
    from ashim_core.errors import AshimError
    from ashim_core.executors import fork_server
    from ashim_core.executors.fork_server import ForkServer
    from ashim_core.executors.pool import PoolExecutor

    folder, rounds = sys.argv[1], int(sys.argv[2])

    def greeted(pool, number):
        place = os.path.join(folder, f"task{number}")
        os.mkdir(place)
        task = Task(id=str(number), steps=(Step(tool_id="greet"),), inputs=(), folder=place)
        while True:  # until it works again
            try:
                return pool.submit(task).result().report
            except AshimError as error:
                if error.status != 503:
                    raise
                time.sleep(0.05)

    if __name__ == "__main__":
        fork_server._PATIENCE_S = 2
        sources = Sources(modules=(("odd", f"{folder}/odd.py"),), entry_points=False)
        pool = PoolExecutor(sources, workers=1, queue_size=1, memory_mb=768)
        said, begin = [], time.monotonic()
        for number in range(rounds):
            said.append(greeted(pool, number))
            os.kill(said[-1]["pid"], signal.SIGKILL)
        print(json.dumps(
            {
                "said": said,
                "fork server": fork_server._running_pid,
                "seconds": time.monotonic() - begin,
            }
        ))
        pool.close()
"""

HANGS_S = 60
"""What a fork server is waited for at most; nobody should have to."""

Run = Callable[..., tuple[dict[str, Any], list[int]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a pool whose plugin does something odd at its first import, or always."""

    def run(
        deed: str = "", rounds: int = 3, script: str = SCRIPT
    ) -> tuple[dict[str, Any], list[int]]:
        (tmp_path / "odd.py").write_text(dedent(PLUGIN) + deed)
        place = tmp_path / "script.py"
        place.write_text(dedent(script))
        done = subprocess.run(
            [sys.executable, place, tmp_path, str(rounds)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        seen = [int(line) for line in (tmp_path / "odd.seen").read_text().split()]
        return json.loads(done.stdout.decode().splitlines()[-1]), seen

    return run


def test_plugins_are_loaded_once_for_all_workers(run: Run) -> None:
    told, seen = run()
    assert seen == [told["fork server"]]
    assert len({said["pid"] for said in told["said"]}) == 3


def test_workers_that_are_copies_draw_other_random_numbers(run: Run) -> None:
    told, _ = run()
    assert len({said["random"] for said in told["said"]}) == 3


@pytest.mark.parametrize(
    "deed",
    [
        "if first: os._exit(0)",
        "if first: os.kill(os.getpid(), signal.SIGSEGV)",
        "if first: time.sleep(600)",
        "if first: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "if first: os.closerange(3, 256)",
        "if first: os.register_at_fork(after_in_child=lambda: os._exit(1))",
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
    ],
)
def test_what_a_plugin_does_to_the_fork_server_costs_nobody_else(run: Run, deed: str) -> None:
    told, seen = run(deed)
    assert told["fork server"] not in seen[1:]
    assert {said["pid"] for said in told["said"]} <= set(seen), "expected each to load it itself"


def test_what_a_plugin_prints_disturbs_nothing(run: Run) -> None:
    told, seen = run("print('ready', flush=True)")
    assert seen == [told["fork server"]]


def test_a_fork_server_that_nobody_has_told_what_to_do_leaves_without_a_word() -> None:
    """The library starts one by itself when another one has died; it would know all secrets."""
    code = "import ashim_core.executors.preload; print('still here')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


DIES = """
    start, starts = ForkServer.ensure, []

    def ensure(self):
        start(self)
        starts.append(1)
        if len(starts) in (2, 4):
            os.kill(fork_server._running_pid, signal.SIGKILL)
            os.waitid(os.P_PID, fork_server._running_pid, os.WEXITED | os.WNOWAIT)

    ForkServer.ensure = ensure

    if __name__"""


def test_a_fork_server_that_dies_before_it_is_asked_for_a_worker_is_replaced_soon(run: Run) -> None:
    """The one that the library then starts by itself may be alive still when ours is started."""
    told, _ = run(script=SCRIPT.replace("\n    if __name__", DIES, 1), rounds=4)
    assert len({said["pid"] for said in told["said"]}) == 4
    assert told["seconds"] < HANGS_S


def test_one_that_never_started_takes_nobody_along() -> None:
    """It has no number: a signal to the number 0 goes to everybody in the group."""
    code = """
        from ashim_core.discovery import Sources
        from ashim_core.executors.fork_server import ForkServer

        server = ForkServer(Sources())
        print(server.failed(), server.failed())
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1 2\n"), done.stderr
