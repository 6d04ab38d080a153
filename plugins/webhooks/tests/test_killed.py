"""A server that is killed while it delivers: the next one does it, and two do it once."""

import json
import os
import signal
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ashim_core.testing import sample
from tests.patience import until
from tests.receivers import Answer, Receiver
from tests.web.live import get_json, live_server

ENVIRONMENT = {
    "ASHIM_WEBHOOKS_ALLOW": "127.0.0.0/8",
    "ASHIM_WEBHOOKS_RETRY_S": "0.1",
    "ASHIM_WEBHOOKS_TIMEOUT_S": "1",
}


def post(url: str, body: Any = None, form: bytes | None = None) -> Any:
    data, kind = (json.dumps(body or {}).encode(), "application/json")
    if form is not None:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        data, kind = head + form + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"
    request = urllib.request.Request(url, data, {"Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if answer.headers.get_content_type() == "application/json" else None


def test_killed_while_the_receiver_has_it(tmp_path: Path, there: Receiver) -> None:
    killed = threading.Event()

    def hold(number: int) -> Answer:
        if number == 1:
            killed.wait()
        return 200, {}

    there.answer = hold
    with live_server(tmp_path, **ENVIRONMENT) as server:
        hook = post(f"{server.address}/api/v1/webhooks", {"url": there.url})
        post(f"{server.address}/api/v1/tools/rotate", form=sample("rgb"))
        until(lambda: there.came)
        for pid in [*server.web_processes(), server.process.pid]:
            os.kill(pid, signal.SIGKILL)
    killed.set()
    with live_server(tmp_path, **ENVIRONMENT) as server:
        log = f"{server.address}/api/v1/webhooks/{hook['id']}/deliveries"
        until(lambda: get_json(log)["deliveries"][0]["status"] == "delivered")
        (one,) = get_json(log)["deliveries"]
    assert len(there.came) == 2
    assert {came.headers["webhook-id"] for came in there.came} == {one["id"]}
    assert len({came.body for came in there.came}) == 1


def test_two_processes_deliver_each_once(
    tmp_path: Path, there: Receiver, new_receiver: Callable[[], Receiver]
) -> None:
    with live_server(tmp_path, ASHIM_WEB_PROCESSES="2", **ENVIRONMENT) as server:
        hook = post(f"{server.address}/api/v1/webhooks", {"url": there.url})
        ids = {
            post(f"{server.address}/api/v1/webhooks/{hook['id']}/test")["deliveryId"]
            for _ in range(20)
        }
        until(lambda: len(there.came) >= 20)
        log = f"{server.address}/api/v1/webhooks/{hook['id']}/deliveries"
        until(lambda: all(it["status"] == "delivered" for it in get_json(log)["deliveries"]))
    came = [one.headers["webhook-id"] for one in there.came]
    assert sorted(came) == sorted(ids)
