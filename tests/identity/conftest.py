"""A server that asks everybody to sign in, its administrator, and somebody else."""

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import Person, open_server, root


@pytest.fixture
def server(ashim: MakeClient) -> ToolClient:
    return open_server(ashim)


@pytest.fixture
def admin(server: ToolClient) -> Person:
    return root(server)


@pytest.fixture
def user(admin: Person) -> Person:
    return admin.register(name="Ada")
