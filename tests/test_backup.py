"""Backup and restore: all of it comes back, in any kind of database, or nothing changes."""

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ashim_core.backup import archive as packing
from ashim_core.backup import restore as restoring
from ashim_core.backup.manifest import NAME, BackupProblem, Manifest
from ashim_core.backup.restore import Place, Restored, restore
from ashim_core.backup.save import save
from ashim_core.cli.main import main
from ashim_core.config import Config
from ashim_core.events import Events
from ashim_core.identity import audit
from ashim_core.identity.records import Login, NewKey, NewRole, NewUser
from ashim_core.identity.service import Identity
from ashim_core.identity.sessions import Visitor
from ashim_core.ids import new_id
from ashim_core.library.blobs import FolderBlobs
from ashim_core.library.service import Library, NewFile
from ashim_core.library.sweep import sweep
from ashim_core.policy import Actor, operator
from ashim_core.presence import Presence
from ashim_core.store.database import (
    Store,
    StoreProblem,
    interrupted_restore,
    open_store,
)
from ashim_core.store.migrate import migrate, version
from ashim_core.store.models import Team, User
from ashim_core.store.tables import read_rows, tables_at
from ashim_core.testing import MakeClient
from tests.data import plain
from tests.store.conftest import KINDS, mysql, new_database, postgresql
from tests.store.writer import Writer

__all__ = ["mysql", "postgresql"]

HERE = Visitor("127.0.0.1", direct=True)
PASSWORD = "correct horse battery"
LOGO = b"\x89PNG the logo"


class Server:
    """The data of a server, with everything in it that a backup holds."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.config = Config(data_dir=place.data, max_users=0)

    def open(self) -> Store:
        store = open_store(self.place.url, self.place.database)
        migrate(store)
        return store

    def fill(self, name: str) -> str:
        """Make an account, with an API key, which it gives, and all the rest."""
        with closing(self.open()) as store:
            identity = Identity(store, self.config)
            identity.roles.create(operator(), NewRole(name=name, permissions=["tools:use"]))
            identity.teams.create(operator(), f"Équipe 東京 {name}")
            new = NewUser(username=name, password=PASSWORD, role=name)
            identity.accounts.register(operator(), new)
            answer = identity.sessions.login(Login(username=name, password=PASSWORD), HERE)
            owner = identity.tokens.authenticate(answer.token, None)
            key = identity.keys.create(owner, NewKey(permissions=["tools:use"])).key
        (self.place.data / "secret").write_bytes(name.encode() * 4)
        self._keep(name.encode())
        (self.place.data / "branding").mkdir(exist_ok=True)
        (self.place.data / "branding" / "logo.png").write_bytes(LOGO + name.encode())
        return key

    def _keep(self, content: bytes) -> None:
        """Keep a file in the library, of the account that was made last."""
        upload = self.place.data / "upload"
        upload.write_bytes(content)
        with closing(self.open()) as store:
            library = Library(
                store,
                FolderBlobs(self.place.data / "files"),
                lambda digest: None,
                quota=0,
                root_path="",
                events=Events(),
            )
            sweep(store, library)
            with store.reading() as db:
                owner = User.select().order_by(User.created.desc()).first(db).id
            library.add(Actor(owner, "", "session"), [NewFile(upload, "a.png", "image/png")])
        upload.unlink()

    def contents(self) -> dict[str, Any]:
        """Give all rows, and all files that are kept."""
        with closing(self.open()) as store, store.snapshot() as db:
            found: dict[str, Any] = {
                table.name: list(read_rows(db, table)) for table in tables_at(version(store))
            }
        for path in (self.place.data / "secret", self.place.data / "branding" / "logo.png"):
            found[path.name] = path.read_bytes() if path.exists() else None
        kept = sorted(self.place.data.glob("files/**/*"))
        found["kept"] = {path.name: path.read_bytes() for path in kept if path.is_file()}
        return found

    def save(self, target: Path) -> Manifest:
        with closing(self.open()) as store:
            return save(store, self.place.data, target)

    def restore(self, archive: Path, *, replace: bool = False) -> Restored:
        return restore(archive, self.place, replace=replace)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server on SQLite that has data already."""
    made = new_server(tmp_path / "old")
    made.fill("ann")
    return made


