"""Commands that ask a person at a terminal."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.commands import OTHER_PASSWORD, PASSWORD, done, identity, login
from tests.patience import PATIENCE_S

_ON_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Terminal:
    """A command that runs on a terminal of its own. shown: what is on the screen."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.shown = ""

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, then type a line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = self.shown.count(question)
        while self.shown.count(question) == asked:
            ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
            piece = os.read(self._process.stdout.fileno(), 1024) if ready else b""
            assert piece, f"expected the question {question!r} in {self.shown!r}"
            self.shown += piece.decode()
        self._process.stdin.write(text.encode() + b"\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Wait for the end; give the exit status."""
        rest, _ = self._process.communicate(timeout=PATIENCE_S)
        self.shown += rest.decode()
        return self._process.returncode


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "ashim_core.cli.main", *arguments]
    with subprocess.Popen(
        [sys.executable, "-c", _ON_A_TERMINAL, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield Terminal(process)
        finally:
            process.kill()


def test_a_password_is_asked_for_twice_and_not_shown() -> None:
    with terminal("user", "set-password", "admin") as screen:
        screen.answer("New password:", PASSWORD)
        screen.answer("Once more:", PASSWORD)
        assert screen.end() == 0
    assert PASSWORD not in screen.shown
    assert "'admin' has the new password" in screen.shown
    assert login("admin", PASSWORD).user.must_change_password is False


def test_two_passwords_that_differ_are_asked_for_again() -> None:
    with terminal("user", "add", "mia") as screen:
        screen.answer("New password:", PASSWORD)
        screen.answer("Once more:", OTHER_PASSWORD)
        screen.answer("New password:", OTHER_PASSWORD)
        screen.answer("Once more:", OTHER_PASSWORD)
        assert screen.end() == 0
    assert login("mia", OTHER_PASSWORD).user.username == "mia"


def test_delete_asks_first() -> None:
    done("user", "add", "mia", typed=PASSWORD)
    for reply, status, left in (("n", 1, True), ("y", 0, False)):
        with terminal("user", "delete", "mia") as screen:
            screen.answer("Delete 'mia' with all API keys? [y/N]:", reply)
            assert screen.end() == status
        with identity() as people:
            assert (people.accounts.find("mia") is not None) is left
