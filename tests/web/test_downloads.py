"""Fetching kept results: signed links, ranges, expiry."""

import io
import time
from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing import ToolClient, sample


@pytest.fixture
def kept(client: ToolClient) -> Any:
    return client.post("same", sample("rgb"), accept="application/json", name="ä.png").json


def test_ranges_and_conditions(client: ToolClient, kept: Any) -> None:
    with client.http.get(kept["downloadUrl"]) as whole:
        etag = whole.headers["ETag"]
        data = whole.data
    with client.http.get(kept["downloadUrl"], headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data) == (206, data[10:20])
    with client.http.get(kept["downloadUrl"], headers={"If-None-Match": etag}) as same:
        assert same.status_code == 304
    with client.http.get(kept["downloadUrl"], headers={"Range": "bytes=99999-"}) as beyond:
        assert beyond.status_code == 416
        assert beyond.json["code"] == "RANGE_NOT_SATISFIABLE"  # type: ignore[index]


def test_downloads_are_never_shown_as_pages(client: ToolClient, kept: Any) -> None:
    with client.http.get(kept["downloadUrl"]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "filename*=UTF-8''%C3%A4_same.png" in response.headers["Content-Disposition"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]


def test_without_permission_only_the_signature_opens(
    client: ToolClient, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ashim_core.web.permissions.allowed", lambda *question: False)
    with client.http.get(kept["downloadUrl"]) as signed:
        assert signed.status_code == 200
    bare, _, signature = kept["downloadUrl"].partition("?signature=")
    for query in ("", f"?signature={signature[:-2]}xx", "?signature=", "?signature=a.b.c"):
        assert client.http.get(bare + query).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["0" * 32 + "/a.png", "../secret/a.png", "%2e%2e/secret", "x/../../secret", "%00/a.png"],
)
def test_what_is_not_there_is_not_found(client: ToolClient, path: str) -> None:
    response = client.http.get(f"/api/v1/download/{path}")
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")  # type: ignore[index]


def test_only_announced_names_can_be_fetched(client: ToolClient, kept: Any) -> None:
    for name in ("result.json", "../result.json", "step0", "in"):
        assert client.http.get(f"/api/v1/download/{kept['jobId']}/{name}").status_code == 404


def test_results_expire_and_are_swept(
    client: ToolClient, kept: Any, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = client.core.jobs.results
    assert results.sweep() == 0
    later = time.time() + 25 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.http.get(kept["downloadUrl"]).status_code == 404
    assert results.sweep() == 1
    assert not list(jobs.iterdir())


def test_a_restart_keeps_results_and_sweeps_what_was_interrupted(
    client: ToolClient, kept: Any, jobs: Path
) -> None:
    left = jobs.parent / "work" / ("b" * 32) / ("a" * 32)
    (left / "out").mkdir(parents=True)
    assert client.core.jobs.work.sweep() == 1
    assert not left.parent.exists()
    with client.http.get(kept["downloadUrl"]) as response:
        assert response.status_code == 200


def test_uploads_are_not_kept_with_the_result(kept: Any, jobs: Path) -> None:
    assert {path.name for path in (jobs / kept["jobId"]).iterdir()} == {"out", "result.json"}


@pytest.mark.parametrize(
    "text",
    [
        *("lines=1-2", "rows=0-", "bytes=0-9,20-29", "bytes=0-0,-1", "bytes=9-0", "bytes=a-b"),
        *("bytes=", "bytes", "=1-2", "0-9", "bytes=-", "", "bytes=\u0663-", "x" * 3000),
        *(f"bytes=0-{'9' * 5000}", f"bytes={'9' * 5000}-", "bytes=" + "0-0," * 1000),
    ],
)
def test_what_is_not_one_range_of_bytes_is_ignored(
    client: ToolClient, kept: Any, text: str
) -> None:
    with client.http.get(
        kept["downloadUrl"], headers={"Range": text.encode().decode("latin-1")}
    ) as answer:
        assert answer.status_code == 200
        assert len(answer.data) == kept["processedSize"]
        assert "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("Bytes=5-", slice(5, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=4-999999999", slice(4, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_one_range_of_bytes_is_answered(
    client: ToolClient, kept: Any, text: str, part: slice
) -> None:
    with client.http.get(kept["downloadUrl"]) as whole:
        data = whole.data
    with client.http.get(kept["downloadUrl"], headers={"Range": text}) as answer:
        assert (answer.status_code, answer.data) == (206, data[part])
    with client.http.head(kept["downloadUrl"], headers={"Range": text}) as answer:
        assert answer.status_code == 200


def test_every_file_that_is_sent_knows_ranges(client: ToolClient) -> None:
    sent = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    file: Any = client.http.post("/api/v1/files/upload", data=sent).json
    path = f"/api/v1/files/{file['files'][0]['id']}"
    for address in (f"{path}/download", f"{path}/thumbnail", "/api/docs/assets/swagger-ui.css"):
        for text, status in (("lines=1-2", 200), ("bytes=0-1,3-4", 200), ("bytes=0-1", 206)):
            with client.http.get(address, headers={"Range": text}) as answer:
                assert answer.status_code == status, f"{address} {text}"
