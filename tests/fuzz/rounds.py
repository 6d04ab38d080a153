"""How Hypothesis is run: bounded by a number of examples, never by a clock."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.fuzz.requests import requests
from tests.fuzz.target import Target
from tests.web.operations import Operation


def bounded(examples: int, *, seed_changes: bool = False) -> Callable[[Any], Any]:
    """Make a property run so many times, each time with the same requests unless told."""
    return settings(
        max_examples=examples,
        derandomize=not seed_changes,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def one_request(asked: Target, operation: Operation, data: st.DataObject) -> None:
    """Send one request of an operation."""
    asked.ask(operation, data.draw(requests(operation, asked.known)))
