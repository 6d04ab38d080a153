"""The library of several people: nobody sees, uses or changes what belongs to somebody else."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from ashim_core.jobs.folders import JobFolder
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.web.people import Headers, Person, bearer, open_server, refusal, root

NOT_FOUND = (404, "NOT_FOUND")
FORBIDDEN = (403, "FORBIDDEN")
STEPS = '[{"toolId": "same"}]'


@pytest.fixture
def server(ashim: MakeClient) -> ToolClient:
    return open_server(ashim)


@pytest.fixture
def owner(server: ToolClient) -> Person:
    return root(server).register()


@pytest.fixture
def other(server: ToolClient) -> Person:
    return root(server).register()


def post(client: ToolClient, path: str, headers: Headers, **form: Any) -> Any:
    response = client.http.post(
        f"/api/v1/{path}",
        data=form,
        headers={"Accept": "application/json", **headers},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def picture(name: str = "a.png", kind: str = "rgb") -> tuple[io.BytesIO, str]:
    return io.BytesIO(sample(kind)), name


def keep(person: Person, kind: str = "rgb") -> str:
    answer = post(person.client, "upload", person.headers, file=picture(kind=kind))
    assert answer.status_code == 201, answer.text
    return str(answer.json["files"][0]["id"])


def get(person: Person, path: str, headers: Headers | None = None) -> Any:
    response = person.client.http.get(f"/api/v1/{path}", headers=headers or person.headers)
    response.get_data()
    response.close()
    return response


def forms(file: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give every way to name a file in a form: the address, and the fields."""
    in_settings = json.dumps({"fileId": file})
    return {
        "a field": ("tools/same", {"fileId": file}),
        "a field beside an upload": ("tools/same", {"fileId": file, "file": picture()}),
        "settings": ("tools/same", {"settings": in_settings}),
        "a list in settings": ("tools/same", {"settings": json.dumps({"fileId": [file]})}),
        "a batch": ("tools/same/batch", {"fileId": file}),
        "a streamed batch": ("tools/same/batch", {"fileId": file, "stream": "true"}),
        "a pipeline": ("pipeline/execute", {"fileId": file, "pipeline": STEPS}),
        "a batch of pipelines": ("pipeline/batch", {"fileId": file, "pipeline": STEPS}),
        "a reference": ("tools/same", {"file": f"/files/{file}"}),
        "a whole reference": ("tools/same", {"file": f"/api/v1/files/{file}/download"}),
        "a second reference": ("tools/measure", {"file": picture(), "mask": f"/files/{file}"}),
        "a reference in a batch": ("tools/same/batch", {"files": f"/files/{file}"}),
        "a reference in a pipeline": (
            "pipeline/execute",
            {"file": f"/files/{file}", "pipeline": STEPS},
        ),
        "a parent": ("files/save-result", {"parentId": file, "file": picture()}),
    }


WAYS = tuple(forms(""))


