"""Batches: many files through one tool, answered with a ZIP."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

DAMAGED = b"no picture at all"


def files(*names: str, content: bytes | None = None) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(content or sample("rgb")), name) for name in names]


def post(client: ToolClient, uploads: list[Any], accept: str = "*/*", **form: Any) -> Any:
    response = client.http.post(
        "/api/v1/tools/same/batch",
        data={"files": uploads, **form},
        headers={"Accept": accept},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def unzipped(response: Any) -> zipfile.ZipFile:
    assert response.status_code == 200, response.text
    return zipfile.ZipFile(io.BytesIO(response.data))


def test_every_file_is_processed_and_named(client: ToolClient, jobs: Path) -> None:
    response = post(client, files("a.png", "a.png", "b.png"))
    archive = unzipped(response)
    assert archive.namelist() == ["a_same.png", "a_same_1.png", "b_same.png"]
    assert archive.testzip() is None
    assert all(item.compress_type == zipfile.ZIP_STORED for item in archive.infolist())
    picture = pyvips.Image.new_from_buffer(archive.read("b_same.png"), "")
    assert (picture.width, picture.height) == (48, 32)
    assert json.loads(response.headers["X-File-Results"]) == {
        "0": "a_same.png",
        "1": "a_same_1.png",
        "2": "b_same.png",
    }
    assert response.headers["Content-Disposition"].startswith('attachment; filename="batch-same-')
    assert not list(jobs.iterdir())
    work = jobs.parent / "work" / client.core.jobs.work.instance
    assert not list(work.iterdir())


def test_a_file_that_fails_does_not_stop_the_others(client: ToolClient) -> None:
    uploads = files("a.png") + files("bad.png", content=DAMAGED) + files("ü.png")
    response = post(client, uploads)
    archive = unzipped(response)
    assert archive.namelist() == ["a_same.png", "ü_same.png", "manifest.json"]
    manifest = json.loads(archive.read("manifest.json"))
    assert [item["input"] for item in manifest] == ["a.png", "bad.png", "ü.png"]
    assert [item.get("output") for item in manifest] == ["a_same.png", None, "ü_same.png"]
    assert manifest[1]["code"] == "INVALID_IMAGE"
    assert response.headers["X-File-Results"].isascii()
    assert json.loads(response.headers["X-File-Results"]) == {"0": "a_same.png", "2": "ü_same.png"}


def test_a_manifest_can_be_asked_for(client: ToolClient) -> None:
    names = unzipped(post(client, files("a.png"), manifest="true")).namelist()
    assert names == ["a_same.png", "manifest.json"]


def test_when_all_fail_the_answer_says_why(client: ToolClient, jobs: Path) -> None:
    response = post(client, files("a.png", "b.png", content=DAMAGED))
    assert (response.status_code, response.json["code"]) == (422, "ALL_FAILED")
    assert [item["field"] for item in response.json["details"]] == ["a.png", "b.png"]
    assert "INVALID_IMAGE" in response.json["details"][0]["received"]
    assert not list(jobs.iterdir())


def test_json_links_to_every_file_and_to_the_whole(client: ToolClient) -> None:
    answer = post(client, files("a.png", "b.png"), accept="application/json").json
    assert [item["name"] for item in answer["outputs"]] == ["a_same.png", "b_same.png"]
    assert [item["output"] for item in answer["results"]] == ["a_same.png", "b_same.png"]
    with client.http.get(answer["zipUrl"]) as whole:
        assert zipfile.ZipFile(io.BytesIO(whole.data)).testzip() is None
    with client.http.get(answer["outputs"][1]["downloadUrl"]) as one:
        assert one.mimetype == "image/png"


@pytest.mark.parametrize(("count", "code"), [(0, "NO_FILE"), (4, "TOO_MANY_FILES")])
def test_so_many_files_and_no_more(ashim: MakeClient, count: int, code: str) -> None:
    client = ashim(plain, max_batch_size=3)
    response = post(client, files(*["a.png"] * count))
    assert (response.status_code, response.json["code"]) == (400, code)
    assert response.json["details"][0]["field"] == "files"


def test_settings_are_checked_before_any_file(client: ToolClient) -> None:
    response = post(client, files("a.png", content=DAMAGED), settings='{"nope": 1}')
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")


def test_a_zip_can_be_sent_while_the_batch_is_at_work(client: ToolClient, jobs: Path) -> None:
    uploads = files("a.png", "a.png") + files("bad.png", content=DAMAGED) + files("ü.png")
    response = client.http.post(
        "/api/v1/tools/same/batch",
        data={"files": uploads, "stream": "true"},
        content_type="multipart/form-data",
    )
    assert "X-File-Results" not in response.headers
    assert "Content-Length" not in response.headers
    work = jobs.parent / "work" / client.core.jobs.work.instance
    assert [path.name for path in work.iterdir()] == [response.headers["X-Job-Id"]]
    archive = unzipped(response)
    response.close()
    assert archive.namelist() == ["a_same.png", "a_same_1.png", "ü_same.png", "manifest.json"]
    manifest = json.loads(archive.read("manifest.json"))
    assert [item.get("code") for item in manifest] == [None, None, "INVALID_IMAGE", None]
    assert not list(work.iterdir())


def test_a_streamed_batch_waits_for_a_first_file_that_is_right(client: ToolClient) -> None:
    uploads = files("bad.png", content=DAMAGED) + files("b.png")
    archive = unzipped(post(client, uploads, stream="true"))
    assert archive.namelist() == ["b_same.png", "manifest.json"]


def test_a_streamed_batch_that_fails_as_a_whole_says_so(client: ToolClient, jobs: Path) -> None:
    response = post(client, files("a.png", "b.png", content=DAMAGED), stream="true")
    assert (response.status_code, response.json["code"]) == (422, "ALL_FAILED")
    assert not list((jobs.parent / "work" / client.core.jobs.work.instance).iterdir())


def test_who_stops_reading_a_stream_ends_the_work(client: ToolClient, jobs: Path) -> None:
    response = client.http.post(
        "/api/v1/tools/same/batch",
        data={"files": files(*(f"{number}.png" for number in range(20))), "stream": "true"},
        content_type="multipart/form-data",
        buffered=False,
    )
    next(response.iter_encoded())
    response.close()
    assert client.core.jobs.executor.load().active == 0
    assert not list((jobs.parent / "work" / client.core.jobs.work.instance).iterdir())


def test_the_reports_of_a_batch_are_all_in_its_answer(client: ToolClient) -> None:
    for headers in ({}, {"Prefer": "wait=10"}):
        response = client.http.post(
            "/api/v1/tools/measure/batch",
            data={"files": files("a.png", "b.png") + files("bad.png", content=b"x")},
            headers=headers,
            content_type="multipart/form-data",
        )
        assert response.status_code == 200, response.text
        body: Any = response.json
        sizes = [[len(sample("rgb"))], [len(sample("rgb"))], [1]]
        assert [item["report"]["sizes"] for item in body["results"]] == sizes
        assert body["outputs"] == []
