"""Text travels compressed where that is worth it, and not at all to those who have it already."""

import gzip
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.web import compression
from tests.web.people import ask, login, open_server, root

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
PACKETS = 14 * 1024
"""What a server may send before it hears of the client again: ten packets."""
EACH = 760
"""Bytes for a tool with its schemas."""
TAGGED = ("/api/v1/tools/same", "/api/v1/tools/same/size", "/api/v1/formats", "/api/v1/limits")


def get(client: ToolClient, path: str, **headers: str) -> Any:
    """Ask for something; the headers are written with underscores."""
    response = client.http.get(
        path, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    response.get_data()
    response.close()
    return response


def encoding(answer: Any) -> str | None:
    found: str | None = answer.headers.get("Content-Encoding")
    return found


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have texts of any length compressed."""
    monkeypatch.setattr(compression, "_LEAST", 0)


@pytest.mark.parametrize("path", ["/api/v1/formats", "/api/docs/start.js", "/api/v1/tools/write"])
def test_long_text_is_compressed_for_who_wants_that(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(compression, "_LEAST", 500)
    plain = get(client, path)
    zipped = get(client, path, Accept_Encoding="gzip")
    assert (encoding(plain), encoding(zipped)) == (None, "gzip")
    assert gzip.decompress(zipped.data) == plain.data
    assert int(zipped.headers["Content-Length"]) == len(zipped.data) < len(plain.data)
    for answer in (plain, zipped):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", ""])
def test_who_does_not_want_that_gets_it_as_it_is(client: ToolClient, accepted: str) -> None:
    answer = get(client, "/api/v1/formats", Accept_Encoding=accepted)
    assert encoding(answer) is None
    assert answer.json["formats"]


def test_from_a_kilobyte_on(client: ToolClient) -> None:
    app: Any = client.http.application

    def answer(length: int) -> Any:
        with app.test_request_context(headers=GZIP):
            return compression.compress(app.response_class("x" * length, mimetype="text/plain"))

    short, long = answer(1023), answer(1024)
    assert (encoding(short), short.headers.get("Vary"), len(short.data)) == (None, None, 1023)
    assert (encoding(long), gzip.decompress(long.data)) == ("gzip", b"x" * 1024)


@pytest.mark.usefixtures("always")
def test_errors_are_text_like_any_other(client: ToolClient) -> None:
    answer = client.http.get("/api/v1/nothing", headers=GZIP)
    assert (answer.status_code, encoding(answer)) == (404, "gzip")
    assert b"NOT_FOUND" in gzip.decompress(answer.data)


@pytest.mark.usefixtures("always")
def test_files_and_parts_of_them_are_sent_as_they_are(client: ToolClient) -> None:
    result: Any = client.post("write", text="a" * 100, accept="application/json").json
    whole = get(client, result["downloadUrl"], Accept_Encoding="gzip")
    assert (whole.status_code, whole.mimetype, encoding(whole)) == (200, "text/plain", None)
    part = get(client, result["downloadUrl"], Accept_Encoding="gzip", Range="bytes=0-9")
    assert (part.status_code, part.data, encoding(part)) == (206, b"a" * 10, None)
    with client.http.post("/api/v1/tools/write", json={"text": "a" * 100}, headers=GZIP) as answer:
        assert (answer.data, encoding(answer)) == (b"a" * 100, None)


@pytest.mark.usefixtures("always")
def test_streams_are_sent_as_they_come(client: ToolClient) -> None:
    job: Any = client.http.post(
        "/api/v1/tools/write", json={"text": "a"}, headers={"Prefer": "respond-async"}
    ).json
    answer = get(client, job["progressUrl"], Accept_Encoding="gzip")
    assert (answer.mimetype, encoding(answer)) == ("text/event-stream", None)
    assert b"data: {" in answer.data


@pytest.mark.usefixtures("always")
def test_what_holds_a_secret_is_never_compressed(ashim: MakeClient) -> None:
    """How short it gets would tell something of the secret (BREACH)."""
    client = open_server(ashim)
    admin = root(client)
    answers = [
        login(client, "admin", "admin", headers=GZIP),
        ask(client, "GET", "/api/auth/session", headers=admin.headers | GZIP),
        ask(client, "POST", "/api/v1/api-keys", {}, headers=admin.headers | GZIP),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 201]
    for answer in answers:
        assert encoding(answer) is None
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
    listed = ask(client, "GET", "/api/v1/api-keys", headers=admin.headers | GZIP)
    assert encoding(listed) == "gzip"


@pytest.mark.parametrize("path", TAGGED)
def test_who_has_it_already_gets_304(client: ToolClient, path: str) -> None:
    first = get(client, path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    for accepted in ("gzip", "identity"):
        same = get(client, path, If_None_Match=tag, Accept_Encoding=accepted)
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
        assert encoding(same) is None
    assert get(client, path, If_None_Match='"other"').status_code == 200


def test_a_tool_that_was_switched_off_is_told_anew(client: ToolClient) -> None:
    before = get(client, "/api/v1/tools/same").headers["ETag"]
    client.http.put("/api/v1/settings", json={"disabledTools": ["same"]})
    after = get(client, "/api/v1/tools/same", If_None_Match=before)
    assert (after.status_code, after.json["enabled"]) == (200, False)


def test_the_list_of_all_tools_is_small(everything: ToolClient) -> None:
    """With all schemas it grows with the tools; without them it fits into the first packets."""
    first = get(everything, "/api/v1/tools", Accept_Encoding="gzip")
    assert encoding(first) == "gzip"
    assert len(first.data) <= EACH * len(everything.registry)
    short = get(everything, "/api/v1/tools?settings=false", Accept_Encoding="gzip")
    assert len(short.data) <= PACKETS / 2
    tag = first.headers["ETag"]
    same = get(everything, "/api/v1/tools", Accept_Encoding="gzip", If_None_Match=tag)
    assert (same.status_code, same.data) == (304, b"")


def test_the_schemas_of_settings_can_be_left_out_of_the_list(everything: ToolClient) -> None:
    whole = get(everything, "/api/v1/tools")
    short = get(everything, "/api/v1/tools?settings=false")
    listed = whole.json
    for tool in listed["tools"]:
        for one in (tool, *tool["actions"]):
            assert "properties" in one.pop("settings")
            assert one.pop("report") is None or one["gives"] != ["picture"]
    assert short.json == listed
    assert len(short.data) < len(whole.data) / 2
    tag = short.headers["ETag"]
    assert tag != whole.headers["ETag"]
    again = get(everything, "/api/v1/tools?settings=false", If_None_Match=tag)
    assert again.status_code == 304
    assert get(everything, "/api/v1/tools?settings=true").data == whole.data


@pytest.mark.parametrize("query", ["settings=maybe", "setings=false"])
def test_what_else_is_asked_of_the_list_is_refused(client: ToolClient, query: str) -> None:
    answer = get(client, f"/api/v1/tools?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["details"][0]["field"] == query.partition("=")[0]
