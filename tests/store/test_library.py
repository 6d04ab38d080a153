"""The library does the same on every kind of database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from peewee import Model

from ashim_core.errors import NotFound, QuotaExceeded
from ashim_core.events import Events
from ashim_core.identity.service import Identity
from ashim_core.library.blobs import FolderBlobs
from ashim_core.library.records import FileQuery
from ashim_core.library.service import Library, NewFile
from ashim_core.library.sweep import sweep
from ashim_core.policy import Actor, local_user
from ashim_core.store.database import Store, execute
from ashim_core.store.models import File, User
from tests.store.conftest import Where

MakeFile = Callable[[str, bytes], NewFile]


@pytest.fixture
def actor(where: Where, store: Store) -> Actor:
    """The one user of a server without signing in, whose row is there."""
    Identity(store, where.config().model_copy(update={"auth_enabled": False}))
    return local_user()


@pytest.fixture
def library(store: Store, tmp_path: Path) -> Library:
    made = Library(
        store,
        FolderBlobs(tmp_path / "files"),
        lambda digest: None,
        quota=1000,
        root_path="",
        events=Events(),
    )
    sweep(store, made)
    return made


@pytest.fixture
def file(tmp_path: Path) -> MakeFile:
    def make(name: str, content: bytes) -> NewFile:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return NewFile(path, name, "image/png", 3, 2)

    return make


def names(library: Library, actor: Actor, **query: object) -> list[str]:
    page = library.list(actor, FileQuery.model_validate(query))
    return [record.original_name for record in page.files]


def count(store: Store, model: type[Model]) -> int:
    with store.reading() as db:
        return int(model.select().count(db))


def test_files_are_found_by_any_part_of_their_names(
    library: Library, actor: Actor, file: MakeFile
) -> None:
    for name in ("100%.png", "1000.png", "a_b.png", "axb.png", "GRÜN.png", "a\\b.png"):
        library.add(actor, [file(name, name.encode())])
    assert names(library, actor, search="%") == ["100%.png"]
    assert names(library, actor, search="_") == ["a_b.png"]
    assert names(library, actor, search="grün") == ["GRÜN.png"]
    assert names(library, actor, search="AXB") == ["axb.png"]
    assert names(library, actor, search="\\") == []


@pytest.mark.parametrize("sort", ["createdAt", "name", "size"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_give_everything_once(
    library: Library, actor: Actor, file: MakeFile, sort: str, order: str
) -> None:
    for number in range(5):
        library.add(actor, [file(f"{number % 3}.png", b"x" * (number % 2 + 1))])
    found, cursor, pages = [], None, 0
    while True:
        query = FileQuery.model_validate(
            {"limit": 2, "sort": sort, "order": order, "cursor": cursor}
        )
        page = library.list(actor, query)
        found += [record.id for record in page.files]
        pages += 1
        if (cursor := page.next_cursor) is None:
            break
    assert (pages, len(found), len(set(found)), page.total) == (3, 5, 5, 5)


def test_versions_follow_each_other(library: Library, actor: Actor, file: MakeFile) -> None:
    first = library.add(actor, [file("a.png", b"1")])[0]
    second = library.add_version(actor, first.id, file("b.webp", b"2"), ["convert"])
    third = library.restore(actor, first.id)
    versions = library.get(actor, second.id).versions
    assert [item.id for item in versions] == [first.id, second.id, third.id]
    assert [item.original_name for item in versions] == ["a.png", "a.webp", "a.png"]
    assert names(library, actor) == ["a.png"]


def test_the_longest_name_fits_with_a_longer_extension(
    library: Library, actor: Actor, file: MakeFile
) -> None:
    first = library.add(actor, [file(f"{'x' * 146}.png", b"1")])[0]
    second = library.add_version(actor, first.id, file("b.webp", b"2"), ["convert"])
    assert second.original_name == f"{'x' * 145}.webp"
    assert names(library, actor) == [second.original_name]


def test_a_file_of_many_versions_is_deleted_at_once(
    store: Store, library: Library, actor: Actor, file: MakeFile
) -> None:
    """More than the values that a statement may have on any of the databases."""
    first = library.add(actor, [file("a.png", b"1")])[0]
    columns = [field.column_name for field in File._meta.sorted_fields]
    with store.writing() as db:
        for doubling in range(16):
            more = {
                "id": f"CAST(version + {2**doubling} AS CHAR(32))",
                "version": f"version + {2**doubling}",
                "newest": "FALSE",
            }
            values = ", ".join(more.get(column, column) for column in columns)
            names = ", ".join(columns)
            execute(db, f"INSERT INTO files ({names}) SELECT {values} FROM files")
    assert library.delete(actor, [first.id]) == 2**16
    assert count(store, File) == 0


def test_the_quota_counts_every_version(library: Library, actor: Actor, file: MakeFile) -> None:
    first = library.add(actor, [file("a.png", b"x" * 600)])[0]
    with pytest.raises(QuotaExceeded):
        library.add_version(actor, first.id, file("a.png", b"y" * 600), [])
    with pytest.raises(QuotaExceeded):
        library.restore(actor, first.id)
    library.add_version(actor, first.id, file("a.png", b"y" * 400), [])


def test_deleting_takes_rows_and_bytes(
    store: Store, library: Library, actor: Actor, file: MakeFile
) -> None:
    first = library.add(actor, [file("a.png", b"1")])[0]
    library.add_version(actor, first.id, file("a.png", b"2"), [])
    assert library.delete(actor, [first.id, "nothing"]) == 2
    assert count(store, File) == 0
    assert not [name for _, names in library.blobs.shelves() for name in names]
    with pytest.raises(NotFound):
        library.get(actor, first.id)


def test_an_account_takes_its_files_along_and_the_sweep_their_bytes(
    store: Store, library: Library, actor: Actor, file: MakeFile
) -> None:
    library.add(actor, [file("a.png", b"1")])
    with store.writing() as db:
        User.delete().where(User.id == actor.id).execute(db)
    assert count(store, File) == 0
    assert sweep(store, library) == 1
    assert not [name for _, names in library.blobs.shelves() for name in names]


def test_a_sweep_of_a_whole_library_changes_nothing(
    store: Store, library: Library, actor: Actor, file: MakeFile
) -> None:
    for number in range(20):
        library.add(actor, [file(f"{number}.png", str(number).encode())])
    assert sweep(store, library) == 0
    assert count(store, File) == 20
    assert sum(len(names) for _, names in library.blobs.shelves()) == 20
