"""The lines of nginx as the README prints them, before a real server that believes them alone."""

import base64
import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.patience import PATIENCE_S
from tests.web.live import free_port, live_server

README = Path(__file__).parents[1] / "README.md"
PASSWORD = "correct horse battery"
PEOPLE = ("ada", "bob", "admin")
pytestmark = pytest.mark.skipif(
    not shutil.which("nginx"), reason="needs nginx: apt-get install nginx-light"
)


class Ports(NamedTuple):
    """Where the server itself listens, and where nginx does."""

    server: int
    nginx: int


def configuration(folder: Path, ports: Ports) -> Path:
    """Write the printed lines with what surrounds them on a machine."""
    printed = README.read_text().split("```nginx\n")[1].split("\n```")[0]
    lines = printed.replace("/etc/nginx/people", str(folder / "people")).replace(
        "127.0.0.1:1349", f"127.0.0.1:{ports.server}"
    )
    places = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "people").write_text("".join(f"{name}:{{PLAIN}}{PASSWORD}\n" for name in PEOPLE))
    (folder / "people").chmod(0o644)
    folder.chmod(0o755)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\nuser root;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{places}"
        'map $remote_user $groups { default "guests"; ada "family,cooks"; admin "admins"; }\n'
        f"server {{\nlisten 127.0.0.1:{ports.nginx};\n{lines}\n}}\n}}\n"
    )
    return file


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    folder = tmp_path_factory.mktemp("forward-auth")
    environment = {
        "AUTH_ENABLED": "true",
        "DEFAULT_PASSWORD": PASSWORD,
        "MAX_USERS": "0",
        "TRUST_PROXY": "127.0.0.1",
        # nginx comes from 127.0.0.1, whoever goes round it from another address of this machine.
        "ASHIM_FORWARD_AUTH_TRUST": "127.0.0.1",
        "ASHIM_FORWARD_AUTH_CREATE": "true",
        "ASHIM_FORWARD_AUTH_ROLES": "admins=admin,family=editor",
    }
    with live_server(folder / "data", **environment) as live:
        found = Ports(int(live.address.rpartition(":")[2]), free_port())
        file = configuration(folder, found)
        start = ["nginx", "-e", str(folder / "start.log"), "-c", str(file)]
        process = subprocess.Popen(start)
        _wait_for(found.nginx, process, folder)
        yield found
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "expected nginx to listen"
            assert process.poll() is None, (folder / "start.log").read_text()
            time.sleep(0.05)


def ask(
    port: int,
    path: str = "/api/auth/session",
    *,
    name: str = "",
    method: str = "GET",
    source: str = "127.0.0.1",
    **headers: str,
) -> tuple[int, Any]:
    """Send a request, with name and password for nginx if there is a name."""
    if name:
        word = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
        headers["Authorization"] = f"Basic {word}"
    line = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=PATIENCE_S, source_address=(source, 0)
    )
    with closing(line):
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        line.request(method, path, headers=names)
        response = line.getresponse()
        text = response.read()
        as_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(text) if as_json else text


def user(answer: tuple[int, Any]) -> tuple[str, str]:
    status, said = answer
    assert status == 200, said
    return said["user"]["username"], said["user"]["role"]


def test_people_come_with_the_roles_of_their_groups(ports: Ports) -> None:
    assert user(ask(ports.nginx, name="ada")) == ("ada", "editor")
    assert user(ask(ports.nginx, name="bob")) == ("bob", "user")
    assert user(ask(ports.nginx, name="admin")) == ("admin", "admin")


def test_nginx_lets_nobody_else_in(ports: Ports) -> None:
    status, text = ask(ports.nginx)
    assert status == 401
    assert b"nginx" in text, "expected the proxy to refuse"


@pytest.mark.parametrize("header", ["Remote-User", "remote-user", "Remote_User", "REMOTE-USER"])
def test_what_a_browser_says_of_itself_does_not_come_through(ports: Ports, header: str) -> None:
    forged = {header: "admin", "Remote-Groups": "admins"}
    assert user(ask(ports.nginx, name="bob", **forged)) == ("bob", "user")


def test_whoever_goes_round_the_proxy_is_nobody(ports: Ports) -> None:
    """From another address than that of nginx, whatever is said about the way."""
    forged = {"Remote-User": "admin", "Remote-Groups": "admins"}
    way = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}
    for headers in (forged, {**forged, **way}):
        status, said = ask(ports.server, source="127.0.0.2", **headers)
        assert (status, said["code"]) == (401, "AUTH_REQUIRED")


def test_whose_account_is_removed_is_out_with_the_next_request(ports: Ports) -> None:
    own = ask(ports.nginx, name="bob")[1]["user"]["id"]
    page = {"X_Ashim_Page": "1"}
    path = f"/api/auth/users/{own}"
    assert ask(ports.nginx, path, name="admin", method="DELETE")[0] == 403
    assert ask(ports.nginx, path, name="admin", method="DELETE", **page)[0] == 200
    assert ask(ports.nginx, name="bob")[0] == 401
    assert ask(ports.nginx, name="bob")[0] == 401
    assert user(ask(ports.nginx, name="ada")) == ("ada", "editor")
