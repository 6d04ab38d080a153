"""Bulk Rename: names after a pattern, in the order of the files, and not a byte changed."""

import io
import json
import struct
import zipfile
from datetime import UTC, datetime
from typing import Any

import ashim_optimization.bulk_rename
import pytest
from ashim_optimization.naming import filled, parts

from ashim_core.testing import MakeClient, ToolClient, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_optimization.bulk_rename)


Files = list[tuple[str, bytes]]
THREE: Files = [("c.jpg", b"third"), ("a.PNG", b"first"), ("b", b"second")]


def post(client: ToolClient, files: Files, accept: str = "*/*", **settings: Any) -> Any:
    response = client.http.post(
        "/api/v1/tools/bulk-rename",
        data={
            "settings": json.dumps(settings),
            "file": [(io.BytesIO(data), name) for name, data in files],
        },
        headers={"Accept": accept},
    )
    response.get_data()
    response.close()
    return response


def renamed(client: ToolClient, files: Files, **settings: Any) -> list[str]:
    answer = post(client, files, "application/json", **settings).json
    return [output["name"] for output in answer["outputs"]]


def dated(date: bytes) -> bytes:
    """Give a JPEG that was taken on a day, by its EXIF."""
    text = date + b"\0"
    exif = b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x8769, 4, 1, 26) + bytes(4)
    exif += struct.pack(">HHHII", 1, 0x9003, 2, len(text), 44) + bytes(4) + text
    body = b"Exif\0\0" + exif
    data = sample("jpeg")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def test_files_keep_their_order_their_extension_and_their_bytes(client: ToolClient) -> None:
    response = post(client, THREE)
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.namelist() == ["image-1.jpg", "image-2.PNG", "image-3"]
        assert [archive.read(name) for name in archive.namelist()] == [
            b"third",
            b"first",
            b"second",
        ]


def test_one_file_comes_in_a_zip_too(client: ToolClient) -> None:
    response = post(client, [("a.bin", b"\0\1")], pattern="{original}-{n}")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.namelist() == ["a-1.bin"]
        assert archive.read("a-1.bin") == b"\0\1"


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"pattern": "{original}_{n}"}, ["c_1.jpg", "a_2.PNG", "b_3"]),
        ({"startIndex": 9}, ["image-9.jpg", "image-10.PNG", "image-11"]),
        ({"startIndex": 0, "padding": 3}, ["image-000.jpg", "image-001.PNG", "image-002"]),
        ({"pattern": "x{{index}}"}, ["x1.jpg", "x2.PNG", "x3"]),
        ({"pattern": "x{{padded}}", "startIndex": 98}, ["x098.jpg", "x099.PNG", "x100"]),
        ({"pattern": "{{original}}"}, ["c.jpg", "a.PNG", "b"]),
        ({"pattern": "a.b {n}"}, ["a.b 1.jpg", "a.b 2.PNG", "a.b 3"]),
    ],
)
def test_patterns(client: ToolClient, settings: dict[str, Any], names: list[str]) -> None:
    assert renamed(client, THREE, **settings) == names


def test_the_date_is_that_of_the_picture_or_today(client: ToolClient) -> None:
    before = datetime.now(UTC).astimezone().date().isoformat()
    files = [("a.jpg", dated(b"2021:12:24 18:00:00")), ("b.txt", b"text")]
    files.append(("c.jpg", dated(b"0000:00:00 00:00:00")))
    names = renamed(client, files, pattern="{date} {n}")
    after = datetime.now(UTC).astimezone().date().isoformat()
    assert names[0] == "2021-12-24 1.jpg"
    assert names[1:] in [[f"{day} 2.txt", f"{day} 3.jpg"] for day in (before, after)]


def test_names_that_are_equal_get_a_number(client: ToolClient) -> None:
    files: Files = [("a.jpg", b"1"), ("b.jpg", b"2"), ("c.JPG", b"3")]
    assert renamed(client, files, pattern="same") == ["same.jpg", "same_1.jpg", "same_2.JPG"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("..", "file.jpg"), ("CON", "_CON.jpg"), (". {n} .", "1.jpg")],
)
def test_names_are_harmless(client: ToolClient, pattern: str, name: str) -> None:
    assert renamed(client, [("a.jpg", b"1"), ("b.txt", b"2")], pattern=pattern)[0] == name


def test_long_names_are_cut_and_keep_their_extension(client: ToolClient) -> None:
    names = renamed(client, [("ä" * 100 + ".jpg", b"1"), ("b.jpg", b"2")], pattern="{original}" * 3)
    assert len(names[0].encode()) <= 150
    assert names[0].endswith("ä.jpg")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{foo}", "'{foo}' at position 1"),
        ("ab{n}{x.__class__}", "'{x.__class__}' at position 6"),
        ("{n!r}", "'{n!r}' at position 1"),
        ("{0}", "'{0}' at position 1"),
        ("{}", "'{}' at position 1"),
        ("a{n", "'{' at position 2"),
        ("a{{n}", "'{' at position 2"),
        ("a}b", "'}' at position 2"),
        ("../{n}", "'/' at position 3"),
        ("a\\b", "at position 2"),
        ("a\0", "at position 2"),
        ("a:b", "':' at position 2"),
    ],
)
def test_wrong_patterns_are_refused_with_the_place(
    client: ToolClient, pattern: str, said: str
) -> None:
    answer = post(client, THREE, pattern=pattern).json
    assert (answer["statusCode"], answer["code"]) == (400, "INVALID_SETTINGS")
    (detail,) = answer["details"]
    assert detail["field"] == "pattern"
    assert said in detail["expected"]


@pytest.mark.parametrize(
    "settings",
    [
        {"pattern": ""},
        {"pattern": "x" * 201},
        {"pattern": 5},
        {"startIndex": -1},
        {"startIndex": 1.5},
        {"padding": 13},
        {"padding": "3"},
        {"start": 1},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    answer = post(client, THREE, **settings).json
    assert (answer["statusCode"], answer["code"]) == (400, "INVALID_SETTINGS")


def test_no_file_is_refused(client: ToolClient) -> None:
    assert client.refusal("bulk-rename") == (400, "NO_FILE")


def test_values_are_not_read_as_patterns() -> None:
    values: Any = {"original": "{n}", "n": "7", "padded": "07", "date": ""}
    assert filled(parts("{original}-{n}"), values) == "{n}-7"
