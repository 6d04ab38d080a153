"""The policy as a pure function of who asks, what for, and whose it is."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from ashim_core.errors import EscalationDenied
from ashim_core.policy import (
    BUILTIN_ROLES,
    PERMISSIONS,
    RULES,
    SERVER,
    SOMEBODY_ELSES,
    Action,
    Actor,
    Permission,
    Resource,
    allowed,
    local_user,
    nobody,
    operator,
    owner_filter,
    refusal,
    require_at_least,
)

ACTIONS: tuple[Action, ...] = get_args(Action)
PUBLIC = {"public:read", "session:start"}
SESSION_ONLY = {
    *("session:read", "session:end", "password:change", "sessions:own", "passwords:reset"),
    *("keys:create", "keys:delete", "users:manage", "roles:manage"),
}
FIRST = {"session:read", "session:end", "password:change"}
OWNED = {
    *("keys:read", "keys:delete", "results:read", "jobs:follow", "jobs:end"),
    *("pipelines:read", "pipelines:change", "files:read", "files:change"),
}
ME = Actor("me", "Ada", "session", permissions=PERMISSIONS)
RESOURCES = (SERVER, SOMEBODY_ELSES, Resource("me"), Resource(""))


def with_permissions(*permissions: str) -> Actor:
    return replace(ME, permissions=frozenset(permissions))


def actors() -> Iterator[Actor]:
    """Give everybody who can ask: each kind with no permission, one, each role's, and all."""
    single: list[frozenset[str]] = [frozenset({name}) for name in sorted(PERMISSIONS)]
    for permissions in (frozenset[str](), *single, *BUILTIN_ROLES.values()):
        for must in (False, True):
            person = replace(ME, permissions=permissions, must_change_password=must)
            yield person
            yield replace(person, via="key")


def test_every_action_has_a_rule() -> None:
    assert set(RULES) == set(ACTIONS)
    for rule in RULES.values():
        assert PERMISSIONS.issuperset(rule.permissions)
        # Whoever may reach everybody's things must be able to come that far.
        assert rule.everybodys in {None, *(rule.permissions or PERMISSIONS)}


def test_rules_are_of_the_kinds_that_they_should_be() -> None:
    assert {action for action in ACTIONS if RULES[action].anyone} == PUBLIC
    assert {action for action in ACTIONS if RULES[action].session} == SESSION_ONLY
    assert {action for action in ACTIONS if RULES[action].first} == FIRST
    assert {action for action in ACTIONS if RULES[action].everybodys} == OWNED


def test_there_are_fifteen_permissions_in_three_roles() -> None:
    user = {"tools:use", "files:own", "apikeys:own", "pipelines:own", "settings:read"}
    assert len(PERMISSIONS) == 15
    assert set(BUILTIN_ROLES) == {"admin", "editor", "user"}
    assert BUILTIN_ROLES["user"] == user
    assert BUILTIN_ROLES["editor"] == user | {"files:all", "pipelines:all"}
    assert BUILTIN_ROLES["admin"] == PERMISSIONS == set(get_args(Permission))


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_does_what_is_not_public(action: Action) -> None:
    for actor in (nobody(), nobody("127.0.0.1"), replace(nobody(), permissions=PERMISSIONS)):
        for resource in RESOURCES:
            assert allowed(actor, action, resource) is (action in PUBLIC)


@pytest.mark.parametrize("action", sorted(PUBLIC))
def test_everybody_does_what_is_public(action: Action) -> None:
    assert all(allowed(actor, action, resource) for actor in actors() for resource in RESOURCES)


@pytest.mark.parametrize("action", sorted(SESSION_ONLY))
def test_no_key_does_what_only_people_do(action: Action) -> None:
    keys = [actor for actor in actors() if actor.via == "key"]
    assert not [key for key in keys if any(allowed(key, action, what) for what in RESOURCES)]


@pytest.mark.parametrize("action", ACTIONS)
def test_who_must_change_the_password_does_that_first(action: Action) -> None:
    for actor in actors():
        if actor.must_change_password and allowed(actor, action):
            assert action in FIRST | PUBLIC


@pytest.mark.parametrize("action", ACTIONS)
def test_one_of_the_permissions_is_needed_and_enough(action: Action) -> None:
    rule = RULES[action]
    for permission in PERMISSIONS:
        expected = not rule.permissions or permission in rule.permissions
        assert allowed(with_permissions(permission), action) is expected
    assert allowed(with_permissions(), action) is (not rule.permissions)


@pytest.mark.parametrize("action", ACTIONS)
def test_one_s_own_takes_no_more_than_the_server_s(action: Action) -> None:
    for actor in actors():
        assert allowed(actor, action, Resource(actor.id)) is allowed(actor, action, SERVER)


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - PUBLIC))
def test_what_belongs_to_others_takes_the_permission_for_everybody_s(action: Action) -> None:
    for actor in actors():
        everybodys = RULES[action].everybodys in actor.permissions
        expected = everybodys and allowed(actor, action)
        assert allowed(actor, action, SOMEBODY_ELSES) is expected


@pytest.mark.parametrize("action", ACTIONS)
def test_more_permissions_never_allow_less(action: Action) -> None:
    for actor, resource in itertools.product(actors(), RESOURCES):
        more = replace(actor, permissions=PERMISSIONS)
        assert allowed(more, action, resource) >= allowed(actor, action, resource)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_is_no_permission(action: Action) -> None:
    assert allowed(replace(with_permissions(), role="admin"), action) is allowed(
        with_permissions(), action
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_the_only_user_and_the_operator_do_everything(action: Action) -> None:
    for actor in (local_user(), operator()):
        assert allowed(actor, action)


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - PUBLIC))
def test_a_refusal_says_what_is_missing(action: Action) -> None:
    assert refusal(nobody(), action).code == "AUTH_REQUIRED"
    waiting = replace(ME, must_change_password=True)
    if action not in FIRST:
        assert refusal(waiting, action).code == "MUST_CHANGE_PASSWORD"
    if action in SESSION_ONLY:
        by_key = refusal(replace(ME, via="key"), action)
        assert by_key.code == "SESSION_REQUIRED"
        assert "sign in" in by_key.message
    elif RULES[action].permissions:
        refused = refusal(with_permissions(), action)
        assert refused.code == "FORBIDDEN"
        assert all(name in refused.message for name in RULES[action].permissions)


def test_lists_are_of_one_s_own_unless_one_may_see_everybody_s() -> None:
    assert owner_filter(with_permissions("apikeys:own"), "keys:read") == "me"
    assert owner_filter(with_permissions("apikeys:all"), "keys:read") is None
    assert owner_filter(with_permissions("files:own", "apikeys:all"), "results:read") == "me"
    assert owner_filter(local_user(), "results:read") is None


def test_nobody_gives_what_they_do_not_have() -> None:
    actor = with_permissions("users:manage", "tools:use")
    require_at_least(actor, ())
    require_at_least(actor, ("tools:use", "users:manage"))
    with pytest.raises(EscalationDenied) as caught:
        require_at_least(actor, ("tools:use", "settings:write", "audit:read"))
    assert caught.value.message.endswith("audit:read, settings:write.")
