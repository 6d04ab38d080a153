"""Holding the database and the bytes of the library against each other."""

import logging
from collections.abc import Iterator

from ashim_core.library.service import Library
from ashim_core.store.database import Store
from ashim_core.store.models import File

logger = logging.getLogger(__name__)

_AT_A_TIME = 10_000
"""Digests that one query asks for: a few megabytes, however large the library is."""
_LAST = "g"
"""Comes after all hexadecimal digits."""


def sweep(store: Store, library: Library) -> int:
    """Remove bytes that no row refers to, and rows without bytes; give how many bytes' worth.

    Rows are left alone where the whole store of bytes is another one than before: a disk that
    isn't mounted must not cost anybody their files.
    """
    if not library.blobs.intact() and not _adopted(store, library):
        logger.error("The library's folder is not the one that was used before: nothing is swept.")
        return 0
    gone = 0
    digests = _digests(store)
    after = next(digests, _LAST)
    for shelf, there in library.blobs.shelves():
        known = set()
        while after < f"{shelf}{_LAST}":
            known.add(after)
            after = next(digests, _LAST)
        gone += library.forget(there - known)
        for digest in known - there:
            _drop(store, library, digest)
    return gone


def _adopted(store: Store, library: Library) -> bool:
    """Begin with an empty place if nothing is known that could be in another one."""
    with store.writing() as db:
        if File.select().exists(db):
            return False
        library.blobs.adopt()
        return True


def _digests(store: Store) -> Iterator[str]:
    """Give all digests that a row refers to, in ascending order; so many at a time."""
    last = ""
    while True:
        found = File.select(File.digest).distinct().where(File.digest > last)
        with store.reading() as db:
            rows = list(found.order_by(File.digest).limit(_AT_A_TIME).execute(db))
        yield from (row.digest for row in rows)
        if len(rows) < _AT_A_TIME:
            return
        last = rows[-1].digest


def _drop(store: Store, library: Library, digest: str) -> None:
    """Remove the versions whose bytes are gone, and have the latest of the others be the newest."""
    with store.writing() as db:
        try:
            library.blobs.local(digest)
        except FileNotFoundError:
            rows = list(File.select().where(File.digest == digest).execute(db))
        else:
            return  # it came back meanwhile
        for row in rows:
            logger.error("The bytes of %s (%s) are gone, so it is forgotten.", row.id, row.name)
            File.delete().where(File.id == row.id).execute(db)
            left = File.select().where(File.chain == row.chain).order_by(File.version.desc())
            if row.newest and (last := left.first(db)):
                File.update(newest=True).where(File.id == last.id).execute(db)