def work(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note every task that is begun."""
    begun: list[object] = []
    submit = client.core.jobs.executor.submit

    def noted(task: Any, *rest: Any) -> Any:
        begun.append(task)
        return submit(task, *rest)

    monkeypatch.setattr(client.core.jobs.executor, "submit", noted)
    return begun


@pytest.mark.parametrize("way", WAYS)
def test_a_file_of_somebody_else_is_not_found_before_any_work(
    server: ToolClient, owner: Person, other: Person, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(owner)
    scoped = other.key(name="scoped", permissions=["tools:use", "files:own"])["key"]
    unscoped = other.key(name="unscoped")["key"]
    begun = work(server, monkeypatch)
    for headers in (other.headers, bearer(scoped), bearer(unscoped)):
        path, form = forms(file)[way]
        assert refusal(post(server, path, headers, **form)) == NOT_FOUND
        path, form = forms("0" * 32)[way]
        assert refusal(post(server, path, headers, **form)) == NOT_FOUND
    assert begun == []
    assert len(get(owner, f"files/{file}").json["versions"]) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_key_for_tools_alone_does_not_reach_the_library_through_them(
    server: ToolClient, owner: Person, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not tell either whether there is such a file."""
    key = owner.key(name="tools", permissions=["tools:use"])["key"]
    file = keep(owner)
    begun = work(server, monkeypatch)
    for named in (file, "0" * 32):
        path, form = forms(named)[way]
        assert refusal(post(server, path, bearer(key), **form)) == FORBIDDEN
    assert begun == []
    assert post(server, "tools/same", bearer(key), file=picture()).status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_an_editor_may_use_and_change_the_files_of_others(
    server: ToolClient, owner: Person, way: str
) -> None:
    editor = root(server).register("editor")
    path, form = forms(keep(owner))[way]
    assert post(server, path, editor.headers, **form).status_code in (200, 201)


@pytest.mark.parametrize("place", ["", "/download", "/thumbnail"])
def test_a_file_of_somebody_else_can_not_be_read(
    owner: Person, other: Person, server: ToolClient, place: str
) -> None:
    first = keep(owner)
    saved = post(server, "tools/mirror", owner.headers, fileId=first).json["savedFileId"]
    scoped = bearer(other.key(name="scoped", permissions=["files:own"])["key"])
    for version in (first, saved):
        for headers in (other.headers, scoped):
            assert refusal(get(other, f"files/{version}{place}", headers)) == NOT_FOUND
        assert get(owner, f"files/{version}{place}").status_code == 200
    assert get(other, "files").json["total"] == 0


def test_a_file_of_somebody_else_can_not_be_changed(owner: Person, other: Person) -> None:
    file = keep(owner)
    assert refusal(other("POST", f"/api/v1/files/{file}/restore")) == NOT_FOUND
    assert refusal(other("DELETE", f"/api/v1/files/{file}")) == NOT_FOUND
    answer = other("DELETE", "/api/v1/files", {"ids": [file]})
    assert (answer.status_code, answer.json) == (200, {"deleted": 0})
    assert len(get(owner, f"files/{file}").json["versions"]) == 1


def test_equal_files_of_two_people_are_two(owner: Person, other: Person) -> None:
    mine, theirs = keep(owner), keep(other)
    assert get(owner, f"files/{mine}/thumbnail").status_code == 200
    assert owner("DELETE", f"/api/v1/files/{mine}").json == {"deleted": 1}
    assert get(other, f"files/{theirs}/download").data == sample("rgb")
    assert get(other, f"files/{theirs}/thumbnail").status_code == 200


def test_an_answer_does_not_tell_that_somebody_else_has_the_same_bytes(
    owner: Person, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by a date, or by a thumbnail that is there already."""
    told = []
    for person in (owner, other):
        begun = work(person.client, monkeypatch)
        answer = post(person.client, "upload", person.headers, file=picture())
        (file,) = answer.json["files"]
        download = get(person, f"files/{file['id']}/download")
        thumbnail = get(person, f"files/{file['id']}/thumbnail")
        moment = file["createdAt"][:19]
        for response in (download, thumbnail):
            assert response.last_modified.strftime("%Y-%m-%dT%H:%M:%S") == moment
        own = {"id", "createdAt", "downloadUrl", "thumbnailUrl"}
        rest = {name: value for name, value in file.items() if name not in own}
        varying = {"Date", "Expires", "Last-Modified", "X-Request-Id"}
        headers = [
            {name: value for name, value in response.headers.items() if name not in varying}
            for response in (answer, download, thumbnail)
        ]
        for named in headers:
            named.pop("Content-Length", None)
        told.append((rest, headers, len(begun)))
    assert told[0] == told[1]


def before_saving(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any]
) -> None:
    """Have `deed` done when a result is ready and about to be kept."""
    add = client.core.library.add_version

    def late(*values: Any) -> Any:
        done = deed()
        assert done.status_code == 200, done.text
        return add(*values)

    monkeypatch.setattr(client.core.library, "add_version", late)


def test_an_account_that_is_deleted_meanwhile_gets_no_version(
    server: ToolClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(owner)
    admin = root(server)
    before_saving(server, monkeypatch, lambda: admin.beside().delete_user(owner))
    answer = post(server, "tools/mirror", owner.headers, fileId=file)
    assert refusal(answer) == (401, "AUTH_REQUIRED")
    server.core.sweep()
    assert not list((server.core.config.data_dir / "files").glob("??/*"))


def test_an_editor_who_is_none_any_more_changes_nothing_of_others(
    server: ToolClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep(owner)
    admin = root(server)
    editor = admin.register("editor")
    change = {"role": "user"}
    address = f"/api/auth/users/{editor.id}"
    before_saving(server, monkeypatch, lambda: admin.beside()("PUT", address, change))
    answer = post(server, "tools/mirror", editor.headers, fileId=file)
    assert refusal(answer) == NOT_FOUND
    assert len(get(owner, f"files/{file}").json["versions"]) == 1


def test_who_may_no_longer_keep_files_keeps_none(
    server: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = root(server)
    person = admin.register(admin.role("tools:use", "files:own"))
    file = keep(person)
    change = {"role": admin.role("tools:use")}
    address = f"/api/auth/users/{person.id}"
    before_saving(server, monkeypatch, lambda: admin.beside()("PUT", address, change))
    answer = post(server, "tools/mirror", person.headers, fileId=file)
    assert refusal(answer) == FORBIDDEN
    blobs = list((server.core.config.data_dir / "files").glob("??/*"))
    assert len(blobs) == 1


def test_an_upload_of_an_account_that_is_deleted_meanwhile_leaves_nothing(
    server: ToolClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = root(server)
    create = server.core.jobs.work.create

    def late() -> JobFolder:
        assert admin.beside().delete_user(owner).status_code == 200
        return create()

    monkeypatch.setattr(server.core.jobs.work, "create", late)
    answer = post(server, "upload", owner.headers, file=picture())
    assert refusal(answer) == (401, "AUTH_REQUIRED")
    assert not list((server.core.config.data_dir / "files").glob("??/*"))
