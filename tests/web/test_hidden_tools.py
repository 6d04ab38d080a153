"""Tools that are not offered to callers, but for code of a server."""

from pathlib import Path

import pytest

from ashim_core.engine.task import TaskInput
from ashim_core.errors import ToolNotFound
from ashim_core.registry import Registry
from ashim_core.testing import MakeClient, ToolClient
from tests.data import darkroom
from tests.web.test_second_pictures import post
from tests.web.test_work import PICTURE, values


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(darkroom)


@pytest.fixture
def name(client: ToolClient) -> str:
    """The name of the hidden tool: its distribution comes first."""
    registry = client.core.registry
    return f"{registry.provenance(registry.find('develop')).distribution}:fixer"


@pytest.mark.parametrize("path", ["fixer", "NAME", "ashim-core:logo"])
def test_callers_do_not_find_it(client: ToolClient, name: str, path: str) -> None:
    answer = post(client, f"tools/{path.replace('NAME', name)}", ("file", PICTURE))
    assert (answer.status_code, answer.json["code"]) == (404, "TOOL_NOT_FOUND")
    assert "fixer" not in client.http.get("/api/v1/tools").text
    assert "fixer" not in client.http.get("/api/v1/openapi.json").text
    assert "fixer" not in client.http.get("/api/v1/plugins").text


def test_the_server_runs_it(client: ToolClient, name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE)
    with client.core.jobs.run_once(name, TaskInput(path=str(path), name="a.png")) as result:
        assert values(Path(result.outputs[0].path).read_bytes()) == (155, 155)


def test_its_name_clashes_with_nobody(client: ToolClient) -> None:
    core, others = client.core.registry, Registry()
    tool = core.runnable("ashim-core:logo")
    for distribution in ("one", "other"):
        origin = core.provenance(core.find("develop"))
        others.add(tool, type(origin)(distribution, "1", "module"))
    assert others.runnable("one:logo") is others.runnable("other:logo") is tool
    assert len(others) == 0
    with pytest.raises(ToolNotFound):
        others.runnable("third:logo")
