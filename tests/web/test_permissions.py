"""Every route asks the one policy function, and a route that forgets to is closed."""

import pytest
from flask import Flask

from ashim_core.policy import LOCAL_USER
from ashim_core.testing import ToolClient
from ashim_core.web.permissions import permission_of


def application(client: ToolClient) -> Flask:
    return client.http.application


def test_every_route_declares_what_it_needs(client: ToolClient) -> None:
    views = application(client).view_functions
    assert [name for name, view in views.items() if permission_of(view) is None] == []


def test_the_policy_decides_for_every_route(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(*question: object) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("ashim_core.web.permissions.allowed", refuse)
    rules = list(application(client).url_map.iter_rules())
    for rule in rules:
        path = str(rule).replace("<path:name>", "x").replace("<", "").replace(">", "")
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        response = client.http.open(path, method=method)
        assert (response.status_code, method, path) == (403, method, path)
    assert len(asked) == len(rules)
    assert (LOCAL_USER, "run", "tools/tool_id") in asked


def test_a_route_that_declares_nothing_is_closed(client: ToolClient) -> None:
    app = application(client)
    app.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    response = client.http.get("/forgotten")
    assert (response.status_code, "secret" in response.text) == (403, False)
