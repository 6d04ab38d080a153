"""Tasks of the tools in the darkroom, for lanes and the pools behind them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ashim_core.discovery import Sources
from ashim_core.engine.task import Step, Task, TaskInput
from ashim_core.testing import sample
from tests.conftest import DATA

DARKROOM = Sources(modules=(("darkroom", str(DATA / "darkroom.py")),), entry_points=False)
FOR_EVER = {"pause": 600}

Run = Callable[..., Task]


@pytest.fixture
def task(tmp_path: Path) -> Run:
    """Make a task of some tools on a small picture."""

    def make(*tools: str, **settings: Any) -> Task:
        folder = tmp_path / f"task{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        picture = folder / "picture"
        picture.write_bytes(sample("rgb"))
        return Task(
            id=folder.name,
            steps=tuple(Step(tool_id=tool, settings=settings) for tool in tools),
            inputs=(TaskInput(path=str(picture), name="a.png"),),
            folder=str(folder),
        )

    return make
