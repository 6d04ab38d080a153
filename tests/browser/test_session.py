"""The session of a browser, in a real one: its cookie, and pages of others that want to use it."""

import json
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.extensions.conftest import PACKAGES
from tests.patience import PATIENCE_S
from tests.web.live import LiveServer, live_server

PASSWORD = "correct horse battery"
ENVIRONMENT = {
    "AUTH_ENABLED": "true",
    "DEFAULT_PASSWORD": PASSWORD,
    "SKIP_MUST_CHANGE_PASSWORD": "true",
    "PYTHONPATH": str(PACKAGES / "toy-pages"),
}
SIGN_IN = """
async (password) => (await fetch("api/auth/login", {
  method: "POST",
  headers: {"Content-Type": "application/json"},
  body: JSON.stringify({username: "admin", password, cookie: true}),
})).json()
"""
ASK = """
async ([method, path, headers, body]) => {
  const answer = await fetch(path, {method, headers, body, credentials: "include"});
  return answer.status;
}
"""
OWN = {"X-Ashim-Page": "1", "Content-Type": "application/json"}
SAVE = json.dumps({"name": "mine", "steps": [{"toolId": "resize", "settings": {"width": 8}}]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("session"), **ENVIRONMENT) as live:
        yield live


@pytest.fixture
def signed_in(browser: Browser, server: LiveServer) -> Iterator[Page]:
    """A page of the server whose browser has the cookie, and may open others."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.goto(f"{server.address}/")
    said = page.evaluate(SIGN_IN, PASSWORD)
    assert said.keys() == {"user", "expiresAt"}
    yield page
    context.close()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another application on the same host, with a form and a script of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Another</title><form id=f></form>")

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    other = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=other.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{other.server_address[1]}/"
    other.shutdown()
    thread.join()
    other.server_close()


def ask(page: Page, method: str, path: str, headers: Any = None, body: str | None = None) -> int:
    return int(page.evaluate(ASK, [method, path, headers or {}, body]))


def pipelines(page: Page) -> int:
    found = page.evaluate('async () => (await fetch("api/v1/pipeline/list")).json()')
    return len(found["pipelines"])


def cookie_of(context: BrowserContext) -> Any:
    (cookie,) = context.cookies()
    return cookie


def test_the_page_of_a_package_runs_with_its_policy(page: Page, server: LiveServer) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server.address}/tools/resize")
    page.wait_for_function("document.getElementById('said').textContent === 'auth true'")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    assert said == [], "expected nothing to break the policy"


def test_no_script_sees_the_cookie(signed_in: Page) -> None:
    cookie = cookie_of(signed_in.context)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Strict", False)
    assert (cookie["path"], cookie["name"][:6]) == ("/", "ashim_")
    assert signed_in.evaluate("document.cookie") == ""
    assert ask(signed_in, "GET", "api/auth/session") == 200


def test_its_own_page_changes_things_with_the_header_alone(signed_in: Page) -> None:
    before = pipelines(signed_in)
    plain = {"Content-Type": "application/json"}
    assert ask(signed_in, "POST", "api/v1/pipeline/save", plain, SAVE) == 403
    assert ask(signed_in, "POST", "api/v1/pipeline/save", OWN, SAVE) == 201
    assert pipelines(signed_in) == before + 1


def test_pictures_and_streams_need_nothing_but_the_cookie(signed_in: Page) -> None:
    status = signed_in.evaluate(
        """async () => {
          const form = new FormData();
          const canvas = new OffscreenCanvas(4, 4);
          canvas.getContext("2d").fillRect(0, 0, 2, 2);
          form.append("file", await canvas.convertToBlob(), "a.png");
          const kept = await fetch("api/v1/files/upload", {
            method: "POST", body: form, headers: {"X-Ashim-Page": "1"},
          });
          const {files: [file]} = await kept.json();
          const picture = new Image();
          picture.src = `api/v1/files/${file.id}/thumbnail`;
          await picture.decode();
          return picture.naturalWidth;
        }"""
    )
    assert status == 4


def test_another_port_of_the_host_changes_nothing(
    signed_in: Page, server: LiveServer, elsewhere: str
) -> None:
    """To the browser it is the same site: the cookie comes along, the header can't."""
    before = pipelines(signed_in)
    other = signed_in.context.new_page()
    other.goto(elsewhere)
    save = f"{server.address}/api/v1/pipeline/save"
    for headers in ({"Content-Type": "text/plain"}, OWN):
        with pytest.raises(Error, match="Failed to fetch"):
            ask(other, "POST", save, headers, SAVE)
    other.evaluate(
        """([action]) => {
          const form = document.getElementById("f");
          form.method = "POST"; form.enctype = "text/plain"; form.action = action;
          form.submit();
        }""",
        [save],
    )
    other.wait_for_url(save)
    assert "X-Ashim-Page" in other.content()
    assert pipelines(signed_in) == before
    other.close()


def test_another_site_is_not_even_known(
    signed_in: Page, server: LiveServer, elsewhere: str
) -> None:
    """`localhost` and `127.0.0.1` are two sites, so the cookie stays at home."""
    other = signed_in.context.new_page()
    other.goto(elsewhere.replace("127.0.0.1", "localhost"))
    other.evaluate(
        """([action]) => {
          const form = document.getElementById("f");
          form.method = "POST"; form.action = action; form.submit();
        }""",
        [f"{server.address}/api/auth/logout"],
    )
    other.wait_for_url(f"{server.address}/api/auth/logout")
    assert "AUTH_REQUIRED" in other.content()
    assert ask(signed_in, "GET", "api/auth/session") == 200
    other.close()


def test_two_servers_on_one_host_keep_to_themselves(
    signed_in: Page, server: LiveServer, tmp_path: Path
) -> None:
    with live_server(tmp_path, **ENVIRONMENT) as second:
        signed_in.goto(f"{second.address}/")
        assert ask(signed_in, "GET", "api/auth/session") == 401
        signed_in.evaluate(SIGN_IN, PASSWORD)
        assert ask(signed_in, "GET", "api/auth/session") == 200
        assert len({cookie["name"] for cookie in signed_in.context.cookies()}) == 2
        signed_in.goto(f"{server.address}/")
        assert ask(signed_in, "GET", "api/auth/session") == 200


def test_signing_out_ends_both(signed_in: Page, server: LiveServer) -> None:
    token = cookie_of(signed_in.context)["value"]
    assert ask(signed_in, "POST", "api/auth/logout", OWN) == 200
    assert signed_in.context.cookies() == []
    assert ask(signed_in, "GET", "api/auth/session") == 401
    request = urllib.request.Request(
        f"{server.address}/api/auth/session", headers={"Authorization": f"Bearer {token}"}
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)


def test_a_session_that_ends_elsewhere_is_over_here(signed_in: Page, server: LiveServer) -> None:
    body = json.dumps({"username": "admin", "password": PASSWORD}).encode()
    address = f"{server.address}/api/auth"
    login = urllib.request.Request(f"{address}/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(login) as answer:
        bearer = {"Authorization": f"Bearer {json.load(answer)['token']}"}
    listed = urllib.request.Request(f"{address}/sessions", headers=bearer)
    with urllib.request.urlopen(listed) as answer:
        others = [one for one in json.load(answer)["sessions"] if not one["current"]]
    for one in others:
        ending = urllib.request.Request(
            f"{address}/sessions/{one['id']}", headers=bearer, method="DELETE"
        )
        urllib.request.urlopen(ending).close()
    assert ask(signed_in, "GET", "api/auth/session") == 401
