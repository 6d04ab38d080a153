"""Tools that work on files of the library, at the edges: repeats, names, races, what isn't kept."""

import base64
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ashim_core.plugin import Context, FileTool, Outcome, Tool, ToolSettings, hookimpl
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

STEPS = '[{"toolId": "same"}]'
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="alert(1)">
<script>alert(2)</script><rect width="40" height="30" fill="red"/></svg>"""


class Nothing(ToolSettings):
    pass


def draw(context: Context[Nothing]) -> Outcome:
    """Draw something that could run."""
    path = context.workdir / "drawing.svg"
    path.write_bytes(SVG)
    return [path]


def describe(context: Context[Nothing]) -> Outcome:
    """Write a page about a picture."""
    path = context.workdir / "page.html"
    path.write_text("<script>alert(1)</script>")
    return [path]


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("draw", draw, Nothing, category="utilities")
    yield FileTool("describe", describe, Nothing, category="utilities")


def own_tools() -> ModuleType:
    return sys.modules[__name__]


def post(client: ToolClient, path: str, headers: dict[str, str] | None = None, **form: Any) -> Any:
    response = client.http.post(
        f"/api/v1/{path}",
        data=form,
        headers={"Accept": "application/json", **(headers or {})},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def keep(client: ToolClient, name: str = "a.png") -> str:
    answer = post(client, "upload", file=(io.BytesIO(sample("rgb")), name))
    assert answer.status_code == 201, answer.text
    return str(answer.json["files"][0]["id"])


def get(client: ToolClient, path: str) -> Any:
    response = client.http.get(f"/api/v1/{path}")
    response.get_data()
    response.close()
    return response


def versions(client: ToolClient, file: str) -> list[Any]:
    return list(get(client, f"files/{file}").json["versions"])


def newest(client: ToolClient) -> list[str]:
    return [record["id"] for record in get(client, "files").json["files"]]


def pictures(*kinds: str) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(sample(kind)), f"{kind}.png") for kind in kinds]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{'x' * 146}.png", f"{'x' * 145}.webp"),
        (f"{'ü' * 73}.png", f"{'ü' * 72}.webp"),
        ("x" * 150, f"{'x' * 145}.webp"),
        ("a.b.png", "a.b.webp"),
        (".png", "png.webp"),
        ("a.", "a.webp"),
        ("a. .png", "a. .webp"),
        ("...", "upload.webp"),
    ],
)
def test_a_version_of_another_format_has_its_extension(
    client: ToolClient, name: str, expected: str
) -> None:
    file = keep(client, name)
    answer = post(
        client, "files/save-result", parentId=file, file=(io.BytesIO(sample("webp")), "b.webp")
    )
    assert answer.status_code == 201, answer.text
    kept = answer.json["file"]["originalName"]
    assert kept == expected
    assert len(kept.encode()) <= 150


def test_a_file_that_is_named_twice_gets_two_versions(client: ToolClient) -> None:
    file = keep(client)
    answer = post(client, "tools/mirror/batch", fileId=[file, file])
    saved = [item["savedFileId"] for item in answer.json["results"]]
    found = versions(client, file)
    assert [item["id"] for item in found] == [file, *saved]
    assert [item["parentId"] for item in found] == [None, file, file]
    assert newest(client) == [saved[1]]


def test_uploads_can_all_be_versions_of_one_file(client: ToolClient) -> None:
    file = keep(client)
    files = pictures("rgb", "grey")
    answer = post(client, "tools/same/batch", fileId=[file, file], files=files)
    assert len(answer.json["results"]) == 2
    assert [item["version"] for item in versions(client, file)] == [1, 2, 3]


def test_the_form_and_the_settings_may_say_the_same_but_not_differ(client: ToolClient) -> None:
    one, other = keep(client), keep(client)
    same = post(client, "tools/same", fileId=one, settings=json.dumps({"fileId": one}))
    assert same.status_code == 200
    assert len(versions(client, one)) == 2
    differing = post(client, "tools/same", fileId=one, settings=json.dumps({"fileId": other}))
    assert (differing.status_code, differing.json["details"][0]["field"]) == (400, "fileId")


def test_a_second_picture_does_not_take_the_place_of_the_file(client: ToolClient) -> None:
    file = keep(client)
    mask = (io.BytesIO(sample("jpeg")), "mask.jpg")
    answer = post(client, "tools/count", fileId=file, mask=mask)
    assert answer.json["fields"] == ["file", "mask"]


def test_addresses_under_a_prefix_are_references_too(ashim: MakeClient) -> None:
    client = ashim(plain, root_path="/pictures")
    file = keep(client)
    address = get(client, f"files/{file}").json["file"]["downloadUrl"]
    assert address == f"/pictures/api/v1/files/{file}/download"
    assert post(client, "tools/same", file=address).status_code == 200


def unsigned(text: str) -> str:
    """Give an answer without the signatures of its links, which say when they were made."""
    return re.sub(r"signature=[\w.-]+", "signature", text)


@pytest.mark.parametrize("path", ["tools/same", "tools/same/batch"])
@pytest.mark.parametrize("headers", [{}, {"Prefer": "wait=10"}])
def test_a_repeated_request_makes_no_second_version(
    client: ToolClient, path: str, headers: dict[str, str]
) -> None:
    file = keep(client)
    headers = {"Idempotency-Key": "k", **headers}
    first = post(client, path, headers, fileId=file)
    second = post(client, path, headers, fileId=file)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert unsigned(second.text) == unsigned(first.text)
    assert len(versions(client, file)) == 2


def test_a_repeated_request_with_another_file_is_another_request(client: ToolClient) -> None:
    one, other = keep(client), keep(client)
    headers = {"Idempotency-Key": "k"}
    assert post(client, "tools/same", headers, fileId=one).status_code == 200
    answer = post(client, "tools/same", headers, fileId=other)
    assert (answer.status_code, answer.json["code"]) == (409, "CONFLICT")
    assert len(versions(client, other)) == 1


def test_a_streamed_batch_names_its_versions_in_the_manifest(client: ToolClient) -> None:
    files = [keep(client, f"{number}.png") for number in range(3)]
    form = {"fileId": files, "stream": "true"}
    answer = post(client, "tools/same/batch", {"Accept": "*/*"}, **form)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    saved = [versions(client, file)[1]["id"] for file in files]
    assert [item["savedFileId"] for item in manifest] == saved


def test_a_batch_that_is_cancelled_leaves_what_was_saved(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [keep(client, f"{number}.png") for number in range(3)]
    library, jobs = client.core.library, client.core.jobs
    add = library.add_version

    def cancelling(*values: Any) -> Any:
        saved = add(*values)
        for job in jobs.views(None, 10):
            jobs.remove(job.id)
        return saved

    monkeypatch.setattr(library, "add_version", cancelling)
    headers = {"Prefer": "wait=10"}
    answer = post(client, "tools/same/batch", headers, fileId=files)
    assert answer.json["code"] == "CANCELLED"
    counts = [len(versions(client, file)) for file in files]
    assert counts == [2, 1, 1]


def test_results_that_are_saved_at_once_follow_each_other(client: ToolClient) -> None:
    file = keep(client)

    def save(_: int) -> int:
        return int(post(ToolClient(client.core), "tools/mirror", fileId=file).status_code)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(save, range(12))) == [200] * 12
    found = versions(client, file)
    assert [item["version"] for item in found] == list(range(1, 14))
    assert newest(client) == [found[-1]["id"]]
    assert len({item["id"] for item in found}) == 13


def test_uploads_at_once_never_pass_the_quota(ashim: MakeClient) -> None:
    client = ashim(plain, library_quota_mb=1)
    data = sample("rgb") + bytes(300_000)

    def upload(number: int) -> int:
        picture = (io.BytesIO(data + bytes([number])), f"{number}.png")
        return int(post(callers[number], "upload", file=picture).status_code)

    # One after the other: Python 3.11 can't parse in several threads at once, as routes need.
    callers = [ToolClient(client.core) for _ in range(8)]
    for _ in range(3):
        with ThreadPoolExecutor(8) as threads:
            statuses = sorted(threads.map(upload, range(8)))
        assert statuses == [201] * 3 + [507] * 5
        files = newest(client)
        assert len(blobs(client)) == len(files) == 3
        assert client.http.delete("/api/v1/files", json={"ids": files}).json == {"deleted": 3}
        assert blobs(client) == []


def blobs(client: ToolClient) -> list[Path]:
    return list((client.core.config.data_dir / "files").glob("??/*"))


def test_a_drawing_that_a_tool_makes_is_kept_without_what_could_run(ashim: MakeClient) -> None:
    client = ashim(own_tools())
    file = keep(client)
    saved = post(client, "tools/draw", fileId=file).json["savedFileId"]
    record = get(client, f"files/{saved}").json["file"]
    assert (record["mimeType"], record["originalName"]) == ("image/svg+xml", "a.svg")
    data = get(client, f"files/{saved}/download").data
    assert b"rect" in data
    assert b"script" not in data
    assert b"onload" not in data


def test_what_is_no_picture_is_not_kept(ashim: MakeClient) -> None:
    client = ashim(own_tools())
    file = keep(client)
    answer = post(client, "tools/describe", fileId=file)
    assert answer.status_code == 200
    assert "savedFileId" not in answer.json
    assert len(versions(client, file)) == 1


def delete_when_found(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next file deleted between the moment when it is found and when it is read."""
    library = client.core.library
    find = library.find

    def late(*values: Any) -> Any:
        row = find(*values)
        monkeypatch.setattr(library, "find", find)
        delete(client, row.id)
        return row

    monkeypatch.setattr(library, "find", late)


