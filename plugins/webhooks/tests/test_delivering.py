"""What comes to receivers: signed, again where it failed, at least once; all of it in the log."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ashim_webhooks import plugin

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain
from tests.patience import until
from tests.receivers import Receiver, ask, deliveries, new_hook, run_tool

README = Path(__file__).parents[1] / "README.md"


def signatures(secret: str, came: Any) -> set[str]:
    """Sign what came, by the words of the specification."""
    key = base64.b64decode(secret.split("_")[1])
    text = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(key, text + came.body, hashlib.sha256).digest()
    return {f"v1,{base64.b64encode(digest).decode()}"}


def settled(client: ToolClient, hook: Any, number: int = 1) -> Any:
    """Wait until so many deliveries are done; give them, the latest first."""

    def done() -> bool:
        found = [one["status"] for one in deliveries(client, hook)]
        return len(found) >= number and "pending" not in found

    until(done)
    found = deliveries(client, hook)
    assert len(found) == number
    return found


def test_a_job_is_told_signed_and_in_the_log(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    (came,) = there.came
    said = json.loads(came.body)
    assert (came.method, came.path, said["type"]) == ("POST", "/hook?x=1", "job.completed")
    assert said["data"]["tools"] == ["same"]
    assert abs(int(came.headers["webhook-timestamp"]) - time.time()) < 600
    assert came.headers["content-type"] == "application/json"
    assert set(came.headers["webhook-signature"].split()) == signatures(hook["secret"], came)
    assert (log["status"], log["attempts"], log["answerStatus"]) == ("delivered", 1, 200)
    assert (log["id"], log["answer"], log["error"]) == (came.headers["webhook-id"], "said", None)
    assert log["finishedAt"] >= log["createdAt"]


def test_the_code_in_the_readme_knows_it(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    run_tool(client)
    settled(client, hook)
    names: dict[str, Any] = {}
    exec(README.read_text().split("```python\n")[1].split("```")[0], names)
    (came,) = there.came
    is_genuine = names["is_genuine"]
    assert is_genuine(hook["secret"], came.headers, came.body)
    assert not is_genuine(hook["secret"], came.headers, came.body + b" ")
    old = {**came.headers, "webhook-timestamp": str(int(time.time()) - 1000)}
    assert not is_genuine(hook["secret"], old, came.body)


def test_a_secret_is_changed_without_a_gap(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    new = ask(client, "POST", f"/{hook['id']}/rotate-secret")["secret"]
    assert new != hook["secret"]
    run_tool(client)
    settled(client, hook)
    (came,) = there.came
    given = came.headers["webhook-signature"].split()
    assert set(given) == signatures(new, came) | signatures(hook["secret"], came)
    assert len(given) == 2


def test_the_old_secret_ends_after_a_day(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    new = ask(client, "POST", f"/{hook['id']}/rotate-secret")["secret"]
    from ashim_webhooks.store import Hooks

    data = client.core.extensions._server.data("webhooks")  # type: ignore[attr-defined]
    Hooks(data).change("local", hook["id"], {"oldUntil": time.time() - 1})
    run_tool(client)
    settled(client, hook)
    (came,) = there.came
    assert set(came.headers["webhook-signature"].split()) == signatures(new, came)


def test_one_that_fails_twice_gets_it_the_third_time(client: ToolClient, there: Receiver) -> None:
    there.answer = lambda number: (500 if number < 3 else 204, {"Content-Length": "0"})
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    assert (log["status"], log["attempts"], log["answerStatus"]) == ("delivered", 3, 204)
    assert len({came.headers["webhook-id"] for came in there.came}) == 1
    assert len(there.came) == 3


def test_one_that_goes_on_failing_is_given_up(client: ToolClient, there: Receiver) -> None:
    there.answer = lambda number: (503, {})
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    assert (log["status"], log["attempts"]) == ("failed", 4)
    assert log["error"] == "The receiver answered 503."
    there.answer = lambda number: (200, {})
    again = ask(client, "POST", f"/{hook['id']}/deliveries/{log['id']}/redeliver")
    assert again == {"deliveryId": log["id"]}
    until(lambda: deliveries(client, hook)[0]["status"] == "delivered")
    assert {came.headers["webhook-id"] for came in there.came} == {log["id"]}


def test_redirects_are_not_followed(
    client: ToolClient, there: Receiver, new_receiver: Callable[[], Receiver]
) -> None:
    other = new_receiver()
    there.answer = lambda number: (307, {"Location": other.url})
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    assert log["error"] == "The receiver answered 307; redirects are not followed."
    assert not other.came


def test_one_that_is_gone_is_switched_off(client: ToolClient, there: Receiver) -> None:
    there.answer = lambda number: (410, {})
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    assert (log["status"], log["attempts"]) == ("failed", 1)
    off = ask(client, "GET", f"/{hook['id']}")
    assert (off["enabled"], off["disabledReason"]) == (False, log["error"])
    run_tool(client)
    on = ask(client, "PUT", f"/{hook['id']}", {"enabled": True})
    assert (on["enabled"], on["disabledReason"]) == (True, None)
    there.answer = lambda number: (200, {})
    run_tool(client)
    until(lambda: deliveries(client, hook)[0]["status"] == "delivered")
    assert len(there.came) == 2


def test_one_that_hangs_keeps_no_other_from_getting_theirs(
    ashim: MakeClient,
    variables: pytest.MonkeyPatch,
    there: Receiver,
    new_receiver: Callable[[], Receiver],
) -> None:
    variables.setenv("ASHIM_WEBHOOKS_TIMEOUT_S", "60")
    variables.setenv("ASHIM_WEBHOOKS_AT_A_TIME", "3")
    client = ashim(plain, server=[plugin])
    end = threading.Event()
    other = new_receiver()

    def hang(number: int) -> tuple[int, dict[str, str]]:
        end.wait()
        return 200, {}

    there.answer = hang
    slow = new_hook(client, there)
    quick = ask(client, "POST", body={"url": other.url.replace("127.0.0.1", "localhost")})
    for _ in range(5):
        run_tool(client)
    until(lambda: len(other.came) == 5)
    assert {one["status"] for one in deliveries(client, slow)} == {"pending"}
    assert {one["status"] for one in settled(client, quick, 5)} == {"delivered"}
    assert len(there.came) == 2, "expected two attempts at a time for one host"
    end.set()
    assert {one["status"] for one in settled(client, slow, 5)} == {"delivered"}


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a receiver that sends the head of its answer a letter at a time, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while True:
                line.sendall(b"a")
                time.sleep(0.02)

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    thread.join()
    listener.close()


def test_one_that_sends_its_answer_a_letter_at_a_time_is_left(
    ashim: MakeClient, variables: pytest.MonkeyPatch, dripping: str
) -> None:
    """No single letter takes long; all of them together do."""
    variables.setenv("ASHIM_WEBHOOKS_TIMEOUT_S", "0.5")
    variables.setenv("ASHIM_WEBHOOKS_RETRY_S", "")
    client = ashim(plain, server=[plugin])
    hook = ask(client, "POST", body={"url": dripping})
    run_tool(client)
    (log,) = settled(client, hook)
    assert log["error"] == "No answer came from 127.0.0.1: it took too long."


def test_one_that_says_nothing_is_left(
    ashim: MakeClient, variables: pytest.MonkeyPatch, there: Receiver
) -> None:
    variables.setenv("ASHIM_WEBHOOKS_TIMEOUT_S", "0.3")
    variables.setenv("ASHIM_WEBHOOKS_RETRY_S", "")
    client = ashim(plain, server=[plugin])
    end = threading.Event()

    def hang(number: int) -> tuple[int, dict[str, str]]:
        end.wait()
        return 200, {}

    there.answer = hang
    hook = new_hook(client, there)
    run_tool(client)
    (log,) = settled(client, hook)
    assert log["error"] == "No answer came from 127.0.0.1: it took too long."
    end.set()


def test_retry_after_is_heeded(client: ToolClient, there: Receiver) -> None:
    there.answer = lambda number: (429, {"Retry-After": "3600"})
    hook = new_hook(client, there)
    run_tool(client)
    until(lambda: deliveries(client, hook) and deliveries(client, hook)[0]["attempts"] == 1)
    (log,) = deliveries(client, hook)
    assert log["status"] == "pending"
    assert log["nextAttemptAt"] > log["createdAt"]
    until(lambda: deliveries(client, hook)[0]["nextAttemptAt"] != log["createdAt"])
    assert len(there.came) == 1


def test_only_what_is_wanted_comes(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there, events=["job.failed"])
    run_tool(client)
    run_tool(client, "refuse")
    (log,) = settled(client, hook)
    assert log["type"] == "job.failed"


def test_a_first_event_on_request(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there, enabled=False)
    run_tool(client)
    assert ask(client, "POST", f"/{hook['id']}/test")["deliveryId"]
    (log,) = settled(client, hook)
    assert (log["type"], log["status"]) == ("webhook.test", "delivered")


def test_the_log_keeps_the_last_hundred(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    for _ in range(105):
        ask(client, "POST", f"/{hook['id']}/test")
    until(lambda: len(there.came) == 105)
    data = client.core.extensions._server.data("webhooks")  # type: ignore[attr-defined]
    until(lambda: not data.items("due/") and len(data.items("delivery/")) == 100)
    listed = ask(client, "GET", f"/{hook['id']}/deliveries?limit=100")["deliveries"]
    assert [one["id"] for one in listed] == sorted((one["id"] for one in listed), reverse=True)
    assert len(listed) == 100


def test_nothing_comes_after_it_was_deleted(client: ToolClient, there: Receiver) -> None:
    hook = new_hook(client, there)
    assert ask(client, "DELETE", f"/{hook['id']}") == {"ok": True}
    run_tool(client)
    data = client.core.extensions._server.data("webhooks")  # type: ignore[attr-defined]
    assert data.items() == []
    assert not there.came