@pytest.fixture
def archive(server: Server, tmp_path: Path) -> Path:
    """A backup of `server`."""
    server.save(tmp_path / "backup.tar.gz")
    return tmp_path / "backup.tar.gz"


def new_server(folder: Path, url: str = "") -> Server:
    folder.mkdir()
    return Server(Place(folder, folder / "ashim.db", url))


def as_restored(contents: dict[str, Any]) -> dict[str, Any]:
    """Give what is expected after a restore: all of it, but nobody is signed in."""
    return {**contents, "sessions": []}


def without_note(contents: dict[str, Any]) -> dict[str, Any]:
    """Take away the entry that a restore writes, which must be the last one."""
    *before, note = contents["audit_log"]
    assert (note["action"], note["actor_username"]) == ("DATA_RESTORED", "command line")
    return {**contents, "audit_log": before}


def signs_in(server: Server, name: str, key: str) -> bool:
    with closing(server.open()) as store:
        identity = Identity(store, server.config)
        answer = identity.sessions.login(Login(username=name, password=PASSWORD), HERE)
        return (
            identity.tokens.authenticate(key, None).name == name
            and identity.tokens.authenticate(answer.token, None).name == name
        )


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
def test_all_comes_back_in_any_kind_of_database(
    request: pytest.FixtureRequest, tmp_path: Path, source: str, target: str
) -> None:
    old = new_server(tmp_path / "old", new_database(request, source, tmp_path / "a").url)
    key = old.fill("ann")
    manifest = old.save(tmp_path / "backup.tar.gz")
    new = new_server(tmp_path / "new", new_database(request, target, tmp_path / "b").url)
    done = new.restore(tmp_path / "backup.tar.gz")
    assert (done.manifest, done.before) == (manifest, None)
    assert without_note(new.contents()) == as_restored(old.contents())
    assert signs_in(new, "ann", key)
    # New entries are numbered after those that came along.
    with closing(new.open()) as store:
        numbers = [int(entry.id) for entry in audit.read(store, audit.AuditQuery()).entries]
    assert numbers == sorted(set(numbers), reverse=True)


def test_a_backup_names_what_it_holds(server: Server, archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        manifest = json.load(reading(tar, NAME))
    assert names[0] == NAME
    assert set(names[1:]) == manifest["files"].keys()
    assert manifest["rows"].keys() == server.contents().keys() - {
        *("jobs", "sessions", "turns", "secret", "logo.png", "kept"),
    }
    assert manifest["rows"]["users"] == 3
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(".")] == []


