"""Short jobs of the server itself: what they make is there for as long as it is looked at."""

from pathlib import Path

import pytest

from ashim_core.engine.task import TaskInput
from ashim_core.errors import AshimError
from ashim_core.own import LOGO
from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain)


@pytest.fixture
def upload(tmp_path: Path) -> TaskInput:
    path = tmp_path / "upload"
    path.write_bytes(sample("rgb"))
    return TaskInput(path=str(path), name="a.png")


def left(client: ToolClient) -> list[Path]:
    """Give what lies where jobs are worked on, and where their results are kept."""
    data = client.core.config.data_dir
    return [*data.glob("work/*/*"), *data.glob("jobs/*")]


def test_the_result_is_there_inside_and_gone_after(client: ToolClient, upload: TaskInput) -> None:
    with client.core.jobs.run_once(LOGO, upload) as result:
        (output,) = result.outputs
        assert Path(output.path).read_bytes().startswith(b"\x89PNG")
        assert len(left(client)) == 1
    assert left(client) == []
    assert Path(upload.path).read_bytes() == sample("rgb"), "it belongs to who has sent it"


def test_what_the_body_moves_away_stays(
    client: ToolClient, upload: TaskInput, tmp_path: Path
) -> None:
    with client.core.jobs.run_once(LOGO, upload) as result:
        kept = Path(result.outputs[0].path).rename(tmp_path / "kept.png")
    assert kept.is_file()


@pytest.mark.parametrize(
    ("tool", "status", "code"), [("refuse", 422, "NO_FACE_FOUND"), ("none", 404, "TOOL_NOT_FOUND")]
)
def test_nothing_is_left_after_a_refusal(
    client: ToolClient, upload: TaskInput, tool: str, status: int, code: str
) -> None:
    with pytest.raises(AshimError) as caught, client.core.jobs.run_once(tool, upload):
        pytest.fail("expected the body not to be reached")
    assert (caught.value.status, caught.value.code) == (status, code)
    assert left(client) == []


def test_nothing_is_left_after_an_error_in_the_body(client: ToolClient, upload: TaskInput) -> None:
    with pytest.raises(ZeroDivisionError), client.core.jobs.run_once(LOGO, upload):
        raise ZeroDivisionError
    assert left(client) == []


def test_nothing_is_left_of_a_file_that_has_gone(client: ToolClient, upload: TaskInput) -> None:
    Path(upload.path).unlink()
    with pytest.raises(FileNotFoundError), client.core.jobs.run_once(LOGO, upload):
        pytest.fail("expected the body not to be reached")
    assert left(client) == []


def test_a_file_that_goes_meanwhile_is_worked_on_still(
    client: ToolClient, upload: TaskInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = client.core.jobs
    make = jobs.make

    def late(*values: object) -> object:
        Path(upload.path).unlink()
        return make(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "make", late)
    with jobs.run_once(LOGO, upload) as result:
        assert Path(result.outputs[0].path).is_file()
