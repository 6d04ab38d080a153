"""Health, documentation, headers, and serving below a prefix."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import ashim_core
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

PAGES = (
    "/api/v1/health",
    "/healthz",
    "/readyz",
    "/api/v1/tools",
    "/api/v1/tools/same",
    "/api/v1/plugins",
    "/api/v1/openapi.json",
    "/api/v1/openapi.yaml",
    "/api/docs",
    "/api/docs/start.js",
    "/api/docs/assets/swagger-ui-bundle.js",
    "/llms.txt",
    "/llms-full.txt",
)


def test_health(client: ToolClient) -> None:
    assert client.http.get("/api/v1/health").json == {
        "status": "healthy",
        "version": ashim_core.__version__,
    }


def test_ready_means_that_jobs_can_be_kept(client: ToolClient, jobs: Path) -> None:
    assert client.http.get("/readyz").status_code == 200
    assert not list(jobs.iterdir())
    jobs.rmdir()
    response = client.http.get("/readyz")
    assert response.status_code == 503
    assert client.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/nothing"])
def test_every_answer_has_the_security_headers(client: ToolClient, path: str) -> None:
    with client.http.get(path) as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"].split("style-src")[0]
    assert "Access-Control-Allow-Origin" not in headers


def test_the_root_leads_to_the_docs(client: ToolClient) -> None:
    response = client.http.get("/")
    assert (response.status_code, response.location) == (302, "/api/docs")


def test_the_docs_page_takes_everything_from_this_server(client: ToolClient) -> None:
    text = client.http.get("/api/docs").text
    assert "http://" not in text
    assert "https://" not in text
    assert "//cdn" not in text


def test_the_texts_for_language_models_name_every_tool(client: ToolClient) -> None:
    index = client.http.get("/llms.txt").text
    full = client.http.get("/llms-full.txt").text
    for tool in client.registry:
        assert f"`{tool.id}`" in index
        assert f"## {tool.id}" in full
        assert tool.summary in full
    assert "`text` (string of up to 100 characters; required): What to write." in full


def test_json_and_yaml_are_the_same_document(client: ToolClient) -> None:
    document = yaml.safe_load(client.http.get("/api/v1/openapi.yaml").text)
    assert document == client.http.get("/api/v1/openapi.json").json


@pytest.mark.parametrize("stripped", [True, False])
def test_below_a_prefix(ashim: MakeClient, stripped: bool) -> None:
    client = ashim(plain, root_path="tools/ashim/")
    base = "" if stripped else "/tools/ashim"
    assert client.http.get(f"{base}/").location == "/tools/ashim/api/docs"
    document: Any = client.http.get(f"{base}/api/v1/openapi.json").json
    assert document["servers"] == [{"url": "/tools/ashim"}]
    answer: Any = client.post("same", sample("rgb"), accept="application/json").json
    assert answer["downloadUrl"].startswith("/tools/ashim/api/v1/download/")
    with client.http.get(answer["downloadUrl"]) as download:
        assert download.status_code == 200


def at(client: ToolClient, method: str, path: str, headers: dict[str, str] | None = None) -> Any:
    """Send a request to a path as it is; the client would make it tidy."""
    return client.http.open(
        method=method, headers=headers or {}, environ_overrides={"PATH_INFO": path}
    )


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("GET", "/api//v1/health", "/api/v1/health"),
        ("POST", "/api/v1//tools/same", "/api/v1/tools/same"),
        ("POST", "/api/v1/tools/same/", "/api/v1/tools/same"),
        ("GET", "/api/v1/tools/", "/api/v1/tools"),
        ("GET", "/llms.txt/", "/llms.txt"),
        ("DELETE", "//api//v1///branding/logo//", "/api/v1/branding/logo"),
    ],
)
def test_slashes_too_many_are_told(client: ToolClient, method: str, path: str, meant: str) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Proto": "https"}
    response = at(client, method, path, headers)
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert response.json["error"].endswith(f"; did you mean {meant}?")
    assert "Location" not in response.headers


def test_where_nothing_is_meant_nothing_is_named(client: ToolClient) -> None:
    for path in ("/api//v1/nothing", "/nothing/", "/api/v1/" + "x/" * 500):
        response = at(client, "GET", path)
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND"), path
        assert "did you mean" not in response.json["error"]


def test_the_page_is_found_with_a_slash_behind_it(client: ToolClient) -> None:
    response = client.http.get("/api/docs/", headers={"Host": "evil.example"})
    assert (response.status_code, response.location) == (302, "/api/docs")
