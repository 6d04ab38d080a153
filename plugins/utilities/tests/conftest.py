"""What the tests of these tools share."""

from collections.abc import Callable
from typing import Any

import ashim_utilities.color_palette
import ashim_utilities.compare
import ashim_utilities.find_duplicates
import ashim_utilities.image_to_base64
import ashim_utilities.info
import pytest

from ashim_core.testing import MakeClient, ToolClient

MODULES = (
    ashim_utilities.color_palette,
    ashim_utilities.compare,
    ashim_utilities.find_duplicates,
    ashim_utilities.image_to_base64,
    ashim_utilities.info,
)
Reported = Callable[..., dict[str, Any]]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture
def reported(client: ToolClient) -> Reported:
    """Run a tool that reports, and give its report."""

    def run(tool: str, *pictures: Any, **settings: Any) -> dict[str, Any]:
        response = client.post(tool, *pictures, **settings)
        assert response.status_code == 200, response.text
        report: dict[str, Any] = response.get_json()
        return report

    return run
