"""A client of a server that misbehaves: patience within limits, and the key for nobody else."""

import io
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ashim_core.client.address import ForeignAddress, parse
from ashim_core.client.answers import UnexpectedAnswer
from ashim_core.client.connection import NotReached
from ashim_core.client.server import Server
from ashim_core.errors import AshimError
from tests.cli.commands import ashim, refusal
from tests.client.scripted import Reply, Scripted, scripted
from tests.client.tools import folder, names_in, picture
from tests.web.live import free_port

LOST = Reply(0)
ACCEPTED = Reply(202, {"jobId": "0a"})
TOOL = {
    "id": "same",
    "name": "Same",
    "inputs": {"min": 1, "max": 1},
    "animation": "each",
    "settings": {"properties": {"odd name": {"type": "string"}}},
}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long there would be a pause, and make none."""
    noted: list[float] = []
    monkeypatch.setattr(time, "sleep", noted.append)
    return noted


@contextmanager
def client_of(script: Scripted, told: list[str] | None = None) -> Iterator[Server]:
    tell = (told if told is not None else []).append
    server = Server(parse(script.address), "si_0", tell)
    try:
        yield server
    finally:
        server.close()


def busy(status: int, wait: str | None) -> Reply:
    body = {"message": "Not now.", "code": "BUSY"}
    return Reply(status, body, {"Retry-After": wait} if wait else {})


@pytest.mark.parametrize(
    ("status", "wait", "pause"),
    [(503, "5", 5), (429, "30", 30), (429, "9999", 60), (503, "0", 1), (503, None, 2),
     (503, "Wed, 21 Oct 2026 07:28:00 GMT", 2)],
)  # fmt: skip
def test_a_busy_server_is_asked_again_when_it_says(
    pauses: list[float], status: int, wait: str | None, pause: float
) -> None:
    told: list[str] = []
    with (
        scripted(busy(status, wait), Reply(200, {"tools": []})) as script,
        client_of(script, told) as server,
    ):
        assert server.tools() == ()
    assert pauses == [pause]
    line = [f"The server is busy; trying again in {pause} seconds"]
    assert told == (line if pause >= 3 else [])


def test_one_that_stays_busy_is_given_up_with_its_own_words(pauses: list[float]) -> None:
    with (
        scripted(busy(503, "4")) as script,
        client_of(script) as server,
        pytest.raises(AshimError) as caught,
    ):
        server.tools()
    assert (caught.value.message, caught.value.code, caught.value.status) == (
        "Not now.",
        "BUSY",
        503,
    )
    assert len(script.asked) == 8
    assert pauses == [4] * 7


def test_a_lost_connection_is_tried_again_with_the_same_key_of_the_request(
    pauses: list[float], tmp_path: Path
) -> None:
    file = picture(tmp_path / "a.png")
    replies = (Reply(200, {"tools": []}), LOST, LOST, ACCEPTED)
    with scripted(*replies) as script, client_of(script) as server:
        server.tools()
        assert server.start("/tools/same", {"settings": "{}"}, [file]) == "0a"
        assert server.start("/tools/same", {"settings": "{}"}, [file]) == "0a"
    posts = script.asked[1:]
    assert {asked.headers["Prefer"] for asked in posts} == {"respond-async"}
    assert all(file.read_bytes() in asked.body for asked in posts)
    first, second, third, fourth = (asked.headers["Idempotency-Key"] for asked in posts)
    assert first == second == third != fourth
    assert pauses == [0.5, 1]


def test_who_was_never_reached_is_not_waited_for(pauses: list[float]) -> None:
    nobody = Scripted()
    nobody.address = f"http://127.0.0.1:{free_port()}"
    with client_of(nobody) as server, pytest.raises(NotReached, match="can't be reached"):
        server.tools()
    assert pauses == []


def test_a_download_that_breaks_off_is_begun_anew(pauses: list[float]) -> None:
    half = Reply(200, b"half", {"Content-Length": "9"})
    target = io.BytesIO()
    with scripted(half, Reply(200, b"the whole")) as script, client_of(script) as server:
        server.fetch("/api/v1/download/0a/a.png", target)
    assert target.getvalue() == b"the whole"
    assert pauses == [0.5]


def test_the_key_goes_to_the_server_and_to_nobody_else() -> None:
    with (
        scripted(Reply()) as other,
        scripted(Reply(302, {}, {"Location": f"{other.address}/x"})) as script,
        client_of(script) as server,
    ):
        with pytest.raises(ForeignAddress):
            server.fetch(f"{other.address}/api/v1/download/0a/a.png", io.BytesIO())
        assert script.asked == []
        with pytest.raises(UnexpectedAnswer, match="refers its callers to"):
            server.tools()
        with pytest.raises(UnexpectedAnswer, match="refers its callers to"):
            server.fetch("/api/v1/download/0a/a.png", io.BytesIO())
    assert other.asked == []
    assert {asked.headers["Authorization"] for asked in script.asked} == {"Bearer si_0"}


@pytest.mark.parametrize("body", [b"<html>", b"", [], {}, {"tools": [{}]}, {"tools": 1}])
def test_an_answer_of_another_kind_of_server_is_told(body: object) -> None:
    with (
        scripted(Reply(200, body)) as script,
        client_of(script) as server,
        pytest.raises(UnexpectedAnswer),
    ):
        server.tools()


@pytest.mark.parametrize("body", [b"<html>", {"message": 1}, []])
def test_a_refusal_without_words_has_its_status(body: object) -> None:
    with (
        scripted(Reply(502, body)) as script,
        client_of(script) as server,
        pytest.raises(AshimError) as caught,
    ):
        server.tools()
    assert caught.value.message == "The server answered with the status 502 and no explanation."
    assert caught.value.status == 502


def test_what_steers_a_terminal_is_taken_out_of_messages() -> None:
    with (
        scripted(Reply(400, {"message": "a\x1b[2Jb\nc"})) as script,
        client_of(script) as server,
        pytest.raises(AshimError) as caught,
    ):
        server.tools()
    assert caught.value.message == "a [2Jb c"


def test_a_job_that_can_not_be_removed_is_no_reason_to_wait(pauses: list[float]) -> None:
    with scripted(busy(503, "5")) as script, client_of(script) as server:
        server.remove("0a")
    assert [(asked.method, asked.path) for asked in script.asked] == [("DELETE", "/api/v1/jobs/0a")]
    assert pauses == []


@pytest.mark.usefixtures("interruptible")
def test_a_job_that_is_given_up_before_its_start_is_answered_is_removed(tmp_path: Path) -> None:
    late = Reply(202, {"jobId": "0a"}, before=lambda: os.kill(os.getpid(), signal.SIGINT))
    file = picture(tmp_path / "a.png")
    with (
        scripted(late, Reply(200, {"ok": True})) as script,
        client_of(script) as server,
        pytest.raises(KeyboardInterrupt),
    ):
        server.start("/tools/same", {"settings": "{}"}, [file])
    assert [(asked.method, asked.path) for asked in script.asked] == [
        ("POST", "/api/v1/tools/same"),
        ("DELETE", "/api/v1/jobs/0a"),
    ]


def test_a_command_that_is_led_elsewhere_writes_nothing(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    file = picture(tmp_path / "a.png")
    output = {"name": "../a.png", "downloadUrl": "http://127.0.0.1:1/api/v1/download/0a/a.png"}
    result = {"outputs": [output], "downloadUrl": "/api/v1/download/0a/a.png"}
    job = Reply(200, {"status": "completed", "result": result})
    removed = Reply(200, {"ok": True})
    with scripted(Reply(200, TOOL), ACCEPTED, job, removed) as script:
        words = ("--server", script.address, "--key", "si_0")
        line = refusal("run", *words, "same", file, "-o", out)
    assert line == "The server named a file that isn't its own; it was not fetched."
    assert script.asked[-1].method == "DELETE"
    assert names_in(out) == []


def test_a_server_that_goes_away_between_two_results_ends_the_command(
    pauses: list[float], tmp_path: Path
) -> None:
    out = folder(tmp_path / "out")
    files = [picture(tmp_path / f"{number}.png") for number in range(3)]
    links = [f"/api/v1/download/0a/{number}.png" for number in range(3)]
    result = {
        "outputs": [{"name": f"{n}.png", "downloadUrl": link} for n, link in enumerate(links)],
        "downloadUrl": "/api/v1/download/0a/all.zip",
        "results": [{"output": f"{number}.png"} for number in range(3)],
    }
    job = Reply(200, {"status": "completed", "result": result})
    with scripted(Reply(200, TOOL), ACCEPTED, job, Reply(200, b"pixels"), LOST) as script:
        ended = ashim("run", "--server", script.address, "same", *files, "-o", out)
    assert ended.exit_code == 1
    *_, summary, line = ended.stderr.splitlines()
    assert summary == "1 of 3 done"
    assert line.startswith(f"Error: {script.address} can't be reached: ")
    paths = [asked.path.partition("?")[0] for asked in script.asked]
    assert paths == [
        "/api/v1/tools/same",
        "/api/v1/tools/same/batch",
        "/api/v1/jobs/0a",
        links[0],
        *[links[1]] * 8,
        "/api/v1/jobs/0a",
    ]
    assert names_in(out) == ["0_same.png"]
    assert len(pauses) == 7


def test_names_from_a_server_stay_in_the_folder(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    link = "/api/v1/download/0a/a.png"
    result = {"outputs": [{"name": "../../evil.png", "downloadUrl": link}], "downloadUrl": link}
    job = Reply(200, {"status": "completed", "result": result})
    with scripted(Reply(200, TOOL), ACCEPTED, job, Reply(200, b"pixels"), Reply(200, {})) as script:
        words = ("--server", script.address)
        ended = ashim("run", *words, "same", picture(tmp_path / "a.png"), "-o", out)
    assert ended.exit_code == 0, ended.output
    assert names_in(out) == ["evil.png"]
    assert (out / "evil.png").read_bytes() == b"pixels"


def test_a_key_that_would_travel_in_the_open_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def lost(self: Server) -> None:
        asked.append("tools")
        raise NotReached("It is away.")

    monkeypatch.setattr(Server, "tools", lost)
    warning = "warning: the key is sent unencrypted to http://images.example.org"
    for words, told in (
        (("--server", "http://images.example.org", "--key", "si_0"), [warning]),
        (("--server", "https://images.example.org", "--key", "si_0"), []),
        (("--server", "http://images.example.org"), []),
        (("--server", "http://10.0.0.1", "--key", "si_0"), []),
    ):
        result = ashim("run", *words, "--help")
        assert result.exit_code == 1
        assert result.stderr.splitlines() == [*told, "Error: It is away."]
    assert len(asked) == 4


def test_settings_are_sent_as_json(tmp_path: Path) -> None:
    with scripted(ACCEPTED) as script, client_of(script) as server:
        server.start("/tools/same", {"settings": json.dumps({"a": 1})}, [])
    assert script.asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert script.asked[0].body == b"settings=%7B%22a%22%3A+1%7D"
