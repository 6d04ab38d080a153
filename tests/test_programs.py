"""Programs that tools start: what they see, and how long they may take."""

from pathlib import Path

import pytest

from ashim_core.errors import TimedOut
from ashim_core.programs import run_program


def test_a_program_gets_its_input_and_gives_what_it_prints(tmp_path: Path) -> None:
    done = run_program(["/bin/cat"], seconds=30, folder=tmp_path, text=b"hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"hello", b"")


def test_a_program_sees_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "1")
    done = run_program(["/usr/bin/env"], seconds=30, folder=tmp_path)
    assert {line.partition(b"=")[0] for line in done.stdout.splitlines()} == {b"PATH", b"LC_ALL"}


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(TimedOut, match="sleep did not end"):
        run_program(["/bin/sleep", "600"], seconds=0.2, folder=tmp_path)


def test_a_program_has_a_limit_of_its_own(tmp_path: Path) -> None:
    """Whatever the process that starts it has used before."""
    command = ["/bin/sh", "-c", "read line; ulimit -t"]
    done = run_program(command, seconds=7, folder=tmp_path, text=b"go\n")
    assert done.stdout.strip() == b"8"
