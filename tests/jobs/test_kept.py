"""Results that are kept in a folder: until they expire, whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ashim_core.errors import StorageFull
from ashim_core.jobs.folders import WorkFolders
from ashim_core.jobs.kept import FolderResults
from ashim_core.testing import check_results
from ashim_core.testing.results import record_of


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkFolders]:
    with closing(WorkFolders(tmp_path)) as made:
        yield made


def test_a_folder_is_a_place_for_results(tmp_path: Path) -> None:
    check_results(lambda: FolderResults(tmp_path / "jobs"))


def test_a_record_without_room_keeps_nothing(work: WorkFolders, tmp_path: Path) -> None:
    folder = work.create()
    (folder.path / "result.json").symlink_to("/dev/full")
    with pytest.raises(StorageFull):
        FolderResults(tmp_path / "jobs").keep(folder, record_of(folder))
    assert not list((tmp_path / "jobs").iterdir())
    assert folder.path.is_dir()


def test_a_probe_without_room_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_written(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half_written)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        FolderResults(tmp_path / "jobs").probe()
    assert not list((tmp_path / "jobs").iterdir())
