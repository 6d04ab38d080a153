"""Running tools over REST: requests, answers, errors."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

JSON = "application/json"


def code(response: TestResponse) -> tuple[int, str]:
    assert response.json is not None, response.text
    assert response.json["statusCode"] == response.status_code
    assert response.json["error"] == response.json["message"]
    assert response.json["requestId"] == response.headers["X-Request-Id"]
    return response.status_code, response.json["code"]


def test_the_answer_is_the_file(client: ToolClient, jobs: Path) -> None:
    data = sample("rgb")
    response = client.post("same", data, name="my photo.png")
    assert response.status_code == 200
    assert response.mimetype == "image/png"
    assert response.headers["X-Original-Size"] == str(len(data))
    assert response.headers["X-Processed-Size"] == str(len(response.data))
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["ETag"]
    assert len(response.headers["X-Job-Id"]) == 32
    assert 'filename="my photo_same.png"' in response.headers["Content-Disposition"]
    assert not list(jobs.iterdir()), "expected nothing to stay behind"


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "image/png"),
        ("application/json", JSON),
        ("application/json, text/plain, */*", JSON),
    ],
)
def test_accept_decides(client: ToolClient, accept: str, mimetype: str) -> None:
    response = client.post("same", sample("rgb"), accept=accept)
    assert response.mimetype == mimetype
    assert "Accept" in response.headers["Vary"]


def test_the_json_answer_links_to_the_file(client: ToolClient) -> None:
    data = sample("rgb")
    answer: Any = client.post("same", data, accept=JSON, name="a.png").json
    assert answer["originalSize"] == len(data)
    (output,) = answer["outputs"]
    assert (output["name"], output["mediaType"]) == ("a_same.png", "image/png")
    assert (output["width"], output["height"]) == (48, 32)
    assert answer["downloadUrl"] == output["downloadUrl"]
    assert answer["expiresAt"].endswith("+00:00")
    with client.http.get(answer["downloadUrl"]) as download:
        assert len(download.data) == output["size"] == answer["processedSize"]


def test_several_outputs_are_one_zip(client: ToolClient) -> None:
    response = client.post("pages", sample("rgb"))
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.namelist() == ["page-1.txt", "page-2.txt"]
        assert archive.read("page-2.txt") == b"page 2"


def test_several_outputs_are_listed_in_json(client: ToolClient) -> None:
    answer: Any = client.post("pages", sample("rgb"), accept=JSON).json
    assert [item["name"] for item in answer["outputs"]] == ["page-1.txt", "page-2.txt"]
    with client.http.get(answer["zipUrl"]) as download:
        assert zipfile.ZipFile(io.BytesIO(download.data)).namelist()
    with client.http.get(answer["outputs"][0]["downloadUrl"]) as download:
        assert download.data == b"page 1"


def test_reports_are_json_whatever_is_accepted(client: ToolClient, jobs: Path) -> None:
    response = client.post("measure", sample("rgb"), sample("1x1"), accept="image/png")
    assert response.json is not None
    assert response.json["sizes"] == [len(sample("rgb")), len(sample("1x1"))]
    assert not list(jobs.iterdir())


def test_a_tool_without_input_takes_a_json_body(client: ToolClient) -> None:
    with client.http.post("/api/v1/tools/write", json={"text": "Grüße"}) as response:
        assert response.data.decode() == "Grüße"


def test_an_alias_answers_identically(client: ToolClient) -> None:
    one = client.post("same", sample("rgb"))
    other = client.post("unchanged", sample("rgb"))
    assert one.data == other.data
    assert one.headers["Content-Disposition"] == other.headers["Content-Disposition"]


@pytest.mark.parametrize("field", ["file", "files", "file1", "image", "whatever"])
def test_any_part_with_a_file_name_is_a_file(client: ToolClient, field: str) -> None:
    data = {field: (io.BytesIO(sample("rgb")), "a.png")}
    with client.http.post("/api/v1/tools/same", data=data) as response:
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../etc/passwd.png", "passwd_same.png"),
        ("Ünïcode 图片.jpg", "Ünïcode 图片_same.png"),
        ("\u202egnp.exe", "gnp_same.png"),
        ("noextension", "noextension_same.png"),
        ("x" * 400 + ".png", "x" * 141 + "_same.png"),
    ],
)
def test_names_are_data(client: ToolClient, name: str, saved: str) -> None:
    answer: Any = client.post("same", sample("rgb"), name=name, accept=JSON).json
    assert answer["outputs"][0]["name"] == saved
    with client.http.get(answer["downloadUrl"]) as download:
        assert download.status_code == 200
        assert "\n" not in download.headers["Content-Disposition"]
        assert "X-Injected" not in download.headers


def test_no_file(client: ToolClient) -> None:
    assert code(client.post("same")) == (400, "NO_FILE")


def test_an_empty_file(client: ToolClient) -> None:
    assert code(client.post("same", b"")) == (400, "EMPTY_FILE")


def test_two_files_for_one(client: ToolClient) -> None:
    response = client.post("same", sample("rgb"), sample("rgb"))
    assert code(response) == (400, "TOO_MANY_FILES")


def test_four_files_for_at_most_three(client: ToolClient) -> None:
    response = client.post("measure", *[sample("1x1")] * 4)
    assert code(response) == (400, "TOO_MANY_FILES")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_tool_names_the_nearest(client: ToolClient, method: str) -> None:
    response = getattr(client.http, method)("/api/v1/tools/samme")
    assert code(response) == (404, "TOOL_NOT_FOUND")
    assert "did you mean same" in response.text


def test_a_tool_that_refuses_gives_its_own_code(client: ToolClient) -> None:
    assert code(client.post("refuse", sample("rgb"))) == (422, "NO_FACE_FOUND")


def test_a_missing_program_is_named_with_the_command_that_mends_it(client: ToolClient) -> None:
    response = client.post("needs-program", sample("rgb"))
    assert code(response) == (501, "DEPENDENCY_MISSING")
    assert "apt-get install no-such-package" in response.text


def test_a_disabled_tool(ashim: MakeClient) -> None:
    client = ashim(plain, disabled_tools=frozenset({"same"}))
    assert code(client.post("same", sample("rgb"))) == (403, "TOOL_DISABLED")
    listed: Any = client.http.get("/api/v1/tools/same").json
    assert (listed["enabled"], listed["available"]) == (False, True)
    paths: Any = client.http.get("/api/v1/openapi.json").json
    assert "/api/v1/tools/same" not in paths["paths"]


@pytest.mark.parametrize(
    "settings",
    [
        "not json",
        "[1]",
        '"text"',
        "{",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": 12345678901234567890}',
        "[" * 100_000,
        '{"a":' * 40 + "1" + "}" * 40,
        '{"a": "' + "x" * 300_000 + '"}',
        '{"a": "\\ud800"}',
    ],
)
def test_hostile_settings(client: ToolClient, jobs: Path, settings: str) -> None:
    data = {"file": (io.BytesIO(sample("rgb")), "a.png"), "settings": settings}
    response = client.http.post("/api/v1/tools/same", data=data)
    response.request.environ["wsgi.input"].close()
    assert code(response)[0] == 400
    assert response.json is not None
    assert response.json["details"][0]["field"] in ("settings", "a")
    assert not list(jobs.iterdir())


def test_wrong_settings_name_field_expected_and_received(client: ToolClient) -> None:
    response = client.post("write", text=5)
    assert code(response) == (400, "INVALID_SETTINGS")
    assert response.json is not None
    assert response.json["details"] == [{"field": "text", "expected": "text", "received": "5"}]


def test_a_file_over_the_limit(ashim: MakeClient, jobs: Path) -> None:
    client = ashim(plain, max_upload_size_mb=1)
    fits = sample("rgb").ljust(1024 * 1024, b"\0")
    assert client.post("measure", fits).status_code == 200
    assert code(client.post("measure", fits + b"\0")) == (413, "FILE_TOO_LARGE")
    assert code(client.post("measure", fits * 9)) == (413, "FILE_TOO_LARGE")
    assert not list(jobs.iterdir())


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n"),
        ("text/plain", b"file=1"),
        ("application/json", b"{"),
        ("application/json", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"settings=%7B%7D"),
    ],
)
def test_broken_bodies(client: ToolClient, jobs: Path, content_type: str, body: bytes) -> None:
    response = client.http.post("/api/v1/tools/same", data=body, content_type=content_type)
    assert code(response)[0] == 400
    assert not list(jobs.iterdir())


def test_too_many_parts(client: ToolClient, jobs: Path) -> None:
    data = {f"field{number}": "x" for number in range(1000)}
    response = client.http.post("/api/v1/tools/same", data=data, content_type="multipart/form-data")
    assert code(response)[0] == 413
    assert not list(jobs.iterdir())


def test_tools_are_listed_with_their_schema(client: ToolClient) -> None:
    listed: Any = client.http.get("/api/v1/tools").json
    ids = [tool["id"] for tool in listed["tools"]]
    assert {"same", "mirror", "pages", "write"} <= set(ids)
    one: Any = client.http.get("/api/v1/tools/write").json
    assert one["settings"]["properties"]["text"]["maxLength"] == 100
    assert one["inputs"] == {"min": 0, "max": 0, "takes": [], "extras": []}
    assert one["summary"] == "Write a text; takes no file."
    assert one in listed["tools"]
    needs: Any = client.http.get("/api/v1/tools/needs-program").json
    assert needs["available"] is False
    assert "no-such-program" in needs["reason"]


def test_pillow_and_numpy_functions_get_pixels(client: ToolClient) -> None:
    for name in ("rgb", "rgba", "grey", "grey-alpha", "palette", "16-bit"):
        given = client.run("same", sample(name))
        assert client.run("mirror", sample(name))(0, 0) == given(47, 0)
        assert client.run("negative", sample(name))(1, 1) == [255 - v for v in given(1, 1)]
        assert client.run("upside-down", sample(name))(0, 0) == given(47, 31)


def test_a_tool_for_stills_takes_the_first_frame_and_says_so(client: ToolClient) -> None:
    response = client.post("first-frame", sample("two-frames"), accept=JSON)
    answer: Any = response.json
    assert answer["notes"] == ["animation: only the first of 2 frames was kept"]
    with client.http.get(answer["downloadUrl"]) as download:
        assert download.mimetype == "image/gif"


def test_metadata_is_dropped(client: ToolClient) -> None:
    result = client.run("same", sample("orientation-6"))
    assert "orientation" not in result.get_fields()
    assert not [name for name in result.get_fields() if "exif" in name or "icc" in name]


def test_settings_may_be_absent(client: ToolClient) -> None:
    data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    with client.http.post("/api/v1/tools/same", data=data) as response:
        assert response.status_code == 200


def test_settings_may_come_as_a_blob(client: ToolClient) -> None:
    """That is what a browser's FormData makes of a part with a media type of its own."""
    text = json.dumps({"text": "from a blob"}).encode()
    data = {"settings": (io.BytesIO(text), "blob", JSON)}
    with client.http.post("/api/v1/tools/write", data=data) as response:
        assert response.data == b"from a blob"


def test_error_bodies_are_json_for_unknown_paths_and_methods(client: ToolClient) -> None:
    assert code(client.http.get("/api/v1/nothing")) == (404, "NOT_FOUND")
    assert code(client.http.get("/nothing")) == (404, "NOT_FOUND")
    response = client.http.delete("/api/v1/tools/same")
    assert code(response) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in response.headers["Allow"]


def test_the_settings_of_a_request_are_logged_nowhere(
    client: ToolClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("write", text="a secret word", accept=json.dumps("x"))
    assert "a secret word" not in caplog.text
