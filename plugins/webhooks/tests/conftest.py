"""A server with webhooks, and receivers of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from ashim_webhooks import plugin

from ashim_core.testing import MakeClient, ToolClient
from tests.data import plain
from tests.receivers import Receiver, receiver


@pytest.fixture
def new_receiver() -> Iterator[Callable[[], Receiver]]:
    """Make receivers."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(receiver())


@pytest.fixture
def there(new_receiver: Callable[[], Receiver]) -> Receiver:
    """The one receiver of most tests."""
    return new_receiver()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Loopback may be sent to, and what fails is tried again at once, three times."""
    monkeypatch.setenv("ASHIM_WEBHOOKS_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("ASHIM_WEBHOOKS_RETRY_S", "0.05,0.05,0.05")
    return monkeypatch


@pytest.fixture
def client(ashim: MakeClient, variables: pytest.MonkeyPatch) -> ToolClient:
    return ashim(plain, server=[plugin])
