"""Several files as one: what comes out of the ZIP, when, and under which names."""

import builtins
import io
import json
import random
import shutil
import subprocess
import sys
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from ashim_core.archive import (
    MAX_HEADER,
    PIECE,
    Entry,
    Names,
    ascii_json,
    stream_zip,
    unique_names,
)
from ashim_core.names import safe_name

MOMENT = datetime(2024, 2, 29, 13, 14, 16, tzinfo=UTC)
NOISE = random.Random(1).randbytes(3 * PIECE + 17)
UNZIP = shutil.which("unzip")
ZIP64_END = b"PK\x06\x06"


def packed(*entries: Entry) -> bytes:
    return b"".join(stream_zip(entries, MOMENT))


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def info_of(data: bytes, name: str) -> zipfile.ZipInfo:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.getinfo(name)


def three(folder: Path) -> list[Entry]:
    picture = folder / "picture"
    picture.write_bytes(NOISE)
    return [
        Entry("größe 图 🙂.jpg", picture, "image/jpeg"),
        Entry("drawing.svg", b"<svg/>" * 40_000, "image/svg+xml"),
        Entry("empty.json", b"", "application/json"),
    ]


def test_everything_that_went_in_comes_out(tmp_path: Path) -> None:
    assert contents(packed(*three(tmp_path))) == {
        "größe 图 🙂.jpg": NOISE,
        "drawing.svg": b"<svg/>" * 40_000,
        "empty.json": b"",
    }


def test_python_on_the_command_line_finds_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(packed(*three(tmp_path)))
    command = [sys.executable, "-X", "utf8", "-m", "zipfile", "-t", str(path)]
    result = subprocess.run(command, capture_output=True, check=False)
    assert (result.returncode, result.stdout.split()) == (0, [b"Done", b"testing"])


