"""Forms as clients really send them: fields, spellings of yes and no, names of files, damage."""

import io
import json
import zipfile
from typing import Any

import pytest

from ashim_core.testing import ToolClient, sample

SAME = "/api/v1/tools/same"
BATCH = "/api/v1/tools/same/batch"
PIPELINE = "/api/v1/pipeline/execute"
STEPS = json.dumps([{"toolId": "same"}])
MULTIPART = "multipart/form-data; boundary=x"


def form(client: ToolClient, path: str, **fields: Any) -> Any:
    """Send a picture with text fields beside it."""
    data = {"file": (io.BytesIO(sample("rgb")), "a.png"), **fields}
    with client.http.post(path, data=data, content_type="multipart/form-data") as response:
        response.get_data()
        return response


def part(head: bytes, content: bytes | None = None) -> bytes:
    """Write one part of a form, from its disposition to the end of its content."""
    content = sample("rgb") if content is None else content
    return b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"


def raw(client: ToolClient, body: bytes, path: str = SAME, content_type: str = MULTIPART) -> Any:
    """Send a body as it is; asks for JSON."""
    headers = {"Accept": "application/json"}
    with client.http.post(path, data=body, content_type=content_type, headers=headers) as response:
        response.get_data()
        return response


def refused(response: Any) -> dict[str, str]:
    """Give the one detail of a refusal."""
    assert response.status_code == 400, response.text
    assert response.json["code"] == "VALIDATION_ERROR"
    (detail,) = response.json["details"]
    return dict(detail)


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", "yes", "Yes", "on", " ON "])
def test_yes_is_understood(client: ToolClient, text: str) -> None:
    response = form(client, BATCH, manifest=text)
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(response.data)).namelist()


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "NO", "off"])
def test_no_is_understood(client: ToolClient, text: str) -> None:
    response = form(client, BATCH, manifest=text)
    assert "manifest.json" not in zipfile.ZipFile(io.BytesIO(response.data)).namelist()


@pytest.mark.parametrize("field", ["strict", "manifest", "stream"])
@pytest.mark.parametrize("text", ["", "junk", "2", "-1", "null", "yess", "t", "x" * 5000])
def test_anything_else_is_refused(client: ToolClient, field: str, text: str) -> None:
    response = form(client, BATCH, **{field: text})
    detail = refused(response)
    assert (detail["field"], detail["expected"]) == (field, "true or false")
    assert len(response.data) < 1000


@pytest.mark.parametrize("path", [SAME, PIPELINE, BATCH, "/api/v1/pipeline/batch"])
def test_strict_is_read_wherever_something_is_run(client: ToolClient, path: str) -> None:
    fields = {"pipeline": STEPS} if "pipeline" in path else {}
    assert form(client, path, strict="Yes", **fields).status_code == 200
    assert refused(form(client, path, strict="maybe", **fields))["field"] == "strict"


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        (SAME, "setting", "'settings'"),
        (SAME, "Strict", "'strict'"),
        (SAME, "file_id", "'fileId'"),
        (BATCH, "manifests", "'manifest'"),
        (BATCH, "steam", "'stream'"),
        ("/api/v1/tools/write", "text", "'text' inside of the JSON in 'settings'"),
        (PIPELINE, "pipline", "'pipeline'"),
        (PIPELINE, "pipelineID", "'pipelineId'"),
        (PIPELINE, "step", "'steps'"),
        (SAME, "stream", "one of settings, fileId, strict, manifest, clientJobId"),
        ("/api/v1/files/upload", "toolId", "files and nothing else"),
        ("/api/v1/branding/logo", "size", "files and nothing else"),
        ("/api/v1/files/save-result", "parent", "'parentId'"),
        (SAME, "\u202e" + "x" * 3000, "one of settings, fileId, strict, manifest, clientJobId"),
    ],
)
def test_unknown_fields_are_refused_with_the_nearest_name(
    client: ToolClient, path: str, field: str, expected: str
) -> None:
    response = form(client, path, **{field: "10"})
    assert refused(response)["expected"] == expected
    assert len(response.data) < 1000


@pytest.mark.parametrize("field", ["file", "files", "image", "file[]", "file2"])
def test_a_file_without_a_file_name_is_told_to_have_none(client: ToolClient, field: str) -> None:
    response = raw(client, part(f'name="{field}"'.encode(), b"bytes") + b"--x--\r\n")
    assert "a part with a file name" in refused(response)["expected"]


@pytest.mark.parametrize("field", ["settings", "strict", "clientJobId"])
def test_what_holds_once_is_not_sent_twice(client: ToolClient, field: str) -> None:
    detail = refused(form(client, SAME, **{field: ["{}", "{}"]}))
    assert detail == {"field": field, "expected": "one value", "received": "2"}