def reading(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(name)
    assert file is not None
    return file


def test_an_existing_file_is_not_overwritten(server: Server, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(BackupProblem, match="exists already"):
        server.save(archive)
    assert archive.read_bytes() == before


def test_more_rows_than_are_read_at_a_time(server: Server, tmp_path: Path) -> None:
    with closing(server.open()) as store, store.writing() as db:
        for number in range(1203):
            audit.record(db, operator(), "TEAM_CREATED", "team", str(number))
    assert server.save(tmp_path / "large.tar.gz").rows["audit_log"] > 1203
    new = new_server(tmp_path / "new")
    new.restore(tmp_path / "large.tar.gz")
    assert without_note(new.contents()) == as_restored(server.contents())


def test_what_was_there_is_kept(server: Server, archive: Path, tmp_path: Path) -> None:
    other = new_server(tmp_path / "other")
    key = other.fill("bob")
    before = other.contents()
    done = other.restore(archive)
    assert without_note(other.contents()) == as_restored(server.contents())
    assert done.before is not None
    assert done.before.parent == other.place.data
    kept = Server(Place(done.before, done.before / "ashim.db", ""))
    assert kept.contents() == before
    assert signs_in(kept, "bob", key)
    left = {path.name for path in other.place.data.iterdir()}
    assert left == {"ashim.db", "ashim.db.lock", "secret", "branding", "files", done.before.name}


def test_a_damaged_database_is_kept_and_replaced(server: Server, archive: Path) -> None:
    contents = server.contents()
    server.place.database.write_bytes(b"damaged")
    wal = server.place.database.with_name("ashim.db-wal")
    wal.write_bytes(b"a log of something else")
    done = server.restore(archive)
    assert done.before is not None
    assert (done.before / "ashim.db").read_bytes() == b"damaged"
    assert (done.before / "ashim.db-wal").read_bytes() == b"a log of something else"
    assert without_note(server.contents()) == as_restored(contents)


@pytest.fixture(params=["postgresql", "mysql"])
def occupied(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """A server on a database server that has data already."""
    url = new_database(request, request.param, tmp_path / "c").url
    made = new_server(tmp_path / "occupied", url)
    made.fill("bob")
    return made


def test_rows_on_a_database_server_are_replaced_only_if_told_so(
    server: Server, archive: Path, occupied: Server, tmp_path: Path
) -> None:
    before = occupied.contents()
    with pytest.raises(BackupProblem, match="give --replace"):
        occupied.restore(archive)
    assert occupied.contents() == before
    done = occupied.restore(archive, replace=True)
    assert without_note(occupied.contents()) == as_restored(server.contents())
    assert done.before is not None
    left = {path.name for path in done.before.iterdir()}
    assert left == {"backup.tar.gz", "secret", "branding", "files"}
    third = new_server(tmp_path / "third")
    third.restore(done.before / "backup.tar.gz")
    assert without_note(third.contents()) == as_restored(before)


def test_rows_that_a_database_server_can_not_hold_change_nothing(
    server: Server, occupied: Server, tmp_path: Path
) -> None:
    """A name of any length goes into SQLite's file."""
    with closing(server.open()) as store, store.writing() as db:
        long = {"name": "long", "name_key": "x" * 900}
        Team.insert(id=new_id(), created=0, **long).execute(db)
    server.save(tmp_path / "long.tar.gz")
    before = occupied.contents()
    with pytest.raises(StoreProblem, match="The rows of teams don't fit"):
        occupied.restore(tmp_path / "long.tar.gz", replace=True)
    assert occupied.contents() == before


def repacked(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Pack an archive again, after its files were changed; the manifest is kept as it is."""
    with tarfile.open(archive) as tar:
        files = {name: reading(tar, name).read() for name in tar.getnames()}
    change(files)
    return pack(archive, [(plain_file(name, text), text) for name, text in files.items()])


def pack(archive: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    target = archive.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz", format=tarfile.USTAR_FORMAT) as tar:
        for header, text in members:
            tar.addfile(header, io.BytesIO(text))
    return target


def plain_file(name: str, text: bytes) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = len(text)
    return header


def refused(server: Server, archive: Path, words: str) -> None:
    before, names = server.contents(), sorted(os.listdir(server.place.data))
    outside = sorted(path for path in server.place.data.parent.rglob("*"))
    with pytest.raises(StoreProblem, match=words):
        server.restore(archive)
    assert server.contents() == before
    assert sorted(os.listdir(server.place.data)) == names
    assert sorted(path for path in server.place.data.parent.rglob("*")) == outside


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_a_flipped_byte_is_noticed(server: Server, archive: Path, share: float) -> None:
    content = archive.read_bytes()
    place = int(share * len(content))
    while is_the_same(damaged := flipped(content, place), content):
        place += 1
    archive.write_bytes(damaged)
    refused(server, archive, "damaged|no backup|wrong")


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


def is_the_same(one: bytes, other: bytes) -> bool:
    """Say whether two archives hold the same: some bits of a compressed file mean nothing."""
    try:
        return gzip.decompress(one) == gzip.decompress(other)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_noticed(server: Server, archive: Path, share: float) -> None:
    os.truncate(archive, int(share * archive.stat().st_size))
    refused(server, archive, "damaged|no backup")


def test_something_else_is_refused(server: Server, archive: Path) -> None:
    for content in (b"these are my notes", gzip.compress(b"these are my notes" * 100)):
        archive.write_bytes(content)
        refused(server, archive, "damaged, or is none")
    archive.write_bytes(pack(archive, [(plain_file("a.txt", b"a"), b"a")]).read_bytes())
    refused(server, archive, f"expected {NAME} first, found 'a.txt'")


def test_a_missing_file_is_noticed(server: Server, archive: Path) -> None:
    for name in ("secret", "tables/users.jsonl", "branding/logo.png"):
        changed = repacked(archive, lambda files, name=name: files.pop(name))  # type: ignore[misc]
        refused(server, changed, f"{name} is missing")


def test_changed_contents_are_noticed(server: Server, archive: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["secret"] = files["secret"][::-1]

    refused(server, repacked(archive, change), "secret is not what it was")


def test_a_file_that_the_manifest_does_not_name_is_refused(server: Server, archive: Path) -> None:
    for name in ("more.txt", "../outside", "/tmp/outside", "branding/../../outside"):
        changed = repacked(archive, lambda files, name=name: files.update({name: b"x"}))  # type: ignore[misc]
        refused(server, changed, "manifest doesn't name")


def edited(archive: Path, **changes: Any) -> Path:
    """Change fields of the manifest."""

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files[NAME])
        for field, value in changes.items():
            manifest[field] = {**manifest[field], **value} if isinstance(value, dict) else value
        files[NAME] = json.dumps(manifest).encode()

    return repacked(archive, change)


EMPTY = {"size": 0, "sha256": "0" * 64}


@pytest.mark.parametrize(
    "name",
    [
        *("../outside", "/tmp/outside", "branding/../../outside", "branding//x", "branding/"),
        *("secret/x", "secret2", "other/x", "tables/other.jsonl", "branding/a\nb", "ashim.db"),
    ],
)
def test_names_outside_of_what_is_kept_are_refused(
    server: Server, archive: Path, name: str
) -> None:
    refused(server, edited(archive, files={name: EMPTY}), "unexpected name")


def test_names_of_tables_are_no_paths(server: Server, archive: Path) -> None:
    changed = edited(
        archive, rows={"../../outside": 0}, files={"tables/../../outside.jsonl": EMPTY}
    )
    refused(server, changed, "rows")


def test_more_files_than_anybody_keeps_are_refused(
    server: Server, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"branding/{number}": EMPTY for number in range(10_001)}
    monkeypatch.setattr(packing, "MOST_BYTES", 100_000)
    refused(server, edited(archive, files=many), "no backup of ashim")


def test_a_size_that_no_archive_unpacks_to_is_refused(server: Server, archive: Path) -> None:
    bomb = {"branding/zeros": {"size": 10**12, "sha256": "0" * 64}}
    refused(server, edited(archive, files=bomb), r"has 10\d+ bytes in it")


def test_wrong_numbers_of_rows_are_refused(server: Server, archive: Path) -> None:
    refused(server, edited(archive, rows={"users": 4}), "rows of users are missing")
    refused(server, edited(archive, rows={"strange": 0}), "the tables that it should have")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"migration": "9999_future", "version": "9.0"}, r"newer version .*9\.0; it has 9999"),
        ({"format": 2, "version": "9.0"}, "format 2 .of ashim 9.0., this version reads format 1"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_the_backup_of_a_newer_version_is_refused(
    server: Server, archive: Path, changes: dict[str, Any], words: str
) -> None:
    refused(server, edited(archive, **changes), words)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_what_is_no_plain_file_is_refused(server: Server, archive: Path, kind: bytes) -> None:
    with tarfile.open(archive) as tar:
        text = reading(tar, NAME).read()
    link = tarfile.TarInfo("secret")
    link.type, link.linkname = kind, "/etc/passwd"
    refused(server, pack(archive, [(plain_file(NAME, text), text), (link, b"")]), "no plain file")


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE]
)
def test_a_header_that_would_fill_the_memory_is_refused(
    server: Server, archive: Path, kind: bytes
) -> None:
    """Python's reader takes the whole of such a header at once."""
    header = plain_file("x", b"")
    header.type, header.size = kind, 8 * 1024**3
    archive.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
    refused(server, archive, "no plain file")


def changed_rows(archive: Path, table: str, lines: list[bytes]) -> Path:
    """Replace the rows of a table, and what the manifest says about them."""
    text = b"".join(line + b"\n" for line in lines)
    entry = {"size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    name = f"tables/{table}.jsonl"

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files[NAME])
        manifest["files"][name], manifest["rows"][table] = entry, len(lines)
        files[NAME], files[name] = json.dumps(manifest).encode(), text

    return repacked(archive, change)


@pytest.mark.parametrize(
    "line",
    [
        *(b"[]", b"no JSON", b"{}", b'{"name":"a","value":"1"}', b"[" * 100_000),
        *(
            b'{"name":"a","value":["1"],"updated":0}',
            b'{"name":"a","value":"1","updated":NaN}',
            b'{"name":"a","value":"1","updated":0,"more":0}',
        ),
    ],
)
def test_lines_that_are_no_rows_are_refused(server: Server, archive: Path, line: bytes) -> None:
    refused(server, changed_rows(archive, "preferences", [line]), "line 1 of .* is no row")


def test_rows_that_contradict_each_other_are_refused(server: Server, archive: Path) -> None:
    row = b'{"name":"a","value":"1","updated":0}'
    refused(server, changed_rows(archive, "preferences", [row, row]), "rows of preferences don't")
    refused(server, changed_rows(archive, "teams", []), "rows of users don't fit")
    nobody = b'{"name":null,"value":"1","updated":0}'
    refused(server, changed_rows(archive, "preferences", [nobody]), "rows of preferences don't")


KILLED = """
import os, pathlib, shutil, signal, sys
from ashim_core.backup import archive as packing
from ashim_core.backup import restore as restoring

left = 0

def mortal(function):
    def step(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return step

shutil.move = mortal(shutil.move)
restoring._mark, restoring._unmark = mortal(restoring._mark), mortal(restoring._unmark)
restoring.settle = mortal(restoring.settle)
for line in sys.stdin:
    archive, data, url, left = line.rstrip("\\n").split("\\t")
    left, data = int(left), pathlib.Path(data)
    if not os.fork():
        place = restoring.Place(data, data / "ashim.db", url)
        restoring.restore(pathlib.Path(archive), place, replace=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""Restores, in a process of its own each time, that is killed before so many of its steps."""


@pytest.fixture(scope="module")
def killed() -> Iterator[Callable[[Path, Server, int], int]]:
    """Restore a backup and be killed before a step; gives the exit status."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        given, printed = process.stdin, process.stdout
        assert given is not None
        assert printed is not None

        def run(archive: Path, server: Server, steps: int) -> int:
            given.write(f"{archive}\t{server.place.data}\t{server.place.url}\t{steps}\n")
            given.flush()
            return int(printed.readline())

        yield run


@pytest.fixture(params=["sqlite", "postgresql"])
def others(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], Server]:
    """Make servers of a kind, each with data of its own."""

    def make(number: int) -> Server:
        url = new_database(request, request.param, tmp_path / f"d{number}").url
        made = new_server(tmp_path / f"other{number}", url)
        made.fill("bob")
        return made

    return make


def test_a_restore_that_is_killed_anywhere_can_be_run_again(
    others: Callable[[int], Server],
    killed: Callable[[Path, Server, int], int],
    server: Server,
    archive: Path,
) -> None:
    """It leaves the old, or the new, or a note that keeps servers from starting."""
    expected = as_restored(server.contents())
    states = []
    for step in range(100):
        other = others(step)
        before = other.contents()
        status = killed(archive, other, step)
        states.append(state(other, before, expected))
        if status == 0:
            break
        assert status == -signal.SIGKILL
        other.restore(archive, replace=True)
        assert without_note(other.contents()) == expected
        assert kept_accounts(other.place.data) == {"bob"}
    assert states[-1] == "new"
    # There is no way back from the second or the third.
    assert states == sorted(states, key=["old", "neither", "new"].index)
    assert set(states) == {"old", "neither", "new"}


def state(server: Server, old: dict[str, Any], new: dict[str, Any]) -> str:
    if interrupted_restore(server.place.database).exists():
        with pytest.raises(StoreProblem, match="run 'ashim restore' again"):
            server.open()
        return "neither"
    contents = server.contents()
    if contents == old:
        return "old"
    assert without_note(contents) == new
    return "new"


def kept_accounts(data: Path) -> set[str]:
    """Name the accounts that the folders beside the data hold, those of the backup aside."""
    names: set[str] = set()
    for folder in data.glob("before-restore-*"):
        if (folder / "ashim.db").exists():
            names |= accounts(Server(Place(folder, folder / "ashim.db", "")))
        if (folder / "backup.tar.gz").exists():
            opened = new_server(folder / "opened")
            opened.restore(folder / "backup.tar.gz")
            names |= accounts(opened)
    return names - {"admin", "(everybody)", "ann"}


def accounts(server: Server) -> set[str]:
    return {row["username"] for row in server.contents()["users"]}


def test_a_full_disk_leaves_what_is_there(
    server: Server, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = server.contents()
    monkeypatch.setattr(restoring, "settle", full)
    with pytest.raises(OSError, match="No space"):
        server.restore(archive)
    assert server.contents() == before


@pytest.fixture
def ashim_command(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a subcommand for `server`."""
    monkeypatch.setenv("DATA_DIR", str(server.place.data))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_the_commands_say_what_they_did(
    server: Server, ashim_command: Callable[..., Result], tmp_path: Path
) -> None:
    expected = as_restored(server.contents())
    saved = ashim_command("backup", tmp_path / "a.tar.gz")
    assert saved.exit_code == 0, saved.output
    assert "3 users" in saved.output
    server.fill("bob")
    done = ashim_command("restore", tmp_path / "a.tar.gz")
    assert done.exit_code == 0, done.output
    assert "3 users" in done.output
    assert f"{server.place.data}/before-restore-" in done.output
    assert without_note(server.contents()) == expected


def test_the_commands_explain_mistakes_in_a_line(
    server: Server, ashim_command: Callable[..., Result], tmp_path: Path, archive: Path
) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    attempts = {
        ("backup", archive): "exists already",
        ("backup", tmp_path / "missing" / "a.tar.gz"): "No such file or directory",
        ("restore", tmp_path / "missing.tar.gz"): "does not exist",
        ("restore", tmp_path / "notes.txt"): "is damaged, or is none",
    }
    for words, answer in attempts.items():
        result = ashim_command(*words)
        assert result.exit_code != 0
        assert answer in result.output
        assert "Traceback" not in result.output
    server.place.database.write_bytes(b"damaged")
    result = ashim_command("backup", tmp_path / "new.tar.gz")
    assert (result.exit_code, "is damaged" in result.output) == (1, True)
    server.place.database.unlink()
    result = ashim_command("backup", tmp_path / "new.tar.gz")
    assert (result.exit_code, "nothing to back up" in result.output) == (1, True)
    assert not server.place.database.exists()


def test_a_running_server_can_be_saved_but_not_replaced(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = ashim(plain)
    monkeypatch.setenv("DATA_DIR", str(client.core.config.data_dir))
    saved = CliRunner().invoke(main, ["backup", str(tmp_path / "a.tar.gz")])
    assert saved.exit_code == 0, saved.output
    refused = CliRunner().invoke(main, ["restore", str(tmp_path / "a.tar.gz")])
    assert refused.exit_code == 1
    assert "A server uses" in refused.output
    assert "Traceback" not in refused.output
    assert client.http.get("/api/v1/settings").status_code == 200
    client.core.close()
    done = CliRunner().invoke(main, ["restore", str(tmp_path / "a.tar.gz")])
    assert done.exit_code == 0, done.output


def test_a_restore_keeps_servers_out_meanwhile(
    server: Server,
    archive: Path,
    ashim_command: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def look(*_: object) -> None:
        with Presence(server.place.data) as presence:
            seen.append(presence.alone)

    monkeypatch.setattr(restoring, "_swap_files", look)
    assert ashim_command("restore", archive).exit_code == 0
    assert seen == [False]


def test_a_backup_taken_while_others_write_is_of_one_moment(server: Server, tmp_path: Path) -> None:
    """Every account has its entry in the log, although both are read one after the other."""
    for number, found in enumerate(backups_beside_a_writer(server, tmp_path)):
        other = new_server(tmp_path / f"new{number}")
        other.restore(found)
        contents = other.contents()
        made = [
            row["target_id"] for row in contents["audit_log"] if row["action"] == "USER_CREATED"
        ]
        users = [row["id"] for row in contents["users"] if row["username"].startswith("late")]
        assert set(users) <= set(made)
        assert len(made) == len(users) + 1


def backups_beside_a_writer(server: Server, folder: Path) -> Iterator[Path]:
    writer = Writer(server.place.database, "late")
    try:
        for number in range(3):
            writer.saved()
            target = folder / f"{number}.tar.gz"
            server.save(target)
            yield target
    finally:
        writer.kill()


def test_a_missing_data_folder_is_made(archive: Path, server: Server, tmp_path: Path) -> None:
    contents = as_restored(server.contents())
    shutil.rmtree(server.place.data)
    result = CliRunner().invoke(
        main, ["restore", str(archive)], env={"DATA_DIR": str(tmp_path / "deep" / "data")}
    )
    assert result.exit_code == 0, result.output
    data = tmp_path / "deep" / "data"
    assert without_note(Server(Place(data, data / "ashim.db", "")).contents()) == contents