@pytest.mark.skipif(UNZIP is None, reason="the program 'unzip' isn't installed")
@pytest.mark.parametrize("limit", [zipfile.ZIP64_LIMIT, 1000])
def test_unzip_finds_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    path = tmp_path / "all.zip"
    path.write_bytes(packed(*three(tmp_path)))
    result = subprocess.run([str(UNZIP), "-tq", str(path)], capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(b"No errors detected")


def test_the_same_entries_make_the_same_bytes(tmp_path: Path) -> None:
    assert packed(*three(tmp_path)) == packed(*three(tmp_path))


def test_nothing_at_all_is_a_zip_too() -> None:
    assert contents(packed()) == {}


def test_an_entry_says_when_it_was_made_and_who_may_read_it() -> None:
    info = info_of(packed(Entry("a.txt", b"a", "text/plain")), "a.txt")
    assert info.date_time == (2024, 2, 29, 13, 14, 16)
    assert info.external_attr >> 16 == 0o100644


def test_names_are_marked_as_utf8() -> None:
    assert info_of(packed(Entry("ü.txt", b"", "text/plain")), "ü.txt").flag_bits & 0x800


@pytest.mark.parametrize(
    ("date", "noted"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(2200, 1, 1, tzinfo=UTC), (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_dates_that_a_zip_cannot_hold_become_the_nearest(
    date: datetime, noted: tuple[int, ...]
) -> None:
    data = b"".join(stream_zip([Entry("a", b"a", "text/plain")], date))
    assert info_of(data, "a").date_time == noted


def test_without_a_date_it_is_now() -> None:
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    info = info_of(b"".join(stream_zip([Entry("a", b"a", "text/plain")])), "a")
    after = datetime.now(UTC).replace(tzinfo=None)
    noted = datetime(*info.date_time)  # noqa: DTZ001 - a ZIP knows no time zones
    # A ZIP counts seconds by twos.
    assert before.replace(second=before.second // 2 * 2) <= noted <= after


@pytest.mark.parametrize(
    "media_type",
    [
        *("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "image/heif"),
        *("image/tiff", "application/pdf", "application/zip", "application/octet-stream"),
    ],
)
def test_what_is_compressed_already_is_only_stored(media_type: str) -> None:
    data = packed(Entry("a", bytes(10_000), media_type))
    assert info_of(data, "a").compress_type == zipfile.ZIP_STORED
    assert len(data) > 10_000


@pytest.mark.parametrize(
    "media_type",
    ["image/svg+xml", "text/plain", "text/csv", "application/json", "image/bmp"],
)
def test_text_and_bare_pixels_are_deflated(media_type: str) -> None:
    data = packed(Entry("a", bytes(10_000), media_type))
    assert info_of(data, "a").compress_type == zipfile.ZIP_DEFLATED
    assert len(data) < 400


def test_no_piece_is_empty_or_larger_than_agreed(tmp_path: Path) -> None:
    sizes = [len(piece) for piece in stream_zip(three(tmp_path), MOMENT)]
    assert min(sizes) > 0
    assert max(sizes) == PIECE


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/svg+xml"])
def test_an_entry_is_complete_before_the_next_is_asked_for(media_type: str) -> None:
    asked: list[int] = []

    def entries() -> Iterator[Entry]:
        for number in range(3):
            asked.append(number)
            yield Entry(f"{number}.bin", NOISE, media_type)

    got: dict[int, bytes] = {}
    for piece in stream_zip(entries(), MOMENT):
        got[asked[-1]] = got.get(asked[-1], b"") + piece
    assert list(got) == [0, 1, 2]
    for number in (0, 1):
        assert got[number].startswith(b"PK\x03\x04")
        assert f"{number}.bin".encode() in got[number]
        assert len(got[number]) > len(NOISE)
        # The sizes behind the data are the last of an entry: signature, checksum, two sizes.
        assert got[number][-16:].startswith(b"PK\x07\x08")


def test_a_file_is_opened_when_its_turn_has_come(tmp_path: Path) -> None:
    later = tmp_path / "later"
    pieces = stream_zip([Entry("a", b"a", "image/png"), Entry("b", later, "image/png")], MOMENT)
    first = next(pieces)
    later.write_bytes(b"there now")
    assert contents(first + b"".join(pieces)) == {"a": b"a", "b": b"there now"}


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/bmp"])
def test_a_large_file_takes_little_memory(tmp_path: Path, media_type: str) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in stream_zip([Entry("a", large, media_type)], MOMENT))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (total > 50_000_000) == (media_type == "image/jpeg")
    assert peak < 2 * 1024 * 1024


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/svg+xml"])
def test_sizes_beyond_four_bytes_are_noted_in_eight(
    monkeypatch: pytest.MonkeyPatch, media_type: str
) -> None:
    entries = [Entry(f"{number}.bin", NOISE, media_type) for number in range(3)]
    assert ZIP64_END not in packed(*entries)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    data = packed(*entries)
    assert ZIP64_END in data
    assert contents(data) == {f"{number}.bin": NOISE for number in range(3)}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [info.extract_version for info in archive.infolist()] == [45, 45, 45]


def test_small_files_need_nothing_that_old_programs_do_not_know() -> None:
    assert info_of(packed(Entry("a", b"a", "text/plain")), "a").extract_version == 20


def test_more_entries_than_two_bytes_can_count() -> None:
    many = 66_000
    entries = (Entry(str(number), b"", "image/png") for number in range(many))
    data = b"".join(stream_zip(entries, MOMENT))
    assert ZIP64_END in data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [str(number) for number in range(many)]
        assert archive.read("65999") == b""


class Opened:
    """Remembers the files that were opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: list[IO[Any]] = []
        opener = builtins.open

        def remembering(path: Path, mode: str) -> IO[Any]:
            self.files.append(opener(path, mode))
            return self.files[-1]

        monkeypatch.setattr(Path, "open", remembering)

    def still(self) -> list[bool]:
        return [not file.closed for file in self.files]


def test_who_stops_early_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = three(tmp_path)
    opened = Opened(monkeypatch)
    pieces = stream_zip(entries, MOMENT)
    next(pieces)
    assert opened.still() == [True]
    pieces.close()
    assert opened.still() == [False]


def test_only_one_file_is_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(NOISE)
    opened = Opened(monkeypatch)
    entries = [Entry(str(number), tmp_path / "a", "image/png") for number in range(4)]
    most = max(sum(opened.still()) for _ in stream_zip(entries, MOMENT))
    assert most == 1
    assert opened.still() == [False] * 4


def test_a_file_that_is_gone_ends_the_zip_without_a_directory(tmp_path: Path) -> None:
    entries = [
        Entry("a", b"here", "image/png"),
        Entry("b", tmp_path / "gone", "image/png"),
    ]
    got = bytearray()
    with pytest.raises(FileNotFoundError):  # noqa: PT012 - what came before it counts too
        for piece in stream_zip(entries, MOMENT):
            got += piece
    assert b"here" in got
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))


def test_an_error_of_who_gives_the_entries_comes_through() -> None:
    def entries() -> Iterator[Entry]:
        yield Entry("a", b"here", "image/png")
        raise LookupError("no more of them")

    got = bytearray()
    with pytest.raises(LookupError, match="no more of them"):  # noqa: PT012 - as above
        for piece in stream_zip(entries(), MOMENT):
            got += piece
    assert b"here" in got
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))


LONG = "x" * 300


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        (["a.jpg", "a.jpg", "a.jpg"], ["a.jpg", "a_1.jpg", "a_2.jpg"]),
        (["a.jpg", "A.JPG", "a.Jpg"], ["a.jpg", "A_1.JPG", "a_2.Jpg"]),
        (["a.jpg", "a.png"], ["a.jpg", "a.png"]),
        (["é.png", "e\u0301.png", "E\u0301.png"], ["é.png", "é_1.png", "É_2.png"]),
        (["e\u200d\u0301.png", "é.png"], ["é.png", "é_1.png"]),
        (["straße", "STRASSE"], ["straße", "STRASSE_1"]),
        (["a_1.jpg", "a.jpg", "a.jpg"], ["a_1.jpg", "a.jpg", "a_2.jpg"]),
        (["a.jpg", "a.jpg", "a_1.jpg"], ["a.jpg", "a_1.jpg", "a_1_1.jpg"]),
        (["a.tar.gz", "a.tar.gz"], ["a.tar.gz", "a.tar_1.gz"]),
        (["none", "none"], ["none", "none_1"]),
        (["../../etc/passwd", "/etc/passwd", "C:\\x\\passwd"], ["passwd", "passwd_1", "passwd_2"]),
        (["", "..", "a/"], ["upload", "upload_1", "upload_2"]),
        ([".hidden", "a.jpg. .", " a.jpg "], ["hidden", "a.jpg", "a_1.jpg"]),
        (["CON", "nul.txt", "Com1.tar.gz"], ["_CON", "_nul.txt", "_Com1.tar.gz"]),
        (["lpt9 .x", "com¹.x", "conin$.x"], ["_lpt9 .x", "_com¹.x", "_conin$.x"]),
        (["aux.png", "_AUX.png"], ["_aux.png", "_AUX_1.png"]),
        (["console.txt", "com10.x", "nul_1"], ["console.txt", "com10.x", "nul_1"]),
        (["🙂.png", "🙂.png"], ["🙂.png", "🙂_1.png"]),
        (["a\r\nb\0.png", "ab.png"], ["ab.png", "ab_1.png"]),
        ([f"{LONG}.png", f"{LONG}.png"], [f"{'x' * 146}.png", f"{'x' * 144}_1.png"]),
        ([LONG, f"{LONG}y"], ["x" * 150, f"{'x' * 147}_1"]),
        # Cutting leaves no first half, or nothing but spaces.
        ([f"图.{LONG}"], [f"图.{'x' * 39}"]),
        ([f"图.{' ' * 300}y"], ["图"]),
        ([f"a.{'b' * 38} {LONG}"], [f"a.{'b' * 38}"]),
    ],
)
def test_names_in_one_folder(names: list[str], unique: list[str]) -> None:
    assert unique_names(names) == unique


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_names_are_they_can_live_together(seed: int) -> None:
    chance = random.Random(seed)
    signs = [*"aAbé图ß\u0131. /\\:_1\x7f\u200d\u0301\u212b\ud800🙂", "CON", "nul", "x" * 149]
    names = ["".join(chance.choices(signs, k=chance.randint(0, 6))) for _ in range(800)]
    unique = unique_names(names)
    assert len(unique) == len(names)
    assert len({unicodedata.normalize("NFC", name.casefold()) for name in unique}) == len(names)
    for name in unique:
        assert safe_name(name) == name
        assert len(name.encode()) <= 150
        assert unicodedata.is_normalized("NFC", name)
        assert name.partition(".")[0].rstrip().upper() not in {"CON", "NUL"}


def test_names_are_given_one_by_one_as_well() -> None:
    names = Names()
    assert names.add("manifest.json") == "manifest.json"
    assert names.add("Manifest.json") == "Manifest_1.json"


def test_the_thousandth_of_a_name_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counting(name: str, fallback: str = "upload") -> str:
        calls.append(name)
        return safe_name(name, fallback)

    monkeypatch.setattr("ashim_core.archive.safe_name", counting)
    monkeypatch.setattr("ashim_core.names.safe_name", counting)
    assert unique_names(["a.png"] * 1000)[-1] == "a_999.png"
    assert len(calls) <= 4 * 1000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"0": "a.png"}, '{"0":"a.png"}'),
        (["ü", "图", "🙂"], r'["\u00fc","\u56fe","\ud83d\ude42"]'),
        ("a\r\nSet-Cookie: b\0\x7f\u2028\ud800", r'"a\r\nSet-Cookie: b\u0000\u007f\u2028\ud800"'),
        (None, "null"),
    ],
)
def test_json_in_a_header_is_one_line_of_visible_ascii(value: object, text: str) -> None:
    written = ascii_json(value)
    assert written == text
    assert all(" " <= char <= "~" for char in written)
    assert json.loads(written) == value


def test_json_that_is_too_long_for_a_header_is_none_at_all() -> None:
    longest = "x" * (MAX_HEADER - 2)
    assert ascii_json(longest) == f'"{longest}"'
    assert ascii_json(longest + "x") is None
    assert ascii_json("ü" * (MAX_HEADER // 6 + 1)) is None


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        ascii_json(float("nan"))
