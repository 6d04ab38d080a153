"""The environment: what of it processes get to see that this one starts."""

import os

import pytest

from ashim_core.environment import minimal_environment, taken_from_environment


def test_the_environment_can_be_hidden_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    with minimal_environment({"EXTRA": "1"}):
        assert "DATABASE_PASSWORD" not in os.environ
        assert {"PATH", "EXTRA"} <= os.environ.keys()
    assert os.environ["DATABASE_PASSWORD"] == "secret"
    assert "EXTRA" not in os.environ


def test_a_message_for_this_process_alone_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSAGE", "hello")
    assert taken_from_environment("MESSAGE") == "hello"
    assert "MESSAGE" not in os.environ
    assert taken_from_environment("MESSAGE") is None
