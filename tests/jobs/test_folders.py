"""Folders of jobs: nothing stays of what failed, and several processes may clean up at a time."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from ashim_core.errors import NotFound, StorageFull
from ashim_core.jobs.folders import JobFolder, JobRecord, JobStorage, known_when_full

MIB = 1024 * 1024


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[JobStorage]:
    with closing(JobStorage(tmp_path, max_age_hours=1)) as made:
        yield made


def record_of(folder: JobFolder, storage: JobStorage) -> JobRecord:
    return JobRecord(
        id=folder.id,
        owner="",
        kind="tool",
        created=0,
        expires=storage.expiry(),
        original_size=0,
    )


@pytest.mark.parametrize("left", [0.0, 0.5])
def test_what_is_kept_can_be_fetched_until_it_expires_and_no_longer(
    storage: JobStorage, monkeypatch: pytest.MonkeyPatch, left: float
) -> None:
    kept = storage.keep(folder := storage.create(), record_of(folder, storage))
    monkeypatch.setattr(time, "time", lambda: kept.expires - left)
    if left:
        assert storage.record(kept.id) == kept
    else:
        with pytest.raises(NotFound, match="has expired"):
            storage.record(kept.id)


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
    storage: JobStorage, monkeypatch: pytest.MonkeyPatch, free: int, wanted: int, fits: bool
) -> None:
    disk = SimpleNamespace(f_bavail=free, f_frsize=MIB)
    monkeypatch.setattr(os, "statvfs", lambda path: disk)
    if fits:
        storage.check_room(100 * MIB, wanted * MIB)
    else:
        with pytest.raises(StorageFull):
            storage.check_room(100 * MIB, wanted * MIB)


def test_half_a_folder_is_not_left(
    storage: JobStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def full(path: Path) -> None:
        if path.name == "out":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        mkdir(path)

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageFull):
        storage.create()
    assert not list((tmp_path / "work" / storage.instance).iterdir())


def test_a_record_without_room_keeps_nothing(storage: JobStorage, tmp_path: Path) -> None:
    folder = storage.create()
    (folder.path / "result.json").symlink_to("/dev/full")
    with pytest.raises(StorageFull):
        storage.keep(folder, record_of(folder, storage))
    assert not list((tmp_path / "jobs").iterdir())
    assert folder.path.is_dir()


def test_a_probe_without_room_leaves_nothing(
    storage: JobStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_written(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half_written)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        storage.probe()
    assert not list((tmp_path / "jobs").iterdir())


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_needs_is_not(
    storage: JobStorage, tmp_path: Path
) -> None:
    dead = JobStorage(tmp_path, max_age_hours=1)
    dead.create()
    dead.close()
    with closing(JobStorage(tmp_path, max_age_hours=1)) as living:
        living.create()
        assert storage.living() == {storage.instance, living.instance}
        assert storage.sweep() == 1
        names = {path.name for path in (tmp_path / "work").iterdir()}
        alive = (storage.instance, living.instance)
        assert names == {*alive, *(f"{instance}.lock" for instance in alive)}


def test_two_who_sweep_at_a_time_do_not_trip_over_each_other(
    storage: JobStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is done with a dead process between two looks of this one."""
    dead = JobStorage(tmp_path, max_age_hours=1)
    dead.create()
    dead.close()
    with closing(JobStorage(tmp_path, max_age_hours=1)) as other:
        found = list(storage._dead())
        monkeypatch.setattr(storage, "_dead", lambda: iter(found))
        assert other.sweep() == 1
        assert storage.sweep() == 0
        assert storage._is_dead(dead.instance)
    assert not list((tmp_path / "work").glob(f"{dead.instance}*"))
