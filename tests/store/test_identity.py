"""Accounts, logins, keys, teams and roles do the same in every kind of database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from ashim_core.errors import Conflict, InvalidCredentials, LastAdmin, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.records import (
    Login,
    NewKey,
    NewRole,
    NewUser,
    PasswordChange,
    RoleChange,
    UserChange,
    UserRecord,
)
from ashim_core.identity.service import Identity
from ashim_core.identity.sessions import Visitor
from ashim_core.policy import PERMISSIONS, Actor, operator
from ashim_core.store.database import Store, execute
from tests.store.conftest import Where

HERE = Visitor("127.0.0.1", direct=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def identity(store: Store, where: Where) -> Identity:
    return Identity(store, where.config())


def register(identity: Identity, name: str, role: str = "user") -> UserRecord:
    return identity.accounts.register(
        operator(), NewUser(username=name, password=PASSWORD, role=role)
    )


def sign_in(identity: Identity, name: str, password: str = PASSWORD) -> Actor:
    answer = identity.sessions.login(Login(username=name, password=password), HERE)
    return identity.tokens.authenticate(answer.token, None)


def as_admin(user: UserRecord) -> Actor:
    return Actor(user.id, user.username, "session", "admin", permissions=PERMISSIONS)


def test_the_first_start_makes_an_administrator_once(
    identity: Identity, store: Store, where: Where
) -> None:
    Identity(store, where.config())
    assert [(user.username, user.role) for user in identity.accounts.list().users] == [
        ("admin", "admin")
    ]
    assert sign_in(identity, "ADMIN", "admin").permissions == PERMISSIONS


def test_servers_that_start_at_once_make_one_administrator(store: Store, where: Where) -> None:
    with ThreadPoolExecutor(4) as threads:
        started = [threads.submit(Identity, store, where.config()) for _ in range(4)]
        for future in started:
            future.result()
    assert len(Identity(store, where.config()).accounts.list().users) == 1


def test_a_user_signs_in_makes_a_key_and_changes_the_password(identity: Identity) -> None:
    register(identity, "Ann")
    ann = sign_in(identity, "ann")
    other = identity.sessions.login(Login(username="ann", password=PASSWORD), HERE)
    key = identity.keys.create(ann, NewKey(permissions=["tools:use"])).key
    by_key = identity.tokens.authenticate(key, None)
    assert (by_key.id, by_key.via) == (ann.id, "key")
    assert by_key.permissions == {"tools:use"}
    assert identity.keys.list(ann).api_keys[0].last_used_at is not None
    change = PasswordChange(current_password=PASSWORD, new_password="staple battery horse")
    identity.accounts.change_password(ann, change)
    assert identity.tokens.authenticate(key, None).via == "nothing"
    assert identity.tokens.authenticate(other.token, None).via == "nothing"
    assert [session.current for session in identity.sessions.list(ann).sessions] == [True]
    with pytest.raises(InvalidCredentials):
        sign_in(identity, "ann")
    assert sign_in(identity, "ann", "staple battery horse").id == ann.id


def test_names_are_taken_whatever_their_case(identity: Identity) -> None:
    register(identity, "Ann")
    with pytest.raises(Conflict):
        register(identity, "aNN")


def test_a_name_that_is_registered_many_times_at_once_is_one_user(identity: Identity) -> None:
    def attempt() -> bool:
        try:
            register(identity, "ann")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(attempt) for _ in range(8)]
    assert sum(future.result() for future in results) == 1


def test_deleting_a_user_ends_sessions_and_keys(identity: Identity) -> None:
    user = register(identity, "ann")
    ann = sign_in(identity, "ann")
    key = identity.keys.create(ann, NewKey()).key
    identity.accounts.delete(operator(), user.id)
    assert identity.tokens.authenticate(key, None).via == "nothing"
    assert identity.keys.list(operator()).api_keys == []
    with pytest.raises(NotFound):
        identity.accounts.delete(operator(), user.id)


def test_two_administrators_who_demote_each_other_leave_one(identity: Identity) -> None:
    first = identity.accounts.find("admin")
    assert first is not None
    pair = (first, register(identity, "second", "admin"))

    def demote(by: UserRecord, whom: UserRecord) -> None:
        with suppress(LastAdmin):
            identity.accounts.update(as_admin(by), whom.id, UserChange(role="user"))

    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            race = [threads.submit(demote, *pair), threads.submit(demote, *reversed(pair))]
            for future in race:
                future.result()
            users = identity.accounts.list().users
            assert sorted(user.role for user in users) == ["admin", "user"]
            (loser,) = [user for user in users if user.role == "user"]
            identity.accounts.update(operator(), loser.id, UserChange(role="admin"))


def test_teams_are_told_apart_by_how_they_look(identity: Identity) -> None:
    names = ["cafe", "café", "東京", "Straße"]
    for name in names:
        identity.teams.create(operator(), name)
    for name in ("CAFÉ", "STRASSE"):
        with pytest.raises(Conflict):
            identity.teams.create(operator(), name)
    assert sorted(team.name for team in identity.teams.list().teams) == sorted([*names, "Default"])


def test_teams_and_roles_count_who_belongs_to_them(identity: Identity) -> None:
    team = identity.teams.create(operator(), "Pictures")
    new = NewRole(name="viewer", description="looks", permissions=["settings:read"])
    role = identity.roles.create(operator(), new)
    user = register(identity, "ann", "viewer")
    identity.accounts.update(operator(), user.id, UserChange(team="pictures"))
    counts = {item.name: item.member_count for item in identity.teams.list().teams}
    assert counts == {"Default": 1, "Pictures": 1}
    holders = {item.name: item.user_count for item in identity.roles.list().roles}
    assert holders == {"admin": 1, "editor": 0, "user": 0, "viewer": 1}
    assert next(iter(holders)) == "admin"
    identity.roles.update(operator(), role.id, RoleChange(permissions=["tools:use"]))
    assert sign_in(identity, "ann").permissions == {"tools:use"}
    identity.roles.delete(operator(), role.id)
    changed = identity.accounts.find("ann")
    assert changed is not None
    assert (changed.role, changed.team) == ("user", "Pictures")
    identity.accounts.update(operator(), user.id, UserChange(team="Default"))
    identity.teams.delete(operator(), team.id)
    assert [item.name for item in identity.teams.list().teams] == ["Default"]


def test_the_audit_log_is_read_by_page_newest_first(identity: Identity, store: Store) -> None:
    for number in range(5):
        identity.teams.create(operator(), f"team {number}")
    page = audit.read(store, audit.AuditQuery(page=2, limit=2, action="TEAM_CREATED"))
    assert page.total == 5
    assert [entry.details for entry in page.entries] == [{"name": "team 2"}, {"name": "team 1"}]
    assert [entry.actor_username for entry in page.entries] == ["command line"] * 2


def test_sweeping_forgets_what_has_expired(identity: Identity, store: Store) -> None:
    ann = sign_in(identity, register(identity, "ann").username)
    with store.writing() as db:
        execute(db, "UPDATE sessions SET expires = 1")
        execute(db, "UPDATE audit_log SET created = 1")
    identity.sweep()
    assert identity.sessions.list(ann).sessions == []
    assert audit.read(store, audit.AuditQuery()).total == 0


@pytest.mark.parametrize(
    "find",
    [
        lambda identity: identity.keys.delete(operator(), "no such\0key"),
        lambda identity: identity.accounts.delete(operator(), "no such\0user"),
        lambda identity: identity.teams.delete(operator(), "no such\0team"),
    ],
)
def test_an_id_that_a_database_can_not_hold_is_the_callers_mistake(
    identity: Identity, where: Where, find: Callable[[Identity], None]
) -> None:
    with pytest.raises(ValidationFailed if where.kind == "postgresql" else NotFound):
        find(identity)


@pytest.mark.parametrize("where", ["postgresql", "mysql"], indirect=True)
def test_a_name_that_is_too_long_for_a_server_is_the_callers_mistake(
    identity: Identity,
) -> None:
    """Fifty of these are nine hundred letters as they are compared; SQLite takes any length."""
    with pytest.raises(ValidationFailed):
        identity.teams.create(operator(), "\ufdfa" * 50)
    assert [team.name for team in identity.teams.list().teams] == ["Default"]
