"""A server to be asked, with something of everything in it, and what is right about an answer."""

import io
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ashim_core.ids import new_id
from ashim_core.testing import ToolClient, sample
from ashim_core.testing.client import make_client
from ashim_core.web.app import create_app
from tests.fuzz.requests import Request
from tests.web.operations import JSON, Operation, operations

_SHAPE = {"error", "code", "statusCode", "message", "requestId"}
_SERVERS_FAULT = 500
_BUSY = {503, 504, 507}
_ANYWHERE = {405, 431}
"""Answers of paths that parts of them make, whatever operation was meant."""
_SMALL = {"max_megapixels": 1, "max_batch_size": 5, "login_attempt_limit": 10_000, "max_users": 0}


_DELETED = {
    "{pipelineId}": "pipelineId",
    "{keyId}": "keyId",
    "{userId}": "userId",
    "{jobId}": "jobId",
    "/files": "fileId",
}
"""Parts of the addresses of what can be deleted, and what has to be made again then."""


class Target:
    """One server and somebody who asks it.

    token: who that is; None: nobody, where people sign in, else everybody.
    statuses: of all answers so far.
    """

    def __init__(self, client: ToolClient, username: str | None) -> None:
        self._client = client
        self._username = username
        self._trouble: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.token = self._signed_in()
        document: Any = client.http.get("/api/v1/openapi.json").json
        self.operations: Sequence[Operation] = list(operations(document))
        self.known = self._filled()

    def ask(self, operation: Operation, request: Request) -> None:
        """Send a request; AssertionError when the answer isn't one."""
        self._trouble.clear()
        response = request.sent(self._client.http, self.token)
        self.statuses[response.status_code] += 1
        said = f"{request}\n{response.status_code} {response.data[:500]!r}"
        assert not self._trouble, f"{said}\n{self._trouble[0]}"
        _judge(operation, response, said)
        self._restore(operation, response)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every traceback that is logged meanwhile."""
        handler = _Tracebacks(self._trouble)
        logging.getLogger().addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)

    def _signed_in(self) -> str | None:
        if self._username is None:
            return None
        body = {"username": self._username, "password": "admin"}
        answer: Any = self._client.http.post("/api/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json["token"])

    def _restore(self, operation: Operation, response: Any) -> None:
        """Keep what others need: the session, and settings that let tools run."""
        if self.token and operation.spec["operationId"] in ("logout", "deleteSession"):
            self.token = self._signed_in()
        if operation.method == "DELETE" and response.status_code == 200:
            for part, name in _DELETED.items():
                if part in operation.path:
                    self.known |= self._made(name)
        if operation.path.startswith("/api/v1/settings") and operation.method == "PUT":
            usual = dict.fromkeys(("disabledTools", "loginAttemptLimit", "fileUploadLimitMb"))
            self._post("PUT", "/api/v1/settings", usual)

    def _filled(self) -> dict[str, list[str]]:
        """Make one of everything, where one may; give their ids."""
        tools = [tool.id for tool in self._client.registry.enabled()]
        known = {"toolId": tools, "teamId": ["default-team-00000000"], "roleId": ["builtin-user"]}
        if self._username is not None or not self._client.core.config.auth_enabled:
            for name in _DELETED.values():
                known |= self._made(name)
        return known

    def _made(self, name: str) -> dict[str, list[str]]:
        """Make something that has such an id; give what is known of it."""
        if name == "fileId":
            file = self._upload("/api/v1/upload")["files"][0]["id"]
            return {"fileId": [file], "parentId": [file]}
        if name == "jobId":
            result = self._upload("/api/v1/tools/rotate")
            return {"jobId": [result["jobId"]], "name": [result["outputs"][0]["name"]]}
        made: dict[str, tuple[str, dict[str, Any]]] = {
            "pipelineId": ("/api/v1/pipeline/save", {"name": "a", "steps": [{"toolId": "rotate"}]}),
            "keyId": ("/api/v1/api-keys", {}),
            "userId": (
                "/api/auth/register",
                {"username": f"some-{new_id()}", "password": "correct horse battery"},
            ),
        }
        path, body = made[name]
        return {name: [self._post("POST", path, body)["id"]]}

    def _headers(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept": JSON, **token}

    def _post(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self._client.http.open(path, method=method, json=body, headers=self._headers())
        return answer.json

    def _upload(self, path: str) -> Any:
        data = {"file": (io.BytesIO(sample("rgb")), "a.png")}
        return self._client.http.post(path, data=data, headers=self._headers()).json


class _Tracebacks(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._found.append(logging.Formatter().format(record))


@contextmanager
def target(data: Path, *, signing_in: bool, username: str | None = None) -> Iterator[Target]:
    """Make a server in a folder, with all installed tools, which run in this process."""
    more: dict[str, Any] = dict(_SMALL, auth_enabled=signing_in, skip_must_change_password=True)
    with closing(make_client(data, **more)) as client:
        # The jar of cookies can't read all the names of hosts that are sent.
        client.http = create_app(client.core).test_client(use_cookies=False)
        asked = Target(client, username)
        with asked.watched():
            yield asked


def _judge(operation: Operation, response: Any, said: str) -> None:
    status = response.status_code
    assert status < _SERVERS_FAULT or status in _BUSY, said
    documented = operation.answers(status)
    assert documented is not None or status in _ANYWHERE or _elsewhere(response), said
    if status < 400:
        assert documented is not None
        kinds = [kind for kind in documented if fnmatchcase(response.mimetype, kind)]
        assert not response.data or kinds, said
        return
    assert response.mimetype == JSON, said
    assert response.json.keys() >= _SHAPE, said
    assert response.json["error"] == response.json["message"], said
    assert response.json["statusCode"] == status, said
    for detail in response.json.get("details", ()):
        assert detail.keys() <= {"field", "expected", "received"}, said


def _elsewhere(response: Any) -> bool:
    """Say whether a part of the path has led to where nothing is."""
    return response.status_code == 404 and "There is nothing at" in response.json["error"]
