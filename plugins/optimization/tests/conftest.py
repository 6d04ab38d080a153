"""ExifTool for the tests: one that reads for all of them, and a machine that lacks it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class ExifTool:
    """Runs commands in one ExifTool, as to start it takes far longer than to read a picture."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            ["exiftool", "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> str:
        """Give what a command prints; AssertionError if it fails."""
        talk, heard = self._program.stdin, self._program.stdout
        assert talk is not None
        assert heard is not None
        talk.write("\n".join([*arguments, "-echo3", "status ${status}", "-execute1", ""]))
        talk.flush()
        *printed, status = iter(heard.readline, "{ready1}\n")
        assert status == "status 0\n", f"expected exiftool to do {arguments}"
        return "".join(printed)

    def close(self) -> None:
        """End the program."""
        self._program.communicate("-stay_open\nFalse\n")


@pytest.fixture(scope="session")
def exiftool() -> Iterator[ExifTool]:
    """Give the one ExifTool."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed: apt-get install libimage-exiftool-perl")
    program = ExifTool()
    yield program
    program.close()


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this be a machine with apt-get, and with no other program."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
