"""What tools make and tell: a ZIP for many files, folders in it, and facts beside the files."""

import io
import json
import zipfile
from typing import Any

import pytest

from ashim_core.archive import Names
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import filing


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(filing)


def described(client: ToolClient, tool: str, **settings: Any) -> dict[str, Any]:
    response = client.post(tool, sample("rgb"), accept="application/json", **settings)
    assert response.json is not None
    answer: dict[str, Any] = response.json
    return answer


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_tool_of_many_files_answers_a_zip_for_one(client: ToolClient) -> None:
    response = client.post("leaf", sample("rgb"))
    assert (response.mimetype, entries(response.data)) == ("application/zip", {"leaf.txt": b"one"})
    answer = described(client, "leaf")
    assert [item["name"] for item in answer["outputs"]] == ["leaf.txt"]
    with client.http.get(answer["zipUrl"]) as archive:
        assert entries(archive.data) == {"leaf.txt": b"one"}
    assert answer["downloadUrl"] == answer["zipUrl"]


def test_any_other_tool_answers_the_one_file(client: ToolClient) -> None:
    assert client.post("told", sample("rgb")).data == b"one"
    assert "zipUrl" not in described(client, "told")


def test_folders_stay_where_they_count(client: ToolClient) -> None:
    response = client.post("shelves", sample("rgb"))
    assert entries(response.data) == {"a/book.txt": b"a", "b/book.txt": b"b"}
    outputs = described(client, "shelves")["outputs"]
    assert [item["name"] for item in outputs] == ["a/book.txt", "b/book.txt"]
    for item, content in zip(outputs, (b"a", b"b"), strict=True):
        with client.http.get(item["downloadUrl"]) as file:
            assert file.data == content
            assert 'filename="book.txt"' in file.headers["Content-Disposition"]


def test_elsewhere_a_folder_only_parts_equal_names(client: ToolClient) -> None:
    response = client.post("heap", sample("rgb"))
    assert entries(response.data) == {"book.txt": b"a", "book_1.txt": b"b"}


def test_facts_stand_beside_the_files(client: ToolClient) -> None:
    answer = described(client, "told")
    assert (answer["pages"], answer["words"]) == (3, ["a", "b"])
    assert answer["outputs"][0]["name"] == "leaf.txt"


def test_facts_of_each_file_of_a_batch(client: ToolClient) -> None:
    response = client.http.post(
        "/api/v1/tools/told/batch",
        data={"file": [(io.BytesIO(sample("rgb")), f"{name}.png") for name in "ab"]},
        headers={"Accept": "application/json"},
    )
    facts = [item["facts"] for item in response.get_json()["results"]]
    assert facts == [{"pages": 3, "words": ["a", "b"]}] * 2


@pytest.mark.parametrize("name", ["jobId", "outputs", "zipUrl", "notes"])
def test_facts_never_write_over_the_cores_names(client: ToolClient, name: str) -> None:
    response = client.http.post(
        "/api/v1/tools/told",
        data={
            "file": (io.BytesIO(sample("rgb")), "a.png"),
            "settings": json.dumps({"name": name}),
        },
    )
    assert (response.status_code, response.get_json()["code"]) == (500, "PLUGIN_ERROR")


def test_names_in_folders_are_harmless() -> None:
    names = Names()
    given = ["../x.png", "a/../../x.png", "A/x.png", "a/x.png", "/etc/passwd", "con/x.png"]
    assert [names.add_in_folder(name) for name in given] == [
        "x.png",
        "x_1.png",
        "A/x.png",
        "a/x_1.png",
        "passwd",
        "x_2.png",
    ]
