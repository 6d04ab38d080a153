"""Files are worked on, and told of, in the order in which they stand in the form."""

import io
import json
import zipfile
from typing import Any

import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.samples import plain as drawn
from tests.data import giving, plain

BOUNDARY = "boundary-of-the-test"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"
Part = tuple[str, str, bytes]
"""A field, the name of its file or nothing, and what is in it."""


def picture(width: int) -> bytes:
    """Give a picture that is known by its width."""
    return drawn(width, 8, 90, 160, 220).pngsave_buffer()


def upload(width: int, name: str = "a.png", field: str = "files") -> Part:
    return field, name, picture(width)


def body(*parts: Part) -> bytes:
    """Write a form with its parts in this order, which no client of ours does."""
    pieces = []
    for field, name, content in parts:
        filename = f'; filename="{name}"' if name else ""
        head = f'Content-Disposition: form-data; name="{field}"{filename}'
        pieces.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])


def post(client: ToolClient, path: str, *parts: Part, **headers: str) -> Any:
    response = client.http.post(
        f"/api/v1/{path}", data=body(*parts), content_type=FORM, headers={**headers}
    )
    response.get_data()
    response.close()
    return response


def kept(client: ToolClient, width: int, name: str = "a.png", field: str = "files") -> Part:
    """Keep a picture in the library; give the part that names it."""
    answer: Any = client.http.post(
        "/api/v1/upload", data={"file": (io.BytesIO(picture(width)), name)}
    ).json
    return field, "", f"/files/{answer['files'][0]['id']}".encode()


def mixed(client: ToolClient) -> list[Part]:
    """Give uploads and files of the library in turn, in fields of several names."""
    return [
        upload(11),
        kept(client, 12),
        upload(13, field="file"),
        kept(client, 14, "b.png", field="image"),
        ("files", "bad.png", b"no picture"),
        upload(15),
    ]


def widths(archive: zipfile.ZipFile) -> list[int]:
    names = [name for name in archive.namelist() if name.endswith(".png")]
    return [pyvips.Image.new_from_buffer(archive.read(name), "").width for name in names]


NAMES = ["a_same.png", "a_same_1.png", "a_same_2.png", "b_same.png", None, "a_same_3.png"]


def test_a_batch_has_the_order_of_its_form(client: ToolClient) -> None:
    answer: Any = post(client, "tools/same/batch", *mixed(client), Accept=JSON).json
    assert [item["width"] for item in answer["outputs"]] == [11, 12, 13, 14, 15]
    assert [item["index"] for item in answer["results"]] == [0, 1, 2, 3, 4, 5]
    assert [item.get("output") for item in answer["results"]] == NAMES
    inputs = ["a.png", "a.png", "a.png", "b.png", "bad.png", "a.png"]
    assert [item["input"] for item in answer["results"]] == inputs
    assert answer["results"][4]["code"] == "INVALID_IMAGE"


@pytest.mark.parametrize("stream", [b"false", b"true"])
def test_so_has_its_archive(client: ToolClient, stream: bytes) -> None:
    response = post(client, "tools/same/batch", *mixed(client), ("stream", "", stream))
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    assert widths(archive) == [11, 12, 13, 14, 15]
    manifest = json.loads(archive.read("manifest.json"))
    assert [(item["index"], item.get("output")) for item in manifest] == [*enumerate(NAMES)]
    if stream == b"false":
        found = json.loads(response.headers["X-File-Results"])
        assert found == {str(n): name for n, name in enumerate(NAMES) if name}


def test_so_has_its_job(client: ToolClient) -> None:
    answer = post(client, "tools/same/batch", *mixed(client), Prefer="wait=60", Accept=JSON)
    job: Any = client.http.get(f"/api/v1/jobs/{answer.json['jobId']}").json
    told = [(item["index"], item.get("output")) for item in job["result"]["results"]]
    assert told == [*enumerate(NAMES)]


def test_a_batch_of_pipelines_has_it_as_well(client: ToolClient) -> None:
    steps = ("pipeline", "", b'[{"toolId": "same"}]')
    answer: Any = post(client, "pipeline/batch", steps, *mixed(client), Accept=JSON).json
    assert [item["width"] for item in answer["outputs"]] == [11, 12, 13, 14, 15]
    assert [item["index"] for item in answer["results"]] == list(range(6))


def test_a_tool_of_several_files_gets_them_in_this_order(client: ToolClient) -> None:
    parts = [kept(client, 40), upload(3), kept(client, 20)]
    answer: Any = post(client, "tools/measure", *parts).json
    assert answer["sizes"] == [len(picture(width)) for width in (40, 3, 20)]


@pytest.mark.parametrize("library_first", [True, False])
def test_of_two_files_the_second_is_the_extra_one(client: ToolClient, library_first: bool) -> None:
    parts = [kept(client, 30, field="file"), upload(7, field="file")]
    response = post(client, "tools/beside", *(parts if library_first else parts[::-1]))
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert result.width == 37
    assert response.headers["Content-Disposition"].startswith('attachment; filename="a_beside')


def test_uploads_to_the_library_keep_their_order(client: ToolClient) -> None:
    parts = [upload(11, "a.png", "one"), upload(12, "b.png", "two"), upload(13, "c.png", "one")]
    answer: Any = post(client, "upload", *parts).json
    assert [file["originalName"] for file in answer["files"]] == ["a.png", "b.png", "c.png"]


def test_a_form_without_files_may_be_urlencoded(client: ToolClient) -> None:
    _, _, address = kept(client, 11)
    response = client.http.post("/api/v1/tools/same", data={"file": address.decode()})
    with response:
        assert pyvips.Image.new_from_buffer(response.data, "").width == 11


def test_reports_are_numbered_too(ashim: MakeClient) -> None:
    client = ashim(plain, giving)
    parts = [upload(11), ("settings", "", b'{"look": true}'), upload(12)]
    answer: Any = post(client, "tools/as-asked/batch", *parts).json
    assert [(item["index"], item["report"]["width"]) for item in answer["results"]] == [
        (0, 11),
        (1, 12),
    ]


def test_the_settings_are_no_file_wherever_they_stand(client: ToolClient) -> None:
    """Browsers make a file named "blob" of them."""
    parts = [upload(11), ("settings", "blob", b"{}"), upload(12)]
    answer: Any = post(client, "tools/same/batch", *parts, Accept=JSON).json
    assert [item["width"] for item in answer["outputs"]] == [11, 12]


def test_the_index_is_described(client: ToolClient) -> None:
    document: Any = client.http.get("/api/v1/openapi.json").json
    schema = document["components"]["schemas"]["FileResult"]
    assert "index" in schema["required"]
    answer: Any = post(client, "tools/same/batch", *mixed(client), Accept=JSON).json
    for item in answer["results"]:
        assert item.keys() <= schema["properties"].keys()
