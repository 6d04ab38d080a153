"""Long texts about all tools: built once, compressed, and built anew when the tools change."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain

TEXTS = (
    *("/api/v1/openapi.json", "/api/v1/openapi.yaml", "/llms.txt", "/llms-full.txt"),
    "/api/v1/tools",
)
BUILDERS = {
    "/api/v1/openapi.json": "ashim_core.web.docs.build_openapi",
    "/api/v1/openapi.yaml": "ashim_core.web.docs.build_openapi",
    "/llms.txt": "ashim_core.web.docs.llms_index",
    "/llms-full.txt": "ashim_core.web.docs.llms_full",
    "/api/v1/tools": "ashim_core.web.tools.describe_tool",
}


def get(client: ToolClient, path: str, **headers: str) -> Any:
    """Ask for a text; the headers are written with underscores."""
    return client.http.get(
        path, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_is_built_once(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    first = get(client, path)

    def build(*given: Any, **more: Any) -> Any:
        raise AssertionError("expected what was built before")

    monkeypatch.setattr(BUILDERS[path], build)
    second = get(client, path)
    assert (second.status_code, second.data) == (200, first.data)


@pytest.mark.parametrize("path", TEXTS)
def test_who_has_it_already_gets_304(client: ToolClient, path: str) -> None:
    first = get(client, path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"].endswith("no-cache")
    same = get(client, path, If_None_Match=tag)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert get(client, path, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("path", TEXTS)
def test_it_is_compressed_for_who_wants_that(client: ToolClient, path: str) -> None:
    first = get(client, path)
    assert "Content-Encoding" not in first.headers
    for accepted in ("gzip", "gzip, deflate, br", "*", "br;q=1, gzip;q=0.5"):
        zipped = get(client, path, Accept_Encoding=accepted)
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.data) == first.data
        assert len(zipped.data) < len(first.data)
        assert zipped.headers["ETag"] != first.headers["ETag"]
        assert "Accept-Encoding" in zipped.headers["Vary"]
    for accepted in ("identity", "gzip;q=0", "br", ""):
        assert get(client, path, Accept_Encoding=accepted).data == first.data


@pytest.mark.parametrize("path", TEXTS)
def test_it_is_built_anew_when_the_tools_change(client: ToolClient, path: str) -> None:
    before = get(client, path)
    client.http.put("/api/v1/settings", json={"disabledTools": ["same"]})
    without = get(client, path, If_None_Match=before.headers["ETag"])
    assert without.status_code == 200
    assert without.data != before.data
    client.http.put("/api/v1/settings", json={"disabledTools": []})
    assert get(client, path).data == before.data


def test_it_is_built_anew_when_a_program_is_there(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: Any = get(client, "/api/v1/tools").json
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    after: Any = get(client, "/api/v1/tools").json
    for answer, there in ((before, False), (after, True)):
        (tool,) = [tool for tool in answer["tools"] if tool["id"] == "needs-program"]
        assert tool["available"] is there


def test_many_who_want_it_at_once_have_it_built_once(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []

    def build(*given: Any, **more: Any) -> str:
        built.append(1)
        return "text"

    monkeypatch.setattr("ashim_core.web.docs.llms_full", build)
    app = client.http.application
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(app.test_client().get, "/llms-full.txt") for _ in range(8)]
    answers = [one.result().data for one in asked]
    assert (answers, built) == ([b"text"] * 8, [1])


@pytest.mark.parametrize(
    "path", [*TEXTS, "/", "/api/docs", "/api/docs/start.js", "/nothing", "/api/v1/health"]
)
def test_every_public_address_is_counted(ashim: MakeClient, path: str) -> None:
    client = ashim(plain, rate_limit_per_min=2)
    statuses = [client.http.get(path).status_code for _ in range(3)]
    assert statuses[:2] == [statuses[0]] * 2
    assert statuses[2] == 429
    for probe in ("/healthz", "/readyz"):
        assert client.http.get(probe).status_code == 200
