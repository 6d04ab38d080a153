"""Every route and everybody: the whole of what may be done, in one table that must be complete."""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask

from ashim_core.engine.task import Output, Step, TaskResult
from ashim_core.identity.records import Login, NewKey, NewRole, NewUser
from ashim_core.identity.sessions import Visitor
from ashim_core.jobs.job import Item, Plan
from ashim_core.library.service import NewFile
from ashim_core.pipelines.records import NewPipeline
from ashim_core.policy import Actor, local_user, operator
from ashim_core.store.models import User
from ashim_core.testing import ToolClient, sample
from ashim_core.testing.client import make_client
from ashim_core.web.permissions import permission_of
from ashim_core.web.routes import wire_path
from tests.data import plain

PASSWORD = "correct horse battery"
PIPELINE = {"name": "mine", "steps": [{"toolId": "same"}]}


class Row(NamedTuple):
    """The status that each of them gets.

    user: also the owner of what has one. other: another user. key: of `user`, for everything the
    user may do. scoped: of `user`, for `files:own` only. must: `user` before the first password
    is changed. local: everybody, where nobody signs in.
    """

    none: int
    user: int
    other: int
    editor: int
    admin: int
    key: int
    scoped: int
    admin_key: int
    must: int
    local: int


def _row(*statuses: int) -> Row:
    return Row(*statuses)


