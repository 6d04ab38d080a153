"""Pixelate: the tests of an author, from a plain function to the REST surface."""

import ashim_example.pixelate
import pytest

from ashim_core.testing import MakeClient, ToolClient, check_tool, sample


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_example.pixelate)


def test_keeps_the_rules() -> None:
    for tool in ashim_example.pixelate.ashim_tools():
        check_tool(tool)


def test_one_colour_per_block(client: ToolClient) -> None:
    result = client.run("pixelate", sample("rgb"), block=20)
    assert result(0, 0) == result(19, 15) != result(20, 0)


def test_a_block_of_one_pixel_is_refused(client: ToolClient) -> None:
    assert client.refusal("pixelate", sample("rgb"), block=1) == (400, "INVALID_SETTINGS")