def test_clients_may_name_their_job(client: ToolClient) -> None:
    response = form(client, BATCH, clientJobId="mine")
    assert response.status_code == 200
    assert response.headers["X-Job-Id"] != "mine"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'name="file"; filename="caf\xe9.png"', "caf\ufffd_same.png"),
        (b'name="file"; filename="\xff\xfe\x80.png"', "\ufffd\ufffd\ufffd_same.png"),
        (b'name="file"; filename="\x83e\x83X\x83g.jpg"', "\ufffde\ufffdX\ufffdg_same.png"),
        ('name="file"; filename="café.png"'.encode(), "café_same.png"),
        (b"name=file; filename*=UTF-8''caf%C3%A9.png", "café_same.png"),
        (b'name="file"; filename="C:\\Users\\me\\photo.png"', "photo_same.png"),
        (b'name="file"; filename="C:\\\\Users\\\\me\\\\photo.png"', "photo_same.png"),
        (b'name="file"; filename="\\\\server\\share\\new\\photo.png"', "photo_same.png"),
        (b'name="file"; filename="D:\\t.png"', "t_same.png"),
        (b'name="file"; filename="a \\"b\\".png"', "a _b__same.png"),
        (b'filename="nameless.png"', "nameless_same.png"),
        (b'name=""; filename="nameless.png"', "nameless_same.png"),
    ],
)
def test_odd_names_of_files_are_accepted(client: ToolClient, head: bytes, name: str) -> None:
    response = raw(client, part(head) + b"--x--\r\n")
    assert response.status_code == 200, response.text
    assert response.json["outputs"][0]["name"] == name


def test_an_odd_name_costs_the_other_files_of_a_batch_nothing(client: ToolClient) -> None:
    body = part(b'name="f"; filename="a.png"') + part(b'name="f"; filename="\xe9.png"')
    response = raw(client, body + b"--x--\r\n", BATCH)
    assert [item["name"] for item in response.json["outputs"]] == ["a_same.png", "\ufffd_same.png"]


WHOLE = part(b'name="file"; filename="a.png"')


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (WHOLE, MULTIPART, "cut off"),
        (WHOLE[:-40], MULTIPART, "cut off within a part"),
        (WHOLE + b"--x\r\n", MULTIPART, "cut off in the head of a part"),
        (WHOLE + b"--x\r\nContent-Disp", MULTIPART, "cut off in the head of a part"),
        (WHOLE + b"--x--\r\n", "multipart/form-data; boundary=y", "no part begins with"),
        (WHOLE + b"--x--\r\n", "multipart/form-data", "names no boundary"),
        (WHOLE + b"--x--\r\n", "multipart/form-data; boundary=\xe9", "names no boundary"),
        (b"--x\r\nX-A: b\r\n\r\nc\r\n--x--\r\n", MULTIPART, "has no Content-Disposition"),
        (part(b"x=y") + b"--x--\r\n", MULTIPART, "has no name"),
        (b"settings=\xe9", "application/x-www-form-urlencoded", "percent-encoded"),
    ],
)
@pytest.mark.parametrize("path", [SAME, BATCH, PIPELINE, "/api/v1/files/upload"])
def test_a_damaged_form_is_called_that(
    client: ToolClient, path: str, body: bytes, content_type: str, reason: str
) -> None:
    response = raw(client, body, path, content_type)
    assert (response.status_code, response.json["code"]) == (400, "INVALID_REQUEST")
    assert response.json["error"].startswith("The form is damaged: ")
    assert reason in response.json["error"]
    assert client.job_folders() == []


def test_a_form_of_nothing_but_its_end_has_no_file(client: ToolClient) -> None:
    for body in (b"--x--\r\n", b""):
        assert raw(client, body).json["code"] == "NO_FILE"


@pytest.mark.parametrize(
    "body",
    [
        b"".join(part(f'name="f{number}"'.encode(), b"x" * 300_000) for number in range(4)),
        part(b'name="' + b"x" * 700_000 + b'"; filename="a"', b"") * 2,
        part(b'name="f"; filename="' + b"x" * 700_000 + b'"', b"") * 2,
    ],
    ids=["values", "names", "names of files"],
)
def test_all_text_of_a_form_together_is_bounded(client: ToolClient, body: bytes) -> None:
    response = raw(client, body + b"--x--\r\n")
    assert (response.status_code, response.json["code"]) == (413, "FILE_TOO_LARGE")


def test_fields_without_files_are_bounded_as_well(client: ToolClient) -> None:
    body = b"settings=" + b"x" * 2 * 1024 * 1024
    response = raw(client, body, SAME, "application/x-www-form-urlencoded")
    assert response.status_code == 413
    response = raw(client, b'{"a":"' + b"x" * 2 * 1024 * 1024, SAME, "application/json")
    assert response.status_code == 400
    assert "at most" in response.json["error"]
