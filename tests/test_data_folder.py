"""Other users of the machine can't read what lies in the data folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ashim_core.data_folder import make_private
from tests.web.live import new_server
from tests.web.uploads import post


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Leave the process as it was: a umask is everybody's."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("umask", "folder", "file"),
    [("077", 0o700, 0o600), ("027", 0o750, 0o640), ("0022", 0o755, 0o644)],
)
def test_a_new_folder_is_for_whom_the_umask_allows(
    tmp_path: Path, umask: str, folder: int, file: int
) -> None:
    data = tmp_path / "some" / "data"
    make_private(data, umask)
    (data / "a.png").write_bytes(b"")
    assert (mode(data), mode(data / "a.png")) == (folder, file)


def test_a_folder_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path, "077")
    assert mode(tmp_path) == 0o700


def test_a_folder_that_is_closed_further_stays_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    make_private(tmp_path, "027")
    assert mode(tmp_path) == 0o500


def test_a_folder_of_somebody_else_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    make_private(tmp_path, "077")
    assert mode(tmp_path) == 0o777


def test_nothing_that_a_server_writes_can_be_read_by_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with new_server(data) as server:
        reply = post(server.address, "tools/resize", {"Accept": "application/json"}, width=8)
        assert reply.json["downloadUrl"]
        written = [path for path in data.rglob("*") if path != server.output]
        open_to_others = [str(path) for path in written if mode(path) & 0o077]
    assert mode(data) == 0o700
    assert list(data.glob("jobs/*/out/*"))
    assert open_to_others == []
