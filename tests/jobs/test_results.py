"""What a job has to show for itself."""

from pathlib import Path

from ashim_core.engine.task import Output, Step, TaskInput, TaskResult
from ashim_core.executors.executor import InlineExecutor
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import Item, Job, Plan
from ashim_core.jobs.results import MANIFEST, archive_entries, collect
from ashim_core.limits import Limits
from ashim_core.registry import Registry


def test_a_result_called_manifest_does_not_take_its_place(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.outputs.mkdir(parents=True)
    upload = folder.new_input()
    upload.write_bytes(b"{}")
    made = folder.outputs / MANIFEST
    made.write_text("{}")
    plan = Plan(
        "batch",
        (Step(tool_id="same", settings={}),),
        ((TaskInput(path=str(upload), name=MANIFEST),),),
        owner="somebody",
    )
    job = Job(folder.id, plan, folder.outputs, InlineExecutor(Registry()), Limits(), 1)
    output = Output(path=str(made), name=MANIFEST, media_type="application/json", size=2)
    job.items = [Item(TaskResult(outputs=(output,)), None, 1.0)]
    record = collect(job, folder, 0, 0)
    names = [entry.name for entry in archive_entries(record, manifest=True)]
    assert names == ["manifest_1.json", MANIFEST]
    assert record.items[0].output == "manifest_1.json"
