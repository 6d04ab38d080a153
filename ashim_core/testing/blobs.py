"""The conformance check of a place for the library's bytes."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from ashim_core.errors import ServerBusy
from ashim_core.library.blobs import Blob, Blobs

_PICTURES = (b"", b"one", b"two" * 100_000)


def check_blobs(make: Callable[[], Blobs]) -> None:
    """Assert that a place keeps bytes as the core needs it; the message says what it gets wrong.

    make: gives the same place each time, as two web processes have it; it is empty at first.
    """
    ours, theirs = make(), make()
    assert isinstance(ours, Blobs), f"expected all methods of Blobs, got {ours!r}"
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / str(number) for number in range(len(_PICTURES))]
        for file, data in zip(files, _PICTURES, strict=True):
            file.write_bytes(data)
        _check_adoption(ours, theirs, files[0])
        blobs = [ours.prepare(file) for file in files]
        _check_kept(blobs, theirs)
        _check_swept(blobs[1], ours, theirs)
        _check_listed(blobs, ours, theirs)


def _check_adoption(ours: Blobs, theirs: Blobs, file: Path) -> None:
    for place in (ours, theirs):
        assert not place.intact(), "expected an empty place not to be taken for the library"
    try:
        ours.prepare(file)
    except ServerBusy:
        pass
    else:
        raise AssertionError("expected ServerBusy before a place is adopted")
    ours.adopt()
    for place in (ours, theirs):
        assert place.intact(), "expected an adopted place to be known by every process"


def _check_kept(blobs: list[Blob], theirs: Blobs) -> None:
    for blob, data in zip(blobs, _PICTURES, strict=True):
        assert blob.digest == hashlib.sha256(data).hexdigest(), "expected the SHA-256 of the bytes"
        assert blob.size == len(data), "expected the number of bytes"
        read = theirs.local(blob.digest).read_bytes()
        assert read == data, "expected every process to read what was kept"


def _check_swept(blob: Blob, ours: Blobs, theirs: Blobs) -> None:
    theirs.remove(blob.digest)
    theirs.remove(blob.digest)  # that it is gone is fine
    assert _is_gone(ours, blob), "expected FileNotFoundError for what was removed"
    # Removed by a sweep between `prepare` and the row that refers to it.
    ours.place(blob)
    assert not _is_gone(theirs, blob), "expected `place` to bring removed bytes back"
    ours.place(blob)
    assert theirs.local(blob.digest).read_bytes() == _PICTURES[1], "expected the same bytes again"


def _check_listed(blobs: list[Blob], ours: Blobs, theirs: Blobs) -> None:
    found: set[str] = set()
    before = ""
    for shelf, digests in theirs.shelves():
        assert before < shelf, "expected the parts in ascending order"
        assert all(digest.startswith(shelf) for digest in digests), f"{shelf}: expected its own"
        found |= digests
        before = shelf
    assert found == {blob.digest for blob in blobs}, "expected all digests to be listed, once"
    for blob in blobs:
        ours.remove(blob.digest)
    left = [digest for _, digests in theirs.shelves() for digest in digests]
    assert not left, f"expected nothing to be listed that was removed, got {left}"


def _is_gone(place: Blobs, blob: Blob) -> bool:
    try:
        place.local(blob.digest)
    except FileNotFoundError:
        return True
    return False