#                                              none user othr edit admn key  scop a.ky must locl
EXPECTED = {
    "GET /": _row(302, 302, 302, 302, 302, 302, 302, 302, 302, 302),
    "GET /healthz": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /readyz": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /llms.txt": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /llms-full.txt": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/docs": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/docs/": _row(302, 302, 302, 302, 302, 302, 302, 302, 302, 302),
    "GET /api/docs/start.js": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/docs/assets/{name}": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/openapi.json": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/openapi.yaml": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/health": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/config/auth": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/branding/logo": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/settings/logo": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    # Signing in, and one's own account.
    "POST /api/auth/login": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 403),
    "POST /api/auth/logout": _row(401, 200, 200, 200, 200, 403, 403, 403, 200, 200),
    "GET /api/auth/session": _row(401, 200, 200, 200, 200, 403, 403, 403, 200, 200),
    "POST /api/auth/change-password": _row(401, 200, 200, 200, 200, 403, 403, 403, 200, 403),
    "GET /api/auth/sessions": _row(401, 200, 200, 200, 200, 403, 403, 403, 403, 200),
    "DELETE /api/auth/sessions/{sessionId}": _row(
        *(401, 200, 404, 404, 404, 403, 403, 403, 403, 404)
    ),
    # Keys.
    "POST /api/v1/api-keys": _row(401, 201, 201, 201, 201, 403, 403, 403, 403, 201),
    "GET /api/v1/api-keys": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "DELETE /api/v1/api-keys/{keyId}": _row(401, 200, 404, 404, 200, 403, 403, 403, 403, 200),
    # Accounts, teams, roles.
    "GET /api/auth/users": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "POST /api/auth/register": _row(401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "PUT /api/auth/users/{userId}": _row(401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "DELETE /api/auth/users/{userId}": _row(401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "POST /api/auth/users/{userId}/reset-password": _row(
        *(401, 403, 403, 403, 200, 403, 403, 403, 403, 200)
    ),
    "GET /api/v1/teams": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "POST /api/v1/teams": _row(401, 403, 403, 403, 201, 403, 403, 201, 403, 201),
    "PUT /api/v1/teams/{teamId}": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "DELETE /api/v1/teams/{teamId}": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "GET /api/v1/roles": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "POST /api/v1/roles": _row(401, 403, 403, 403, 201, 403, 403, 403, 403, 201),
    "PUT /api/v1/roles/{roleId}": _row(401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    "DELETE /api/v1/roles/{roleId}": _row(401, 403, 403, 403, 200, 403, 403, 403, 403, 200),
    # The server.
    "GET /api/v1/settings": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "PUT /api/v1/settings": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "GET /api/v1/settings/{key}": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "PUT /api/v1/settings/{key}": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "POST /api/v1/branding/logo": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "POST /api/v1/settings/logo": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "DELETE /api/v1/branding/logo": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "DELETE /api/v1/settings/logo": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "GET /api/v1/audit-log": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "GET /api/v1/admin/health": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    "GET /api/v1/plugins": _row(401, 403, 403, 403, 200, 403, 403, 200, 403, 200),
    # Tools and their results.
    "GET /api/v1/formats": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/limits": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/tools": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/tools/{toolId}": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "POST /api/v1/tools/{toolId}": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "GET /api/v1/tools/{toolId}/{action}": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "POST /api/v1/tools/{toolId}/{action}": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    # Pipelines.
    "GET /api/v1/pipeline/tools": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "POST /api/v1/pipeline/save": _row(401, 201, 201, 201, 201, 201, 403, 201, 403, 201),
    "GET /api/v1/pipeline/list": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "GET /api/v1/pipeline/{pipelineId}": _row(401, 200, 404, 200, 200, 200, 403, 200, 403, 200),
    "PUT /api/v1/pipeline/{pipelineId}": _row(401, 200, 404, 200, 200, 200, 403, 200, 403, 200),
    "DELETE /api/v1/pipeline/{pipelineId}": _row(401, 200, 404, 200, 200, 200, 403, 200, 403, 200),
    # Results.
    "POST /api/v1/tools/{toolId}/batch": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "POST /api/v1/preview": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "POST /api/v1/pipeline/execute": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "POST /api/v1/pipeline/batch": _row(401, 200, 200, 200, 200, 200, 403, 200, 403, 200),
    "GET /api/v1/jobs": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/jobs/{jobId}": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "DELETE /api/v1/jobs/{jobId}": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/jobs/{jobId}/progress": _row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /api/v1/download/{jobId}/{name}": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    # The library.
    "POST /api/v1/upload": _row(401, 201, 201, 201, 201, 201, 201, 201, 403, 201),
    "POST /api/v1/files/upload": _row(401, 201, 201, 201, 201, 201, 201, 201, 403, 201),
    "GET /api/v1/files": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/files/{fileId}": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/files/{fileId}/download": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "GET /api/v1/files/{fileId}/thumbnail": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "POST /api/v1/files/{fileId}/restore": _row(401, 201, 404, 201, 201, 201, 201, 201, 403, 201),
    "POST /api/v1/files/save-result": _row(401, 201, 404, 201, 201, 201, 201, 201, 403, 201),
    "DELETE /api/v1/files/{fileId}": _row(401, 200, 404, 200, 200, 200, 200, 200, 403, 200),
    "DELETE /api/v1/files": _row(401, 200, 200, 200, 200, 200, 200, 200, 403, 200),
}
WHO = Row._fields
METHODS = ("GET", "POST", "PUT", "DELETE")


class Account(NamedTuple):
    """Somebody who is signed in."""

    actor: Actor
    token: str


class World:
    """A server in which everything exists that a route may name."""

    def __init__(self, client: ToolClient) -> None:
        self.client = client
        self.identity = client.core.identity
        self._numbers = itertools.count()
        self._kept: dict[str, Account] = {}
        self.root = operator()

    def number(self) -> int:
        return next(self._numbers)

    def account(self, role: str, *, must_change: bool = False) -> Account:
        """Make an account that is signed in."""
        name = f"{role}-{self.number()}"
        new = NewUser(username=name, password=PASSWORD, role=role)
        record = self.identity.accounts.register(self.root, new)
        if not must_change:
            with self.client.core.store.writing() as db:
                User.update(must_change_password=False).where(User.id == record.id).execute(db)
        visitor = Visitor("127.0.0.1", direct=True)
        answer = self.identity.sessions.login(Login(username=name, password=PASSWORD), visitor)
        return Account(self.identity.tokens.authenticate(answer.token, None), answer.token)

    def kept_account(self, who: str, role: str, *, must_change: bool = False) -> Account:
        """Give the same account each time, for what changes nothing about it."""
        if who not in self._kept:
            self._kept[who] = self.account(role, must_change=must_change)
        return self._kept[who]

    def somebody(self) -> str:
        """Make an account that nobody is signed in with; give its id."""
        new = NewUser(username=f"somebody-{self.number()}", password=PASSWORD)
        return self.identity.accounts.register(self.root, new).id

    def key(self, owner: Actor, *permissions: Any) -> str:
        new = NewKey(permissions=list(permissions) or None)
        return self.identity.keys.create(owner, new).key

    def result(self, owner: Actor) -> str:
        """Keep a result of somebody; give the id of the job."""
        jobs = self.client.core.jobs
        folder = jobs.work.create()
        path = folder.outputs / "a.txt"
        path.write_text("a")
        output = Output(path=str(path), name="a.txt", media_type="text/plain", size=1)
        job = jobs.make(folder, Plan("tool", (Step(tool_id="same"),), ((),), owner.id))
        job.items = [Item(TaskResult(outputs=(output,)), None, 1)]
        return jobs.finish(job, folder, keep=True).id

    def pipeline(self, owner: Actor) -> str:
        """Save a pipeline of somebody; give its id."""
        new = NewPipeline.model_validate(PIPELINE)
        return self.client.core.pipelines.save(owner, new, self.client.registry).id

    def file(self, owner: Actor) -> str:
        """Keep a picture of somebody in the library; give its id."""
        path = self.client.core.jobs.work.create().new_input()
        path.write_bytes(sample("rgb"))
        return self.client.core.library.add(owner, [NewFile(path, "a.png", "image/png")])[0].id

    def logo(self) -> None:
        logo = self.client.core.branding.logo
        logo.parent.mkdir(exist_ok=True)
        logo.write_bytes(sample("rgb"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with closing(world(tmp_path_factory.mktemp("signed"), auth_enabled=True)) as client:
        yield World(client)


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with closing(world(tmp_path_factory.mktemp("unsigned"), auth_enabled=False)) as client:
        yield World(client)


def world(folder: Path, **config: Any) -> ToolClient:
    return make_client(folder, plain, max_users=0, login_attempt_limit=10_000, **config)


def routes(app: Flask) -> list[str]:
    return [
        f"{method} {wire_path(rule)}"
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
    ]


def test_every_route_is_in_the_table(signed: World) -> None:
    assert set(routes(signed.client.http.application)) == EXPECTED.keys()


@pytest.mark.parametrize("route", EXPECTED)
def test_who_may_do_what(signed: World, unsigned: World, route: str) -> None:
    found = {who: _status(unsigned if who == "local" else signed, route, who) for who in WHO}
    assert found == EXPECTED[route]._asdict()


def _status(world: World, route: str, who: str) -> int:
    """Try a route as one of them, with things of their own; give the status of the answer."""
    method, _, path = route.partition(" ")
    owners = account = world.account
    if method == "GET":
        owners = partial(world.kept_account, "must" if who == "must" else "owner")
        account = partial(world.kept_account, who)
    if who == "local":
        owner, token = Account(local_user(), "")
    else:
        owner, token = owners("user", must_change=who == "must")
    world.logo()
    arguments = _filled(world, path, owner)
    headers = {"Authorization": f"Bearer {_credential(world, account, who, owner, token)}"}
    response: Any = world.client.http.open(
        path.format(**arguments),
        method=method,
        headers={} if who in ("none", "local") else headers,
        **_body(world, route, owner),
    )
    with response:
        assert response.status_code < 400 or response.json["code"]
        return int(response.status_code)


JOB_ROUTES = {route: row for route, row in EXPECTED.items() if "{jobId}" in route}


@pytest.mark.parametrize("scope", ["tools:use", "pipelines:own", "settings:read"])
@pytest.mark.parametrize("route", JOB_ROUTES)
def test_who_started_a_job_has_it_whatever_the_scope_of_the_key(
    signed: World, route: str, scope: str
) -> None:
    owner, _ = signed.account("user")
    other, _ = signed.account("user")
    method, _, path = route.partition(" ")
    for who, status in ((other, JOB_ROUTES[route].other), (owner, JOB_ROUTES[route].user)):
        response = signed.client.http.open(
            path.format(**_filled(signed, path, owner)),
            method=method,
            headers={"Authorization": f"Bearer {signed.key(who, scope)}"},
        )
        with response:
            assert response.status_code == status


def _credential(
    world: World, account: Callable[[str], Account], who: str, owner: Actor, token: str
) -> str:
    makers: dict[str, Callable[[], str]] = {
        "other": lambda: account("user").token,
        "editor": lambda: account("editor").token,
        "admin": lambda: account("admin").token,
        "key": lambda: world.key(owner),
        "scoped": lambda: world.key(owner, "files:own"),
        "admin_key": lambda: world.key(account("admin").actor),
    }
    return makers.get(who, lambda: token)()


def _filled(world: World, path: str, owner: Actor) -> dict[str, str]:
    """Make what the path names: things of `owner`, or things without one."""
    makers: dict[str, Callable[[], str]] = {
        "sessionId": lambda: owner.credential,
        "keyId": lambda: _key_id(world, owner),
        "userId": world.somebody,
        "teamId": lambda: world.identity.teams.create(world.root, f"t{world.number()}").id,
        "roleId": lambda: _role_id(world),
        "pipelineId": lambda: world.pipeline(owner),
        "key": lambda: "appName",
        "action": lambda: "size",
        "fileId": lambda: world.file(owner),
        "toolId": lambda: "same",
        "jobId": lambda: world.result(owner),
        "name": lambda: "a.txt" if "download" in path else "swagger-ui.css",
    }
    return {part: make() for part, make in makers.items() if "{" + part + "}" in path}


def _key_id(world: World, owner: Actor) -> str:
    return world.identity.keys.create(owner, NewKey()).id


def _role_id(world: World) -> str:
    new = NewRole(name=f"role-{world.number()}", permissions=["tools:use"])
    return world.identity.roles.create(world.root, new).id


def _body(world: World, route: str, owner: Actor) -> dict[str, Any]:
    number = world.number()
    bodies: dict[str, Any] = {
        "DELETE /api/v1/files": {"ids": ["0"]},
        "POST /api/auth/login": {"username": owner.name, "password": PASSWORD},
        "POST /api/auth/change-password": {
            "currentPassword": PASSWORD,
            "newPassword": "staple battery horse",
        },
        "POST /api/v1/api-keys": {"name": "a"},
        "POST /api/auth/register": {"username": f"new-{number}", "password": PASSWORD},
        "PUT /api/auth/users/{userId}": {"role": "editor"},
        "POST /api/auth/users/{userId}/reset-password": {"newPassword": PASSWORD},
        "POST /api/v1/teams": {"name": f"team {number}"},
        "PUT /api/v1/teams/{teamId}": {"name": f"team {number}"},
        "POST /api/v1/roles": {"name": f"new-{number}", "permissions": ["tools:use"]},
        "PUT /api/v1/roles/{roleId}": {"description": "x"},
        "POST /api/v1/pipeline/save": PIPELINE,
        "PUT /api/v1/pipeline/{pipelineId}": {"name": "other"},
        "PUT /api/v1/settings": {"appName": "pictures"},
        "PUT /api/v1/settings/{key}": {"value": "pictures"},
    }
    if route in bodies:
        return {"json": bodies[route]}
    if route.startswith("POST"):
        form = {"pipeline": '[{"toolId": "same"}]'} if "/pipeline/" in route else {}
        if route.endswith("save-result"):
            form["parentId"] = world.file(owner)
        return {"data": {"file": (io.BytesIO(sample("rgb")), "a.png"), **form}}
    return {}


def test_every_route_declares_what_it_needs(signed: World) -> None:
    views = signed.client.http.application.view_functions
    assert [name for name, view in views.items() if permission_of(view) is None] == []


def test_a_route_that_declares_nothing_is_closed(tmp_path: Path) -> None:
    with closing(make_client(tmp_path, plain)) as client:
        app = client.http.application
        app.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
        response = client.http.get("/forgotten")
        assert (response.status_code, "secret" in response.text) == (403, False)


def test_unknown_addresses_are_not_found_for_everybody(signed: World) -> None:
    for path in ("/api/v1/nothing", "/api/auth/nothing", "/nothing"):
        response: Any = signed.client.http.get(path)
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
