"""What `ashim run` shows on a terminal: a bar that moves, and complaints above it."""

import os
import pty
import re
import sys
from pathlib import Path

from tests.client.tools import complaint, damaged, folder, names_in, picture

_CLEARED = "\r\x1b[K"
_CURSOR_SHOWN, _CURSOR_HIDDEN = "\x1b[?25h", "\x1b[?25l"


def on_a_terminal(*arguments: object) -> tuple[int, str]:
    """Run a command on a terminal of its own; give its status and all that it wrote there."""
    command = [sys.executable, "-m", "ashim_core.cli.main", *map(str, arguments)]
    process, screen = pty.fork()
    if process == 0:
        os.execv(command[0], command)
    shown = b""
    while piece := _read(screen):
        shown += piece
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # how Linux says that nobody has the terminal open any more
        return b""


def test_a_bar_moves_and_complaints_stand_above_it(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    good = [picture(tmp_path / f"{number}.png") for number in range(3)]
    bad = damaged(tmp_path / "bad.png")
    command = ("run", "--server", "", "rotate", good[0], bad, *good[1:], "-o", out)
    status, shown = on_a_terminal(*command, "--angle", "90")
    assert status == 1
    assert list(dict.fromkeys(re.findall(r"\d/4", shown))) == ["0/4", "1/4", "2/4", "3/4", "4/4"]
    assert f"{_CLEARED}{complaint(bad)}\r\n" in shown
    assert shown.endswith("\r\n3 of 4 done, 1 failed\r\n")
    assert shown.rindex(_CURSOR_SHOWN) > shown.rindex(_CURSOR_HIDDEN)
    assert len(names_in(out)) == 3


def test_a_single_file_has_no_bar(tmp_path: Path) -> None:
    source = picture(tmp_path / "photo.png")
    command = ("run", "--server", "", "rotate", source, "--angle", "90", "-o", tmp_path / "a.png")
    assert on_a_terminal(*command) == (0, "")
    assert (tmp_path / "a.png").is_file()
