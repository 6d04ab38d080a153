"""The same request sent twice with an `Idempotency-Key`: there is one job, and one result."""

import io
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from ashim_core.jobs.table import Claim
from ashim_core.store.models import Job as Row
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain
from tests.web.live import live_server
from tests.web.uploads import post

PASSWORD = "correct horse battery"


def send(
    client: ToolClient, key: str, path: str = "tools/same", data: bytes = b"", **more: Any
) -> Any:
    """Send a picture, or a request of another kind; give the answer."""
    headers = {"Idempotency-Key": key, **more.pop("headers", {})}
    response = client.http.post(
        f"/api/v1/{path}",
        data={"file": (io.BytesIO(data or sample("rgb")), more.pop("name", "a.png")), **more},
        headers=headers,
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    return response


def rows(client: ToolClient) -> list[Any]:
    body: Any = client.http.get("/api/v1/jobs").json
    return list(body["jobs"])


def test_the_same_request_gets_the_same_result(client: ToolClient) -> None:
    key = str(uuid.uuid4())
    first, second = send(client, key), send(client, key)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["X-Job-Id"] == second.headers["X-Job-Id"]
    assert first.data == second.data
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(rows(client)) == 1


def test_it_is_the_request_that_counts_and_not_how_it_is_answered(client: ToolClient) -> None:
    key = "mine"
    first = send(client, key, headers={"Prefer": "respond-async"})
    second = send(client, key, headers={"Accept": "application/json"})
    third = send(client, key, headers={"Prefer": "respond-async"})
    assert [item.status_code for item in (first, second, third)] == [202, 200, 202]
    assert {item.json["jobId"] for item in (first, second, third)} == {first.json["jobId"]}
    assert third.json["status"] == "completed"


@pytest.mark.parametrize(
    "change",
    [
        {"data": sample("grey")},
        {"name": "b.png"},
        {"path": "tools/mirror"},
        {"path": "tools/same/batch"},
        {"manifest": "true"},
        {"settings": " {}"},
    ],
    ids=["picture", "name", "tool", "batch", "field", "settings"],
)
def test_another_request_with_the_same_key_is_refused(
    client: ToolClient, change: dict[str, Any]
) -> None:
    assert send(client, "mine").status_code == 200
    response = send(client, "mine", **change)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["details"][0]["field"] == "Idempotency-Key"
    assert len([row for row in rows(client) if row["toolId"] == "same"]) == 1


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256])
def test_a_key_is_a_short_word(client: ToolClient, key: str) -> None:
    response = send(client, key)
    assert (response.status_code, response.json["code"]) == (400, "VALIDATION_ERROR")
    assert response.json["details"][0]["field"] == "Idempotency-Key"


def test_a_result_that_was_an_error_stays_one(client: ToolClient) -> None:
    first = send(client, "mine", path="tools/refuse")
    second = send(client, "mine", path="tools/refuse")
    for answer in (first, second):
        assert (answer.status_code, answer.json["code"]) == (422, "NO_FACE_FOUND")
    assert len(rows(client)) == 1


def test_what_the_server_itself_has_lost_is_done_again(client: ToolClient) -> None:
    first = send(client, "mine", headers={"Prefer": "wait=10"})
    with client.core.store.writing() as db:
        lost = {"code": "SERVER_RESTARTED", "status": 503, "message": "Gone.", "details": []}
        Row.update(state="failed", error=json.dumps(lost)).execute(db)
    second = send(client, "mine")
    assert second.status_code == 200
    assert second.headers["X-Job-Id"] != first.headers["X-Job-Id"]
    assert send(client, "mine").headers["X-Job-Id"] == second.headers["X-Job-Id"]


def test_a_refused_request_does_not_use_its_key_up(client: ToolClient) -> None:
    wrong = send(client, "mine", settings=json.dumps({"nonsense": 1}))
    assert (wrong.status_code, wrong.json["code"]) == (400, "INVALID_SETTINGS")
    assert send(client, "mine").status_code == 200


def test_a_deleted_job_gives_its_key_back(client: ToolClient) -> None:
    first = send(client, "mine").headers["X-Job-Id"]
    assert client.http.delete(f"/api/v1/jobs/{first}").status_code == 200
    assert send(client, "mine").headers["X-Job-Id"] != first


def test_the_manifest_that_was_asked_for_is_in_what_is_kept(client: ToolClient) -> None:
    archive = send(client, "mine", path="tools/same/batch", manifest="true")
    assert b"manifest.json" in archive.data


def test_keys_of_different_people_have_nothing_to_do_with_each_other(ashim: MakeClient) -> None:
    client = ashim(plain, auth_enabled=True, skip_must_change_password=True, max_users=0)
    admin = login(client, "admin", "admin")
    body = {"username": "else", "password": PASSWORD, "role": "user"}
    assert client.http.post("/api/auth/register", json=body, headers=admin).status_code == 201
    other = login(client, "else", PASSWORD)
    first = send(client, "mine", headers=admin).headers["X-Job-Id"]
    second = send(client, "mine", headers=other, name="b.png")
    assert second.status_code == 200
    assert second.headers["X-Job-Id"] != first


def login(client: ToolClient, name: str, password: str) -> dict[str, str]:
    answer: Any = client.http.post("/api/auth/login", json={"username": name, "password": password})
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_one_of_two_at_the_same_moment_starts_the_job(client: ToolClient) -> None:
    """The second finds the key free, and taken once it has made a job of its own."""
    first = send(client, "mine")
    jobs = client.core.jobs
    found: list[str | None] = [None]
    look = jobs.claimed

    def late(claim: Claim) -> str | None:
        return found.pop() if found else look(claim)

    jobs.claimed = late  # type: ignore[method-assign]
    second = send(client, "mine")
    assert second.status_code == 200
    assert second.headers["X-Job-Id"] == first.headers["X-Job-Id"]
    work = client.core.config.data_dir / "work" / jobs.work.instance
    assert not list(work.iterdir())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("repeats")
    with live_server(folder / "data", ASHIM_WEB_PROCESSES="2", CONCURRENT_JOBS="1") as live:
        yield live.address


def test_eight_at_a_time_at_two_processes_get_one_job(server: str) -> None:
    for number in range(5):
        ask = partial(
            post, server, "tools/resize", {"Idempotency-Key": f"storm-{number}"}, width=20
        )
        with ThreadPoolExecutor(8) as threads:
            answers = [waiting.result() for waiting in [threads.submit(ask) for _ in range(8)]]
        assert {answer.status for answer in answers} == {200}
        assert len({answer.headers["X-Job-Id"] for answer in answers}) == 1
        assert len({answer.body for answer in answers}) == 1
