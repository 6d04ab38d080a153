"""Telling from a token who is asking."""

import hashlib
import json

import pytest

from ashim_core.identity.records import Login
from ashim_core.identity.sessions import Visitor
from ashim_core.identity.tokens import token_hash
from ashim_core.policy import BUILTIN_ROLES, PERMISSIONS, Actor, local_user, nobody
from ashim_core.store.models import ApiKey, Session
from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import PASSWORD, Person, open_server

HERE = "127.0.0.1"


def test_what_is_kept_of_a_token_is_its_sha_256() -> None:
    assert token_hash("token") == hashlib.sha256(b"token").hexdigest()
    assert len({token_hash(text) for text in ("", "token", "Token", "token ", "\ud800")}) == 5


def test_a_session_has_what_the_role_has(server: ToolClient, admin: Person) -> None:
    user = admin.register("editor", "Ada")
    actor = server.core.identity.tokens.authenticate(user.token, HERE)
    assert actor == Actor(
        id=user.id,
        name="Ada",
        via="session",
        role="editor",
        credential=actor.credential,
        permissions=BUILTIN_ROLES["editor"],
        must_change_password=False,
        address=HERE,
    )
    with server.core.store.reading() as db:
        row = Session.select().where(Session.id == actor.credential).get(db)
    assert row.token_hash == token_hash(user.token)


def test_a_key_has_what_role_and_scope_have_in_common(server: ToolClient, admin: Person) -> None:
    made = admin.key(permissions=["audit:read", "tools:use"])
    actor = server.core.identity.tokens.authenticate(made["key"], HERE)
    assert (actor.via, actor.id, actor.credential) == ("key", admin.id, made["id"])
    assert actor.permissions == {"audit:read", "tools:use"}


def test_a_scope_of_a_permission_that_is_no_more_gives_nothing(
    server: ToolClient, admin: Person
) -> None:
    made = admin.key(permissions=["audit:read"])
    with server.core.store.writing() as db:
        ApiKey.update(permissions=json.dumps(["audit:read", "gone:long"])).execute(db)
    actor = server.core.identity.tokens.authenticate(made["key"], HERE)
    assert actor.permissions == {"audit:read"}


@pytest.mark.parametrize("token", [None, "", "x", "si_", "si_x", "\ud800", "x" * 100_000, "'--"])
def test_who_has_no_valid_token_is_nobody(server: ToolClient, token: str | None) -> None:
    assert server.core.identity.tokens.authenticate(token, HERE) == nobody(HERE)


def test_a_token_is_no_key_and_a_key_no_token(server: ToolClient, admin: Person) -> None:
    key = admin.key()["key"]
    tokens = server.core.identity.tokens
    for token in (f"si_{admin.token}", key.removeprefix("si_"), token_hash(key)):
        assert tokens.authenticate(token, HERE).via == "nothing"


def test_where_nobody_signs_in_everybody_is_the_local_user(ashim: MakeClient) -> None:
    tokens = open_server(ashim, auth_enabled=False).core.identity.tokens
    for token in (None, "x", "si_x"):
        assert tokens.authenticate(token, HERE) == local_user(HERE)
    assert local_user(HERE).permissions == PERMISSIONS


def test_a_session_remembers_where_it_was_started(server: ToolClient, user: Person) -> None:
    sessions = server.core.identity.sessions
    answer = sessions.login(
        Login(username="ada", password=PASSWORD), Visitor("203.0.113.7", direct=False)
    )
    actor = server.core.identity.tokens.authenticate(answer.token, HERE)
    addresses = {item.id: item.ip_address for item in sessions.list(actor).sessions}
    assert addresses[actor.credential] == "203.0.113.7"
    assert actor.address == HERE
