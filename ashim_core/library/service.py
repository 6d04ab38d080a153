"""Keeping files: each change of the database and the bytes it refers to go together.

Bytes come first and go last. So whatever happens in between, the database never refers to bytes
that aren't there, and bytes that nothing refers to are removed by the next sweep. They come before
the transaction, as disks are slow and other writers wait for it; the transaction sees to it that no
sweep has taken them away since.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from peewee import Database, fn

from ashim_core.errors import AshimError, NotFound, QuotaExceeded, ServerBusy
from ashim_core.events import Event, EventName, Events
from ashim_core.identity import audit
from ashim_core.ids import new_id
from ashim_core.jobs.folders import known_when_full
from ashim_core.library.blobs import Blob, Blobs
from ashim_core.library.listing import name_key, page
from ashim_core.library.records import (
    FileAndVersions,
    FileList,
    FileQuery,
    FileRecord,
    record_of,
)
from ashim_core.library.rights import as_now
from ashim_core.names import safe_name
from ashim_core.policy import Action, Actor, owner_filter
from ashim_core.store.database import Store
from ashim_core.store.models import File

_MIB = 1024 * 1024
RESTORED = "restore"
"""What stands in the chain of tools for an old version that became the newest again."""


@dataclass(frozen=True)
class NewFile:
    """Bytes that shall be kept, and what is known of them. width, height: in pixels."""

    path: Path
    name: str
    media_type: str
    width: int | None = None
    height: int | None = None


class Library:
    """The files of everybody on one server.

    quota: bytes that the versions of one account may have together; 0: any number.
    gone: called with the digest of bytes that were removed.
    events: hears of what was kept, changed and deleted, once it is.
    """

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        gone: Callable[[str], None],
        *,
        quota: int,
        root_path: str,
        events: Events,
    ) -> None:
        self.blobs = blobs
        self._gone = gone
        self._store = store
        self._quota = quota
        self._root = root_path
        self._events = events

    def add(self, actor: Actor, files: Sequence[NewFile]) -> list[FileRecord]:
        """Keep new files, all or none of them. Raises QuotaExceeded."""
        with self._prepared(files) as blobs, self._store.writing() as db:
            as_now(db, actor, "files:create")
            self._refuse_too_much(db, actor.id, blobs)
            ready = zip(files, blobs, strict=True)
            rows = [self._insert(db, _first(file, blob, actor.id), blob) for file, blob in ready]
            for row in rows:
                audit.record(db, actor, "FILE_UPLOADED", "file", row.id, name=row.name)
        return [self._told("file.created", row) for row in rows]

    def add_version(
        self, actor: Actor, parent_id: str, file: NewFile, tools: Iterable[str]
    ) -> FileRecord:
        """Keep a new version of a file. tools: what has made it from the parent.

        Raises NotFound, also for files of others, and QuotaExceeded.
        """
        with self._prepared([file]) as (blob,), self._store.writing() as db:
            now = as_now(db, actor, "files:change")
            parent = _find(db, now, "files:change", parent_id)
            self._refuse_too_much(db, str(parent.owner), [blob])
            row = self._insert(db, _next(db, parent, file, blob, tools), blob)
        return self._told("file.changed", row)

    def restore(self, actor: Actor, file_id: str) -> FileRecord:
        """Make an old version the newest one, by a copy; the versions since then stay."""
        with self._store.writing() as db:
            old = _find(db, actor, "files:change", file_id)
            with self.bytes_of(old) as path:
                blob = Blob(path, old.digest, old.size)
            self._refuse_too_much(db, str(old.owner), [blob])
            same = NewFile(blob.path, old.name, old.media_type, old.width, old.height)
            row = self._insert(db, _next(db, old, same, blob, [RESTORED]), blob)
        return self._told("file.changed", row)

    def list(self, actor: Actor, query: FileQuery) -> FileList:
        """Give a page of the files that `actor` may see, each by its newest version."""
        with self._store.reading() as db:
            rows, total, cursor = page(db, query, owner_filter(actor, "files:read"))
        return FileList(
            files=[record_of(row, self._root) for row in rows],
            total=total,
            limit=query.limit,
            offset=query.offset,
            next_cursor=cursor,
        )

    def get(self, actor: Actor, file_id: str) -> FileAndVersions:
        """Give a version with all others of its file; NotFound, for files of others as well."""
        with self._store.reading() as db:
            row = _find(db, actor, "files:read", file_id)
            versions = File.select().where(File.chain == row.chain).order_by(File.version)
            return FileAndVersions(
                file=record_of(row, self._root),
                versions=[record_of(one, self._root) for one in versions.execute(db)],
            )

    def find(self, actor: Actor, file_id: str, action: Action = "files:read") -> File:
        """Give the row of a version; NotFound, for files of others as well."""
        with self._store.reading() as db:
            return _find(db, actor, action, file_id)

    @contextmanager
    def bytes_of(self, row: File) -> Iterator[Path]:
        """Give the file that holds the bytes of a version.

        NotFound when it is deleted meanwhile; ServerBusy when the place of all bytes isn't there.
        """
        try:
            yield self.blobs.local(row.digest)
        except FileNotFoundError:
            if self.blobs.intact():
                raise _no_such_file() from None
            raise ServerBusy("The folder of the library is not there at the moment.") from None

    def delete(self, actor: Actor, ids: Iterable[str]) -> int:
        """Delete files with all their versions; give how many versions that were.

        What isn't there, or belongs to others, is left out.
        """
        with self._store.writing() as db:
            doomed = _chains(db, actor, ids)
            for row in doomed:
                if row.newest:
                    audit.record(db, actor, "FILE_DELETED", "file", row.id, name=row.name)
            # By chain: databases bound how many values a statement may have.
            File.delete().where(File.chain.in_({row.chain for row in doomed})).execute(db)
        for row in doomed:
            if row.newest:
                self._told("file.deleted", row)
        self.forget({row.digest for row in doomed})
        return len(doomed)

    def forget(self, digests: Iterable[str]) -> int:
        """Remove the bytes that nothing refers to any more; give how many of these there were."""
        gone = 0
        for digest in digests:
            with self._store.writing() as db:
                if not File.select().where(File.digest == digest).exists(db):
                    # What depends on them goes first, so that a kill in between leaves something
                    # that the next sweep finds; and again, as it may have been made meanwhile.
                    self._gone(digest)
                    self.blobs.remove(digest)
                    self._gone(digest)
                    gone += 1
        return gone

    @contextmanager
    def _prepared(self, files: Sequence[NewFile]) -> Iterator[Sequence[Blob]]:
        """Prepare bytes; if what shall refer to them comes to nothing, they go again."""
        blobs: list[Blob] = []
        try:
            with known_when_full():
                for file in files:
                    # One by one, so that those before a failure are known.
                    blobs.append(self.blobs.prepare(file.path))  # noqa: PERF401
                yield blobs
        except BaseException:
            # The next sweep does it if this can't.
            with suppress(AshimError, OSError):
                self.forget({blob.digest for blob in blobs})
            raise

    def _insert(self, db: Database, row: File, blob: Blob) -> File:
        self.blobs.place(blob)
        File.insert(row.__data__).execute(db)
        return row

    def _told(self, name: EventName, row: File) -> FileRecord:
        """Tell what has become of a file, now that it is written down; give its record."""
        known = record_of(row, self._root)
        data = known.model_dump(mode="json", by_alias=True)
        self._events.emit(Event(name, at=time.time(), owner=str(row.owner), data=data))
        return known

    def _refuse_too_much(self, db: Database, owner: str, more: Iterable[Blob]) -> None:
        if not self._quota:
            return
        used = File.select(fn.SUM(File.size)).where(File.owner == owner).scalar(db) or 0
        wanted = int(used) + sum(blob.size for blob in more)
        if wanted > self._quota:
            raise QuotaExceeded(
                f"The library would have {wanted / _MIB:.1f} MB: expected at most "
                f"{self._quota / _MIB:g} MB. Delete files that are no longer needed."
            )


def _first(file: NewFile, blob: Blob, owner: str) -> File:
    row = _row(file, blob, owner)
    row.chain, row.version, row.tools = row.id, 1, "[]"
    return row


def _next(db: Database, parent: File, file: NewFile, blob: Blob, tools: Iterable[str]) -> File:
    """Make the row of a later version, and have the present newest one be that no more."""
    row = _row(file, blob, str(parent.owner))
    versions = File.select().where(File.chain == parent.chain)
    last = versions.order_by(File.version.desc()).first(db)
    row.chain, row.version, row.parent = parent.chain, last.version + 1, parent.id
    row.tools = json.dumps([*json.loads(parent.tools), *tools])
    # The file stays the same one to people, whatever the tool calls its result.
    row.name = _renamed(parent.name, PurePosixPath(row.name).suffix)
    row.name_key = name_key(row.name)
    File.update(newest=False).where(File.id == last.id).execute(db)
    return row


def _renamed(name: str, extension: str) -> str:
    """Give a name another extension, within the length that names may have."""
    return safe_name(str(PurePosixPath(name).with_suffix(extension)))


def _row(file: NewFile, blob: Blob, owner: str) -> File:
    name = safe_name(file.name)
    return File(
        id=new_id(),
        owner=owner,
        newest=True,
        parent=None,
        name=name,
        name_key=name_key(name),
        media_type=file.media_type,
        size=blob.size,
        width=file.width,
        height=file.height,
        digest=blob.digest,
        created=time.time(),
    )


def _find(db: Database, actor: Actor, action: Action, file_id: str) -> File:
    found = File.select().where(File.id == file_id)
    if (owner := owner_filter(actor, action)) is not None:
        found = found.where(File.owner == owner)
    row: File | None = found.first(db)
    if row is None:
        raise _no_such_file()
    return row


def _no_such_file() -> NotFound:
    return NotFound("There is no such file.")


def _chains(db: Database, actor: Actor, ids: Iterable[str]) -> "list[File]":
    """Give all versions of the files that some versions belong to."""
    found = File.select(File.chain).where(File.id.in_(list(ids)))
    if (owner := owner_filter(actor, "files:change")) is not None:
        found = found.where(File.owner == owner)
    chains = sorted({row.chain for row in found.execute(db)})
    return list(File.select().where(File.chain.in_(chains)).execute(db))
