"""What is told of files in the library: once it is so, and nothing when it came to nothing."""

import io
from typing import Any

import pytest

from ashim_core.events import Event
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain
from tests.patience import until

PNG = sample("rgb")


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain)


@pytest.fixture
def heard(client: ToolClient) -> list[Event]:
    found: list[Event] = []
    client.core.events.listen("the test", found.append)
    return found


def upload(client: ToolClient, *files: bytes) -> Any:
    form = {"file": [(io.BytesIO(data), f"{number}.png") for number, data in enumerate(files)]}
    return client.http.post("/api/v1/files/upload", data=form).json


def test_what_becomes_of_a_file(client: ToolClient, heard: list[Event]) -> None:
    (first,) = upload(client, PNG)["files"]
    form = {"parentId": first["id"], "file": (io.BytesIO(sample("rgba")), "b.png")}
    second = client.http.post("/api/v1/files/save-result", data=form).get_json()["file"]
    third = client.http.post(f"/api/v1/files/{first['id']}/restore").get_json()["file"]
    client.http.delete(f"/api/v1/files/{first['id']}")
    until(lambda: len(heard) == 4)
    assert [(event.name, event.data["id"]) for event in heard] == [
        ("file.created", first["id"]),
        ("file.changed", second["id"]),
        ("file.changed", third["id"]),
        ("file.deleted", third["id"]),
    ]
    assert {event.owner for event in heard} == {"local"}
    assert heard[0].data == first


def test_nothing_is_told_of_what_is_not_kept(client: ToolClient, heard: list[Event]) -> None:
    assert upload(client, PNG, b"no picture")["code"]
    client.http.delete("/api/v1/files", json={"ids": ["0" * 32]})
    upload(client, PNG)
    until(lambda: heard)
    assert [event.name for event in heard] == ["file.created"]