PLACES = ("download", "thumbnail")


@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_is_deleted_while_it_is_asked_for_is_not_found(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    file = keep(client)
    delete_when_found(client, monkeypatch)
    answer = get(client, f"files/{file}/{place}")
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")


def test_an_input_that_is_deleted_meanwhile_is_not_found(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(client)
    delete_when_found(client, monkeypatch)
    answer = post(client, "tools/same", file=f"/files/{file}")
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")


def delete(client: ToolClient, file: str) -> None:
    assert ToolClient(client.core).http.delete(f"/api/v1/files/{file}").status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_a_disk_that_is_not_there_is_no_failure_of_the_server(
    client: ToolClient, place: str
) -> None:
    file = keep(client)
    folder = client.core.config.data_dir / "files"
    folder.rename(folder.with_name("elsewhere"))
    for answer in (
        get(client, f"files/{file}/{place}"),
        post(client, "tools/same", file=f"/files/{file}"),
        client.http.post(f"/api/v1/files/{file}/restore"),
    ):
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (503, "SERVER_BUSY")
    folder.with_name("elsewhere").rename(folder)


def test_a_thumbnail_does_not_outlive_its_picture(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that is being made while the picture is deleted."""
    file = keep(client)
    run_once = client.core.jobs.run_once

    @contextmanager
    def late(*values: Any) -> Iterator[Any]:
        with run_once(*values) as result:
            delete(client, file)
            yield result

    monkeypatch.setattr(client.core.jobs, "run_once", late)
    assert get(client, f"files/{file}/thumbnail").status_code == 404
    assert not list((client.core.config.data_dir / "thumbnails").glob("??/*"))


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "sent",
    [
        cursor("createdAt", True, float("nan"), "0" * 32),
        cursor("createdAt", True, float("inf"), "0" * 32),
        cursor("createdAt", True, 10**400, "0" * 32),
        cursor("createdAt", True, "x", "0" * 32),
        cursor("createdAt", True, 1.5, "\ud800"),
        cursor("createdAt", True, 1.5, None),
        cursor("createdAt", True, None, "0" * 32),
        base64.urlsafe_b64encode(b"[" * 740).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_from_nowhere_is_refused(client: ToolClient, sent: str) -> None:
    keep(client)
    answer = client.http.get("/api/v1/files", query_string={"cursor": sent})
    assert answer.json is not None
    assert (answer.status_code, answer.json["details"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "\n"])
def test_a_cursor_with_a_name_that_no_file_has_is_refused(client: ToolClient, value: str) -> None:
    keep(client)
    query = {"sort": "name", "cursor": cursor("name", False, value, "0" * 32)}
    answer = client.http.get("/api/v1/files", query_string=query)
    assert answer.json is not None
    assert (answer.status_code, answer.json["details"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("letter", ["\u0587", "ﬃ", "ŉ", "🎨", "İ"])
def test_pages_go_on_after_the_longest_names(client: ToolClient, letter: str) -> None:
    """Some letters become several when the case of names is folded."""
    name = letter * (146 // len(letter.encode())) + ".png"
    for _ in range(3):
        keep(client, name)
    query: dict[str, Any] = {"sort": "name", "limit": 2}
    first = client.http.get("/api/v1/files", query_string=query).json
    assert first is not None
    query["cursor"] = first["nextCursor"]
    second = client.http.get("/api/v1/files", query_string=query)
    assert second.status_code == 200, second.text
    assert second.json is not None
    assert len(second.json["files"]) == 1
