"""Clients that tests of a file share: as they were when they were made, or not the same ones."""

import io
from collections.abc import Iterator
from pathlib import Path

import ashim_essentials.convert
import pytest

from ashim_core.testing import ToolClient, sample
from ashim_core.testing.client import make_client
from ashim_core.testing.kept import KeptClients


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[KeptClients]:
    made = KeptClients(lambda: tmp_path)
    yield made
    made.close()


def kept(clients: KeptClients) -> ToolClient:
    return clients.get("key", lambda folder: make_client(folder, ashim_essentials.convert))


def kept_after(clients: KeptClients, client: ToolClient) -> bool:
    clients.drop_changed()
    return kept(clients) is client


def status(client: ToolClient, address: str) -> int:
    with client.http.get(address) as response:
        return response.status_code


def test_what_stores_nothing_leaves_the_client(clients: KeptClients) -> None:
    client = kept(clients)
    client.post("convert", sample("rgb"), format="png")
    assert kept_after(clients, client)


def test_jobs_are_removed(clients: KeptClients) -> None:
    client = kept(clients)
    for _ in range(2):
        answer = client.post("convert", sample("rgb"), format="png", accept="application/json").json
        assert answer is not None
        assert status(client, answer["downloadUrl"]) == 200
        assert kept_after(clients, client)
        assert status(client, answer["downloadUrl"]) == 404
        assert client.job_folders() == []


def test_anything_else_drops_it(clients: KeptClients) -> None:
    client = kept(clients)
    file = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    assert client.http.post("/api/v1/upload", data=file).status_code < 300
    assert not kept_after(clients, client)


def test_a_row_in_the_database_drops_it(clients: KeptClients) -> None:
    client = kept(clients)
    client.post("convert", sample("rgb"), format="png", accept="application/json")
    response = client.http.put("/api/v1/settings", json={"defaultLocale": "de"})
    assert response.status_code == 200, response.text
    assert not kept_after(clients, client)
