"""A server that asks people to sign in, the same for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.web.live import LiveServer, live_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    environment = {"AUTH_ENABLED": "true", "LOGIN_ATTEMPT_LIMIT": "100000"}
    with live_server(tmp_path_factory.mktemp("front"), **environment) as live:
        yield live
        assert "Traceback" not in live.output.read_text()
