"""Fetching kept results: signed links, ranges, expiry."""

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
    storage = client.core.jobs.storage
    assert storage.sweep() == 0
    later = time.time() + 25 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.http.get(kept["downloadUrl"]).status_code == 404
    assert storage.sweep() == 1
    assert not list(jobs.iterdir())


def test_a_restart_keeps_results_and_sweeps_what_was_interrupted(
    client: ToolClient, kept: Any, jobs: Path
) -> None:
    left = jobs.parent / "work" / ("b" * 32) / ("a" * 32)
    (left / "out").mkdir(parents=True)
    assert client.core.jobs.storage.sweep() == 1
    assert not left.parent.exists()
    with client.http.get(kept["downloadUrl"]) as response:
        assert response.status_code == 200


def test_uploads_are_not_kept_with_the_result(kept: Any, jobs: Path) -> None:
    assert {path.name for path in (jobs / kept["jobId"]).iterdir()} == {"out", "result.json"}
