"""The nginx configuration of the documentation, as it is printed, before a real server."""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import PATIENCE_S
from tests.web.live import LiveServer, free_port, live_server

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md"
PASSWORD = "correct horse battery"
LARGE = bytes(30_000_000)
NEEDED = ("nginx", "openssl")
pytestmark = pytest.mark.skipif(
    not all(shutil.which(program) for program in NEEDED),
    reason="needs nginx and openssl: apt-get install nginx-light openssl",
)


def blocks(language: str) -> list[str]:
    """Give the code of the page in one language."""
    return [part.split("\n```")[0] for part in PAGE.read_text().split(f"```{language}\n")[1:]]


def certificate(folder: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=images.example.org"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )


def configuration(folder: Path, text: str) -> Path:
    """Write what surrounds the printed lines on a machine, with files that anybody may write."""
    paths = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}{text}\n}}\n"
    )
    return file


def nginx(file: Path, *more: str) -> list[str]:
    return ["nginx", "-e", str(file.parent / "start.log"), "-c", str(file), *more]


def placed(text: str, folder: Path, app: int, tls: int, plain: int) -> str:
    """Have the printed lines listen and look where a test may."""
    return (
        text.replace("/etc/ssl/images.example.org", str(folder))
        .replace("listen 443", f"listen 127.0.0.1:{tls}")
        .replace("listen 80", f"listen 127.0.0.1:{plain}")
        .replace("127.0.0.1:1349", f"127.0.0.1:{app}")
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("behind")
    shutil.copyfile(DATA / "naughty.py", folder / "naughty.py")
    environment = {
        "AUTH_ENABLED": "true",
        "DEFAULT_PASSWORD": PASSWORD,
        "SKIP_MUST_CHANGE_PASSWORD": "true",
        "MAX_UPLOAD_SIZE_MB": "1",
        "MAX_BATCH_SIZE": "2",
        "TRUST_PROXY": "127.0.0.1",
        "ASHIM_PLUGINS_DIR": str(folder),
    }
    with live_server(folder / "data", **environment) as live:
        yield live


@pytest.fixture(scope="module")
def port(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port where nginx speaks TLS."""
    folder, tls = tmp_path_factory.mktemp("nginx"), free_port()
    certificate(folder)
    app = int(server.address.rpartition(":")[2])
    file = configuration(folder, placed(blocks("nginx")[0], folder, app, tls, free_port()))
    process = subprocess.Popen(nginx(file))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", tls)).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "expected nginx to listen"
            assert process.poll() is None, (folder / "start.log").read_text()
            time.sleep(0.05)
    yield tls
    process.terminate()
    process.wait(PATIENCE_S)


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[HTTPResponse, http.client.HTTPSConnection]:
    """Send a request through nginx; whoever is refused may be cut off while the body is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, context=context)
    with suppress(BrokenPipeError, ConnectionResetError):
        line.request(method, path, body, {key.replace("_", "-"): headers[key] for key in headers})
    return line.getresponse(), line


def answered(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, Any]:
    response, line = ask(port, method, path, body, **headers)
    with closing(line):
        return response.status, json.loads(response.read())


def form(data: bytes, **fields: str) -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    return b"".join([*parts, file, data, b"\r\n--b--\r\n"])


@pytest.fixture(scope="module")
def token(port: int) -> str:
    body = json.dumps({"username": "admin", "password": PASSWORD}).encode()
    status, said = answered(port, "POST", "/api/auth/login", body, Content_Type="application/json")
    assert status == 200, said
    return f"Bearer {said['token']}"


def test_what_is_printed_for_a_path_starts_as_well(tmp_path: Path) -> None:
    certificate(tmp_path)
    whole, path = blocks("nginx")
    location = path.split("#")[0] + "}"
    text = whole.replace("    location / {", f"{location}\n    location / {{", 1)
    file = configuration(tmp_path, placed(text, tmp_path, 1349, free_port(), free_port()))
    result = subprocess.run(nginx(file, "-t"), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize("path", ["/api/v1/tools/resize", "/api/v1/tools/resize/batch"])
def test_refusals_of_uploads_arrive_whole(port: int, token: str, path: str) -> None:
    body = form(LARGE)
    status, said = answered(port, "POST", path, body, Content_Type=FORM)
    assert (status, said["code"]) == (401, "AUTH_REQUIRED")
    status, said = answered(port, "POST", path, body, Content_Type=FORM, Authorization=token)
    assert (status, said["code"]) == (413, "FILE_TOO_LARGE")
    status, said = answered(port, "POST", "/api/auth/login", LARGE, Content_Type="application/json")
    assert (status, said["code"]) == (413, "FILE_TOO_LARGE")


def test_events_pass_as_they_come(port: int, token: str) -> None:
    body = form(sample("rgb"), settings='{"seconds": 2}')
    said = answered(
        port,
        *("POST", "/api/v1/tools/sleep", body),
        Content_Type=FORM,
        Authorization=token,
        Prefer="respond-async",
    )[1]
    response, line = ask(port, "GET", said["progressUrl"], Authorization=token)
    with closing(line):
        seen = [json.loads(text[6:]) for text in response if text.startswith(b"data: ")]
        assert seen[0]["status"] in ("queued", "processing")
        assert seen[-1]["status"] == "completed"


def test_the_printed_file_starts(port: int) -> None:
    status, said = answered(port, "GET", "/healthz")
    assert (status, said["status"]) == (200, "healthy")
