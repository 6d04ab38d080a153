"""The conformance check of a place for results: what the core relies on, whoever wrote it."""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ashim_core.engine.task import Output
from ashim_core.errors import NotFound
from ashim_core.ids import new_id
from ashim_core.jobs.folders import JobFolder, WorkFolders
from ashim_core.jobs.kept import Results
from ashim_core.jobs.record import JobRecord

_BYTES = b"what a tool has made " * 1000
_SOON_S = 0.2


def check_results(make: Callable[[], Results]) -> None:
    """Assert that a place keeps results as the core needs it; the message says what it gets wrong.

    make: gives the same place each time, as two web processes have it.
    """
    ours, theirs = make(), make()
    assert isinstance(ours, Results), f"expected all methods of Results, got {ours!r}"
    with tempfile.TemporaryDirectory() as scratch, closing(WorkFolders(Path(scratch))) as work:
        _check_kept(ours, theirs, work)
        _check_owner(ours, theirs, work)
        _check_removed(ours, theirs, work)
        _check_expired(ours, theirs, work)
    _check_unknown(ours)
    ours.probe()


def record_of(folder: JobFolder, **changed: object) -> JobRecord:
    """Make the record of a job that has made nothing."""
    given = {"owner": "", "kind": "tool", "created": 0, "expires": time.time() + 3600}
    return JobRecord.model_validate({"id": folder.id, "original_size": 0} | given | changed)


def _job(work: WorkFolders, **changed: object) -> tuple[JobFolder, JobRecord]:
    """Make a job with one upload and two files, one of them with a name from all over the world."""
    folder = work.create()
    folder.new_input().write_bytes(b"upload")
    outputs = []
    for number, name in enumerate(("a.png", "ä 'b' & 中.png")):
        path = folder.outputs / str(number)
        path.write_bytes(_BYTES + name.encode())
        size = path.stat().st_size
        outputs.append(Output(path=str(path), name=name, media_type="image/png", size=size))
    return folder, record_of(folder, outputs=tuple(outputs), **changed)


def _check_kept(ours: Results, theirs: Results, work: WorkFolders) -> None:
    folder, record = _job(work)
    kept = ours.keep(folder, record)
    folder.remove()
    for place in (ours, theirs):
        assert place.record(kept.id) == kept, "expected every process to see the same record"
        for item in record.outputs:
            found = place.output(kept.id, item.name)
            assert found.size == item.size, f"{item.name}: expected {item.size} bytes"
            read = Path(found.path).read_bytes()
            assert read == _BYTES + item.name.encode(), f"{item.name}: expected the same bytes"
        assert _is_missing(place.output, kept.id, "b.png"), "expected NotFound"
        assert _is_missing(place.output, kept.id, "../result.json"), "expected NotFound"
    ours.remove(kept.id)


def _check_owner(ours: Results, theirs: Results, work: WorkFolders) -> None:
    kept = ours.keep(*_job(work, owner=new_id()))
    for place in (ours, theirs):
        assert place.record(kept.id, kept.owner) == kept
        assert _is_missing(place.record, kept.id, new_id()), "expected its owner's alone"
        assert _is_missing(place.output, kept.id, "a.png", new_id()), (
            "expected the files to be their owner's alone"
        )
    ours.remove(kept.id)


def _check_removed(ours: Results, theirs: Results, work: WorkFolders) -> None:
    kept = ours.keep(*_job(work))
    theirs.remove(kept.id)
    theirs.remove(kept.id)  # that there is nothing is fine
    for place in (ours, theirs):
        assert _is_missing(place.record, kept.id), "expected it to be gone for all"
        assert _is_missing(place.output, kept.id, "a.png"), "expected its files to be gone"


def _check_expired(ours: Results, theirs: Results, work: WorkFolders) -> None:
    stays = ours.keep(*_job(work))
    goes = ours.keep(*_job(work, expires=time.time() + _SOON_S))
    time.sleep(_SOON_S * 2)
    for place in (ours, theirs):
        assert _is_missing(place.record, goes.id), "expected NotFound once it has expired"
        assert _is_missing(place.output, goes.id, "a.png")
    assert ours.sweep() >= 1, "expected the sweep to remove what has expired"
    assert theirs.sweep() == 0, "expected nothing to be left by the sweep before"
    assert theirs.record(stays.id) == stays, "expected the sweep to leave what hasn't expired"
    ours.remove(stays.id)


def _check_unknown(ours: Results) -> None:
    for name in (new_id(), "", "..", "../jobs", "A" * 32, "\0"):
        assert _is_missing(ours.record, name), f"{name!r}: expected NotFound"
        ours.remove(name)


def _is_missing(look: Callable[..., object], *names: str) -> bool:
    try:
        look(*names)
    except NotFound:
        return True
    return False
