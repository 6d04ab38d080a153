"""A server with many users, each of whom has a key."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.resilience import tools
from tests.resilience.client import Client
from tests.resilience.server import Server, serving

PASSWORD = "correct horse battery"
WORKERS = 2
ENVIRONMENT = {
    "AUTH_ENABLED": "true",
    "DEFAULT_PASSWORD": PASSWORD,
    "SKIP_MUST_CHANGE_PASSWORD": "true",
    "LOGIN_ATTEMPT_LIMIT": "100000",
    "MAX_USERS": "0",
    "CONCURRENT_JOBS": str(WORKERS),
}


@contextmanager
def crowded(folder: Path, **environment: str) -> Iterator[Server]:
    """Run a server that asks everybody to sign in, with the tools of the tests."""
    plugins = folder / "plugins"
    plugins.mkdir()
    shutil.copyfile(str(tools.__file__), plugins / "tools.py")
    wanted = {**ENVIRONMENT, "ASHIM_PLUGINS_DIR": str(plugins), **environment}
    with serving(folder / "data", **wanted) as server:
        yield server


def people(server: Server, count: int) -> list[Client]:
    """Make so many users; give them, each with a key."""
    admin = _signed_in(server.client, "admin")
    return [_with_key(admin, f"user{number}") for number in range(count)]


def _signed_in(client: Client, username: str) -> Client:
    answer = _said(client, "/api/auth/login", username=username, password=PASSWORD)
    return replace(client, key=answer["token"])


def _with_key(admin: Client, username: str) -> Client:
    _said(admin, "/api/auth/register", username=username, password=PASSWORD, role="user")
    user = _signed_in(replace(admin, key=None), username)
    return replace(user, key=_said(user, "/api/v1/api-keys")["key"])


def _said(client: Client, path: str, **body: Any) -> Any:
    """Send JSON; give what is answered."""
    kind = {"Content-Type": "application/json"}
    reply = client.send("POST", path, json.dumps(body).encode(), kind)
    assert reply.status in (200, 201), reply.body
    return reply.json
