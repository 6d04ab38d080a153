"""Folders of jobs: nothing stays of what failed, and several processes may clean up at a time."""

import errno
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from ashim_core.errors import StorageFull
from ashim_core.jobs.folders import WorkFolders, known_when_full

MIB = 1024 * 1024


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkFolders]:
    with closing(WorkFolders(tmp_path)) as made:
        yield made


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_used_up_quota_are_told(number: int) -> None:
    with pytest.raises(StorageFull) as caught, known_when_full():
        raise OSError(number, os.strerror(number))
    assert (caught.value.status, caught.value.code) == (507, "STORAGE_FULL")


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(PermissionError), known_when_full():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize(
    ("free", "wanted", "fits"), [(100, 0, True), (99, 0, False), (100, 1, False), (101, 1, True)]
)
def test_what_has_to_stay_free_stays_free(
    work: WorkFolders, monkeypatch: pytest.MonkeyPatch, free: int, wanted: int, fits: bool
) -> None:
    disk = SimpleNamespace(f_bavail=free, f_frsize=MIB)
    monkeypatch.setattr(os, "statvfs", lambda path: disk)
    if fits:
        work.check_room(100 * MIB, wanted * MIB)
    else:
        with pytest.raises(StorageFull):
            work.check_room(100 * MIB, wanted * MIB)


def test_half_a_folder_is_not_left(
    work: WorkFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def full(path: Path) -> None:
        if path.name == "out":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        mkdir(path)

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageFull):
        work.create()
    assert not list((tmp_path / "work" / work.instance).iterdir())


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_needs_is_not(
    work: WorkFolders, tmp_path: Path
) -> None:
    dead = WorkFolders(tmp_path)
    dead.create()
    dead.close()
    with closing(WorkFolders(tmp_path)) as living:
        living.create()
        assert work.living() == {work.instance, living.instance}
        assert work.sweep() == 1
        names = {path.name for path in (tmp_path / "work").iterdir()}
        alive = (work.instance, living.instance)
        assert names == {*alive, *(f"{instance}.lock" for instance in alive)}


def test_two_who_sweep_at_a_time_do_not_trip_over_each_other(
    work: WorkFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is done with a dead process between two looks of this one."""
    dead = WorkFolders(tmp_path)
    dead.create()
    dead.close()
    with closing(WorkFolders(tmp_path)) as other:
        found = list(work._dead())
        monkeypatch.setattr(work, "_dead", lambda: iter(found))
        assert other.sweep() == 1
        assert work.sweep() == 0
        assert work._is_dead(dead.instance)
    assert not list((tmp_path / "work").glob(f"{dead.instance}*"))
