"""Whether the server says so when it can't do any work."""

from typing import Any

import pytest

from ashim_core.errors import DatabaseBusy
from ashim_core.testing import ToolClient


def readiness(client: ToolClient) -> tuple[int, Any]:
    answer = client.http.get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json.get("reason")


def test_a_server_that_can_work_is_ready(client: ToolClient) -> None:
    assert readiness(client) == (200, None)


def test_a_server_without_its_database_is_not_ready(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseBusy("The database can't be reached or is locked at the moment.")

    monkeypatch.setattr(client.core.store, "reading", away)
    status, reason = readiness(client)
    assert status == 503
    assert reason.startswith("database: The database can't be reached")
    assert client.http.get("/healthz").status_code == 200


def test_a_server_without_workers_is_not_ready(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.core.jobs.executor, "trouble", lambda: "no worker is there")
    assert readiness(client) == (503, "workers: no worker is there")
    assert client.http.get("/healthz").status_code == 200
