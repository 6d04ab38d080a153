"""The library: files are kept, found, worked on, and every version of them stays."""

import hashlib
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pyvips

from ashim_core.errors import AshimError, QueueFull, TimedOut
from ashim_core.library.service import NewFile
from ashim_core.policy import local_user
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="alert(1)">
<script>alert(2)</script><rect width="40" height="30" fill="red"/></svg>"""
HOSTILE_NAMES = [
    "../../etc/passwd.png",
    "a\r\nSet-Cookie: x=1.png",
    '"><script>alert(1)</script>.png',
    "CON.png",
    "\u202egnp.exe.png",
    "Ω" * 200 + ".png",
    "%2e%2e%2f.png",
    "'; DROP TABLE files; --.png",
]


def upload(client: ToolClient, *files: tuple[str, bytes], path: str = "files/upload") -> Any:
    return client.http.post(
        f"/api/v1/{path}",
        data={"file": [(io.BytesIO(data), name) for name, data in files]},
        content_type="multipart/form-data",
    )


def keep(client: ToolClient, name: str = "a.png", picture: str = "rgb") -> Any:
    response = upload(client, (name, sample(picture)))
    assert response.status_code == 201, response.text
    return response.json["files"][0]


def get(client: ToolClient, path: str, **options: Any) -> Any:
    response = client.http.get(f"/api/v1/{path}", **options)
    response.get_data()
    response.close()
    return response


def run(client: ToolClient, path: str, accept: str = "application/json", **form: Any) -> Any:
    response = client.http.post(
        f"/api/v1/{path}",
        data=form,
        headers={"Accept": accept},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def blobs(client: ToolClient) -> list[str]:
    return sorted(path.name for path in (client.core.config.data_dir / "files").glob("??/*"))


def test_an_upload_is_described(client: ToolClient) -> None:
    file = keep(client, "photo.png")
    assert file["originalName"] == "photo.png"
    assert (file["mimeType"], file["width"], file["height"]) == ("image/png", 48, 32)
    assert (file["version"], file["parentId"], file["toolChain"]) == (1, None, [])
    assert file["size"] == len(sample("rgb"))
    assert file["sha256"] == hashlib.sha256(sample("rgb")).hexdigest()
    assert get(client, f"files/{file['id']}").json == {"file": file, "versions": [file]}


def test_both_addresses_of_uploads_do_the_same(client: ToolClient) -> None:
    for path in ("upload", "files/upload"):
        assert upload(client, ("a.png", sample("rgb")), path=path).status_code == 201
    assert get(client, "files").json["total"] == 2


def test_width_and_height_are_as_the_picture_is_seen(client: ToolClient) -> None:
    response = upload(client, ("a.jpg", sample("orientation-6")))
    file = response.json["files"][0]
    assert (file["width"], file["height"]) == (48, 32)


def test_equal_bytes_are_stored_once(client: ToolClient) -> None:
    first, second = keep(client, "a.png"), keep(client, "b.png")
    assert first["sha256"] == second["sha256"]
    assert blobs(client) == [first["sha256"]]
    client.http.delete(f"/api/v1/files/{first['id']}")
    assert blobs(client) == [first["sha256"]]
    assert get(client, f"files/{second['id']}/download").data == sample("rgb")
    client.http.delete(f"/api/v1/files/{second['id']}")
    assert blobs(client) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"<html><script>alert(1)</script></html>", "INVALID_IMAGE"),
        (sample("rgb")[:20], "DECODE_FAILED"),
    ],
)
def test_one_wrong_file_keeps_all_out(client: ToolClient, data: bytes, code: str) -> None:
    response = upload(client, ("good.png", sample("rgb")), ("bad.png", data))
    assert (response.status_code // 100, response.json["code"]) == (4, code)
    assert response.json["error"].startswith("bad.png: ")
    assert get(client, "files").json["total"] == 0
    assert blobs(client) == []


def test_an_upload_without_a_file_is_refused(client: ToolClient) -> None:
    response = run(client, "files/upload")
    assert (response.status_code, response.json["code"]) == (400, "NO_FILE")


def test_a_picture_that_nothing_here_reads_is_kept_as_it_is(client: ToolClient) -> None:
    psd = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 2, 4, 8, 3) + bytes(12 + 2 + 24)
    file = upload(client, ("a.psd", psd)).json["files"][0]
    assert (file["mimeType"], file["width"]) == ("image/vnd.adobe.photoshop", None)
    assert get(client, f"files/{file['id']}/download").data == psd


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"8BPS\0\1", b"BM", b"\xff\x0a", b"#?RADIANCE\n"])
def test_what_only_begins_like_a_picture_is_not_kept(client: ToolClient, head: bytes) -> None:
    parent = keep(client)["id"]
    data = head + b"rubbish " * 1000
    for response in (
        upload(client, ("a.dat", data)),
        run(client, "files/save-result", parentId=parent, file=(io.BytesIO(data), "a.dat")),
    ):
        assert (response.status_code, response.json["code"]) == (422, "DECODE_FAILED")
        assert "but is none: it is damaged, cut off, or something else" in response.json["error"]
    assert get(client, "files").json["total"] == 1


def pdf() -> bytes:
    body = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 2/Root 1 0 R>>\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def damaged(extension: str) -> bytes:
    """Give a picture of which only the header is whole."""
    noise = pyvips.Image.gaussnoise(200, 200).cast("uchar").copy(interpretation="b-w")
    return bytes(noise.write_to_buffer(f".{extension}"))[:1000]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.pdf", pdf),
        ("a.png", lambda: damaged("png")),
        ("a.jpg", lambda: damaged("jpg")),
    ],
)
def test_a_thumbnail_that_cannot_be_made_is_refused_as_openapi_says(
    client: ToolClient, name: str, make: Callable[[], bytes]
) -> None:
    file = upload(client, (name, make())).json["files"][0]
    response = get(client, f"files/{file['id']}/thumbnail")
    assert (response.status_code, response.json["code"]) == (422, "NO_THUMBNAIL")
    assert response.json["error"].startswith("There is no thumbnail of this file. ")
    document = client.http.get("/api/v1/openapi.json").json
    assert document is not None
    listed = document["paths"]["/api/v1/files/{fileId}/thumbnail"]["get"]["responses"]
    assert "422" in listed


@pytest.mark.parametrize(
    "trouble", [QueueFull("The queue is full."), TimedOut("It took too long.")]
)
def test_a_thumbnail_that_the_server_can_not_make_now_is_no_fault_of_the_file(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, trouble: AshimError
) -> None:
    file = keep(client)

    def fail(*arguments: object) -> None:
        raise trouble

    monkeypatch.setattr(client.core.jobs, "run_once", fail)
    response = get(client, f"files/{file['id']}/thumbnail")
    assert (response.status_code, response.json["code"]) == (trouble.status, trouble.code)


def test_a_result_that_is_no_picture_has_no_thumbnail(client: ToolClient, tmp_path: Path) -> None:
    """Tools may give any kind of file, and that is kept as a version."""
    report = tmp_path / "report.json"
    report.write_text("{}")
    new = NewFile(report, "report.json", "application/json")
    (kept,) = client.core.library.add(local_user(), [new])
    response = get(client, f"files/{kept.id}/thumbnail")
    assert (response.status_code, response.json["code"]) == (422, "NO_THUMBNAIL")


def test_a_download_can_be_resumed_and_cached(client: ToolClient) -> None:
    file = keep(client, "grün.png")
    whole = get(client, f"files/{file['id']}/download")
    assert whole.data == sample("rgb")
    assert whole.headers["ETag"] == f'"{file["sha256"]}"'
    assert f"filename*=UTF-8''{quote('grün.png')}" in whole.headers["Content-Disposition"]
    part = get(client, f"files/{file['id']}/download", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, sample("rgb")[10:20])
    tag = {"If-None-Match": whole.headers["ETag"]}
    assert get(client, f"files/{file['id']}/download", headers=tag).status_code == 304


def test_a_thumbnail_is_a_small_jpeg_made_once(client: ToolClient) -> None:
    wide = pyvips.Image.black(900, 600).copy(interpretation="srgb").bandjoin([50, 90])
    file = upload(client, ("w.png", wide.pngsave_buffer())).json["files"][0]
    response = get(client, f"files/{file['id']}/thumbnail")
    assert (response.status_code, response.mimetype) == (200, "image/jpeg")
    small = pyvips.Image.new_from_buffer(response.data, "")
    assert (small.width, small.height) == (300, 200)
    assert small(150, 100) == pytest.approx([0, 50, 90], abs=6)
    assert "immutable" in response.headers["Cache-Control"]
    made = list((client.core.config.data_dir / "thumbnails").glob("??/*"))
    moment = made[0].stat().st_mtime_ns
    assert get(client, f"files/{file['id']}/thumbnail").data == response.data
    assert made[0].stat().st_mtime_ns == moment
    client.http.delete(f"/api/v1/files/{file['id']}")
    assert not list((client.core.config.data_dir / "thumbnails").glob("??/*"))


def test_a_small_picture_is_not_enlarged_in_its_thumbnail(client: ToolClient) -> None:
    response = get(client, f"files/{keep(client)['id']}/thumbnail")
    assert pyvips.Image.new_from_buffer(response.data, "").width == 48


def test_a_result_becomes_a_new_version(client: ToolClient) -> None:
    first = keep(client, "photo.png")
    response = run(client, "tools/mirror", fileId=first["id"])
    saved = response.json["savedFileId"]
    found = get(client, f"files/{saved}").json
    assert [item["version"] for item in found["versions"]] == [1, 2]
    assert found["file"]["parentId"] == first["id"]
    assert (found["file"]["toolChain"], found["file"]["originalName"]) == (["mirror"], "photo.png")
    data = get(client, f"files/{saved}/download").data
    assert get(client, response.json["downloadUrl"].removeprefix("/api/v1/")).data == data
    mirrored = pyvips.Image.new_from_buffer(sample("rgb"), "").fliphor()
    assert (pyvips.Image.new_from_buffer(data, "") - mirrored).abs().max() == 0
    listed = get(client, "files").json
    assert (listed["total"], listed["files"][0]["id"]) == (1, saved)


def test_the_file_itself_is_answered_with_the_id_of_the_version(client: ToolClient) -> None:
    first = keep(client)
    response = run(client, "tools/same", "*/*", settings=json.dumps({"fileId": first["id"]}))
    saved = response.headers["X-Saved-File-Id"]
    assert get(client, f"files/{saved}/download").data == response.data


def test_an_upload_can_become_a_version_of_a_file(client: ToolClient) -> None:
    first = keep(client)
    picture = (io.BytesIO(sample("jpeg")), "other.jpg")
    response = run(client, "tools/same", fileId=first["id"], file=picture)
    found = get(client, f"files/{response.json['savedFileId']}").json["file"]
    assert (found["version"], found["originalName"]) == (2, "a.jpg")


def test_a_file_can_be_used_without_being_changed(client: ToolClient) -> None:
    file = keep(client)
    for reference in (f"/files/{file['id']}", file["downloadUrl"], f"/api/v1/files/{file['id']}"):
        response = run(client, "tools/same", "*/*", file=reference)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    assert len(get(client, f"files/{file['id']}").json["versions"]) == 1


def test_a_batch_makes_a_version_of_each(client: ToolClient) -> None:
    files = [keep(client, f"{number}.png") for number in range(3)]
    response = run(client, "tools/mirror/batch", fileId=[file["id"] for file in files])
    saved = [item["savedFileId"] for item in response.json["results"]]
    parents = [get(client, f"files/{item}").json["file"]["parentId"] for item in saved]
    assert parents == [file["id"] for file in files]


def test_a_batch_wants_one_file_for_each_result(client: ToolClient) -> None:
    file = keep(client)
    pictures = [(io.BytesIO(sample("rgb")), "a.png"), (io.BytesIO(sample("rgb")), "b.png")]
    response = run(client, "tools/same/batch", fileId=file["id"], files=pictures)
    assert (response.status_code, response.json["details"][0]["field"]) == (400, "fileId")


@pytest.mark.parametrize("many", [False, True])
def test_a_pipeline_makes_one_version(client: ToolClient, many: bool) -> None:
    file = keep(client)
    steps = json.dumps([{"toolId": "mirror"}, {"toolId": "negative"}])
    path = "pipeline/batch" if many else "pipeline/execute"
    answer = run(client, path, pipeline=steps, fileId=file["id"]).json
    saved = answer["results"][0]["savedFileId"] if many else answer["savedFileId"]
    found = get(client, f"files/{saved}").json
    assert found["file"]["toolChain"] == ["mirror", "negative"]
    assert len(found["versions"]) == 2


def test_a_job_in_the_background_keeps_its_version_too(client: ToolClient) -> None:
    file = keep(client)
    response: Any = client.http.post(
        "/api/v1/tools/same",
        data={"fileId": file["id"]},
        headers={"Prefer": "wait=10", "Accept": "application/json"},
    )
    assert get(client, f"files/{response.json['savedFileId']}").json["file"]["version"] == 2


def test_what_is_no_single_file_is_not_kept(client: ToolClient) -> None:
    file = keep(client)
    for tool in ("pages", "measure"):
        response = run(client, f"tools/{tool}", fileId=file["id"])
        assert response.status_code == 200
        assert "savedFileId" not in response.json
    assert len(get(client, f"files/{file['id']}").json["versions"]) == 1


@pytest.mark.parametrize("value", ["0" * 32, "nothing", "../../x"])
def test_an_unknown_file_is_not_found_before_any_work(client: ToolClient, value: str) -> None:
    response = run(client, "tools/same", fileId=value)
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    response = run(client, "tools/same", settings=json.dumps({"fileId": value}))
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("value", [1, "", None, {}, [1]])
def test_an_id_is_text(client: ToolClient, value: object) -> None:
    response = run(client, "tools/same", settings=json.dumps({"fileId": value}))
    assert (response.status_code, response.json["details"][0]["field"]) == (400, "fileId")


def test_an_old_version_becomes_the_newest_again(client: ToolClient) -> None:
    first = keep(client, "photo.png")
    run(client, "tools/mirror", fileId=first["id"])
    response: Any = client.http.post(f"/api/v1/files/{first['id']}/restore")
    assert response.status_code == 201
    file = response.json["file"]
    assert (file["version"], file["sha256"]) == (3, first["sha256"])
    assert (file["parentId"], file["toolChain"]) == (first["id"], ["restore"])
    assert get(client, "files").json["files"][0]["id"] == file["id"]
    assert len(blobs(client)) == 2


def test_a_result_from_elsewhere_is_saved(client: ToolClient) -> None:
    first = keep(client, "photo.png")
    picture = (io.BytesIO(sample("webp")), "x.webp")
    response = run(
        client, "files/save-result", parentId=first["id"], toolId="convert", file=picture
    )
    assert response.status_code == 201, response.text
    file = response.json["file"]
    assert (file["version"], file["originalName"]) == (2, "photo.webp")
    assert (file["toolChain"], file["mimeType"]) == (["convert"], "image/webp")


@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({}, 400, "parentId"),
        ({"parentId": "0" * 32}, 404, None),
        ({"toolId": "a b"}, 400, "toolId"),
    ],
)
def test_a_result_from_elsewhere_needs_its_parent(
    client: ToolClient, form: dict[str, str], status: int, field: str | None
) -> None:
    if "toolId" in form:
        form = {**form, "parentId": keep(client)["id"]}
    response = run(client, "files/save-result", file=(io.BytesIO(sample("rgb")), "a.png"), **form)
    assert response.status_code == status
    assert field is None or response.json["details"][0]["field"] == field


def test_deleting_any_version_deletes_the_whole_file(client: ToolClient) -> None:
    first = keep(client)
    run(client, "tools/mirror", fileId=first["id"])
    other = keep(client, "other.png", "jpeg")
    response = client.http.delete(f"/api/v1/files/{first['id']}")
    assert response.json == {"deleted": 2}
    assert [item["id"] for item in get(client, "files").json["files"]] == [other["id"]]
    assert blobs(client) == [other["sha256"]]


def test_several_files_are_deleted_at_once(client: ToolClient) -> None:
    files = [keep(client, f"{number}.png") for number in range(3)]
    body = {"ids": [files[0]["id"], files[2]["id"], "nothing"]}
    assert client.http.delete("/api/v1/files", json=body).json == {"deleted": 2}
    assert [item["id"] for item in get(client, "files").json["files"]] == [files[1]["id"]]


def test_the_search_takes_every_sign_for_itself(client: ToolClient) -> None:
    names = ["100%.png", "1000.png", "a_b.png", "axb.png", "GRÜN.png", "it's.png"]
    for name in names:
        keep(client, name)

    def found(text: str) -> list[str]:
        page = get(client, "files", query_string={"search": text, "sort": "name"}).json
        return [file["originalName"] for file in page["files"]]

    assert found("%") == ["100%.png"]
    assert found("_") == ["a_b.png"]
    assert found("grü") == ["GRÜN.png"]
    assert found("'") == ["it's.png"]
    assert found("\\") == []
    assert len(found("")) == len(names)


def test_pages_by_cursor_and_by_offset_give_everything_once(client: ToolClient) -> None:
    for number in range(7):
        keep(client, f"{number}.png")
    for sort in ("createdAt", "name", "size"):
        for order in ("asc", "desc"):
            query = {"limit": 3, "sort": sort, "order": order}
            pages = [get(client, "files", query_string=query).json]
            while cursor := pages[-1]["nextCursor"]:
                pages.append(get(client, "files", query_string={**query, "cursor": cursor}).json)
            walked = [file["id"] for page in pages for file in page["files"]]
            offsets = [
                file["id"]
                for offset in (0, 3, 6)
                for file in get(client, "files", query_string={**query, "offset": offset}).json[
                    "files"
                ]
            ]
            assert walked == offsets
            assert len(set(walked)) == 7
            assert {page["total"] for page in pages} == {7}


def test_a_cursor_stays_right_while_files_come_in(client: ToolClient) -> None:
    for number in range(4):
        keep(client, f"{number}.png")
    first = get(client, "files", query_string={"limit": 2}).json
    keep(client, "new.png")
    second = get(client, "files", query_string={"limit": 2, "cursor": first["nextCursor"]}).json
    assert [file["originalName"] for file in second["files"]] == ["1.png", "0.png"]


@pytest.mark.parametrize("cursor", ["x", "W10=", "bnVsbA==", "eyJhIjoxfQ==", "WzEsMiwzLDRd"])
def test_a_wrong_cursor_is_refused(client: ToolClient, cursor: str) -> None:
    response = get(client, "files", query_string={"cursor": cursor})
    assert (response.status_code, response.json["details"][0]["field"]) == (400, "cursor")


def test_a_drawing_is_harmless_when_it_comes_back(client: ToolClient) -> None:
    file = upload(client, ("d.svg", SVG)).json["files"][0]
    assert (file["mimeType"], file["width"], file["height"]) == ("image/svg+xml", 40, 30)
    response = get(client, f"files/{file['id']}/download")
    assert b"rect" in response.data
    assert b"script" not in response.data
    assert b"onload" not in response.data
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Security-Policy"].endswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_that_calls_itself_a_picture_gets_no_name_of_a_page(client: ToolClient) -> None:
    polyglot = sample("rgb") + b"<html><script>alert(1)</script></html>"
    response = upload(client, ("x.html", polyglot))
    if response.status_code == 201:
        assert response.json["files"][0]["originalName"] == "x.html.png"
    else:
        assert response.json["code"] == "DECODE_FAILED"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_come_back_as_data(client: ToolClient, name: str) -> None:
    sent = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers do
    file = keep(client, sent)
    kept = file["originalName"]
    assert kept
    assert not set(kept) & set("/\\\r\n\0\u202e")
    assert len(kept.encode()) <= 150
    listed = get(client, "files", query_string={"search": kept[:20]}).json
    assert [item["originalName"] for item in listed["files"]] == [kept]
    response = get(client, f"files/{file['id']}/download")
    assert response.data == sample("rgb")
    assert response.headers["Content-Disposition"].isascii()


def test_a_quota_keeps_what_there_is(ashim: MakeClient) -> None:
    client = ashim(plain, library_quota_mb=1)
    noise = pyvips.Image.gaussnoise(600, 600).cast("uchar").copy(interpretation="b-w")
    big = noise.pngsave_buffer(compression=0)
    assert 350_000 < len(big) < 500_000
    for number in range(2):
        assert upload(client, (f"{number}.png", big)).status_code == 201
    response = upload(client, ("c.png", big))
    assert (response.status_code, response.json["code"]) == (507, "QUOTA_EXCEEDED")
    first = get(client, "files").json["files"][0]["id"]
    response = run(client, "tools/same", fileId=first)
    assert (response.status_code, response.json["code"]) == (507, "QUOTA_EXCEEDED")
    assert get(client, "files").json["total"] == 2
    client.http.delete(f"/api/v1/files/{first}")
    assert upload(client, ("c.png", big)).status_code == 201


def test_the_sweep_removes_what_belongs_to_nothing(client: ToolClient) -> None:
    file = keep(client)
    folder: Path = client.core.config.data_dir / "files"
    stray = folder / "ab" / f"ab{'0' * 62}"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    client.core.sweep()
    assert blobs(client) == [file["sha256"]]


def test_a_version_whose_bytes_are_gone_is_forgotten(client: ToolClient) -> None:
    first = keep(client)
    saved = run(client, "tools/mirror", fileId=first["id"]).json["savedFileId"]
    digest = get(client, f"files/{saved}").json["file"]["sha256"]
    (client.core.config.data_dir / "files" / digest[:2] / digest).unlink()
    client.core.sweep()
    assert [item["id"] for item in get(client, "files").json["files"]] == [first["id"]]


def test_a_disk_that_is_not_there_costs_nobody_their_files(client: ToolClient) -> None:
    file = keep(client)
    folder: Path = client.core.config.data_dir / "files"
    folder.rename(folder.with_name("elsewhere"))
    folder.mkdir()
    client.core.sweep()
    assert get(client, f"files/{file['id']}").status_code == 200
    response = upload(client, ("b.png", sample("jpeg")))
    assert (response.status_code, response.json["code"]) == (503, "SERVER_BUSY")
    folder.rmdir()
    folder.with_name("elsewhere").rename(folder)
    assert get(client, f"files/{file['id']}/download").data == sample("rgb")


def test_limits_and_offsets_beyond_their_range_are_the_nearest(client: ToolClient) -> None:
    for name in ("a.png", "b.png"):
        upload(client, (name, sample("rgb")))
    for query, count in (
        ({"limit": "0"}, 1),
        ({"limit": "-5"}, 1),
        ({"limit": "1001"}, 2),
        ({"limit": "9" * 3000}, 2),
        ({"offset": "-1"}, 2),
        ({"offset": "9" * 3000}, 0),
    ):
        assert len(get(client, "files", query_string=query).json["files"]) == count, query
    for query in ({"limit": "x"}, {"offset": "1.5"}, {"limit": "9" * 5000}):
        assert get(client, "files", query_string=query).status_code == 400, query
