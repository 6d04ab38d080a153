"""What a finished job has to show: its files, and what became of each input."""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from ashim_core.archive import Entry, Names, stream_zip
from ashim_core.engine.task import Output, StepReport, TaskInput, TaskResult
from ashim_core.errors import Cancelled
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import BATCHES, Item, Job
from ashim_core.jobs.record import ItemRecord, JobRecord

_ARCHIVE = "results.zip"
_ZIP = "application/zip"
MANIFEST = "manifest.json"


def collect(job: Job, folder: JobFolder, created: float, expires: float) -> JobRecord:
    """Describe the results of a job, each under a name that no other one has.

    created, expires: seconds since the epoch.
    """
    found = _Collection(manifest=job.plan.manifest or job.plan.kind in BATCHES)
    for group, item in zip(job.plan.groups, job.items, strict=True):
        if item is not None:  # else the job was cancelled before it came to this one
            found.add(group, item)
    results = found.results
    only = results[0] if results and job.plan.kind not in BATCHES else None
    return JobRecord(
        id=folder.id,
        owner=job.plan.owner,
        kind=job.plan.kind,
        created=created,
        expires=expires,
        original_size=sum(_size(group) for group in job.plan.groups),
        outputs=tuple(found.outputs),
        notes=tuple(dict.fromkeys(note for one in results for note in (*one.losses, *one.notes))),
        report=only.report if only else None,
        facts=only.facts if only else None,
        many=only is not None and only.many,
        steps=_steps(results),
        items=tuple(found.items),
    )


def archive_of(record: JobRecord, folder: JobFolder, name: str, *, manifest: bool) -> Output:
    """Put all outputs into one file in the job's folder.

    manifest: say what became of each input, even if none failed.
    """
    path = folder.path / _ARCHIVE
    with path.open("xb") as file:
        for piece in stream_zip(archive_entries(record, manifest=manifest)):
            file.write(piece)
    return Output(path=str(path), name=name, media_type=_ZIP, size=path.stat().st_size)


def archive_entries(record: JobRecord, *, manifest: bool) -> Iterator[Entry]:
    """Give what an archive of a job holds."""
    yield from map(_entry, record.outputs)
    if manifest or any(item.code for item in record.items):
        yield _manifest_entry(record.items)


def entries_as_made(job: Job, tick: Callable[[], None]) -> Generator[Entry, None, None]:
    """Run a job, and give its results in the order of its inputs, each as soon as it can be.

    The manifest is the last entry. Raises Cancelled when the job is; closing it ends the job.

    tick: called every now and then, by the thread that asks for entries.
    """
    found = _Collection(manifest=True)
    for _ in job.proceed():
        tick()
        while len(found.items) < len(job.items):
            index = len(found.items)
            item = job.items[index]
            if item is None:
                break
            yield from map(_entry, found.add(job.plan.groups[index], item))
    if len(found.items) < len(job.items):
        raise Cancelled("The job was cancelled.")
    yield _manifest_entry(found.items)


def manifest_of(items: Sequence[ItemRecord]) -> list[dict[str, object]]:
    """Say for each input what became of it. index: its place among them, from 0."""
    return [
        {"index": index, **item.model_dump(exclude_none=True, by_alias=True)}
        for index, item in enumerate(items)
    ]


def archive_name(job: Job) -> str:
    """Name the archive of a job's results."""
    one = job.plan.steps[0].tool_id.replace("/", "-")
    what = "pipeline" if job.plan.kind.startswith("pipeline") else one
    batch = "batch-" if job.plan.kind in BATCHES else ""
    return f"{batch}{what}-{job.id[:8]}.zip"


class _Collection:
    """What the tasks of a job have made, in the order of their inputs.

    manifest: a name has to be kept for the manifest.
    """

    def __init__(self, *, manifest: bool) -> None:
        self.outputs: list[Output] = []
        self.items: list[ItemRecord] = []
        self.results: list[TaskResult] = []
        self._names = Names()
        if manifest:
            self._names.add(MANIFEST)

    def add(self, group: Sequence[TaskInput], item: Item) -> Sequence[Output]:
        """Add what became of the next input; give its outputs under names of their own."""
        own: list[Output] = []
        if item.result is not None:
            self.results.append(item.result)
            own = [self._named(output) for output in item.result.outputs]
        self.outputs += own
        self.items.append(_record_of(group, item, own))
        return own

    def _named(self, output: Output) -> Output:
        return output.model_copy(update={"name": self._names.add_in_folder(output.name)})


def _entry(output: Output) -> Entry:
    return Entry(output.name, Path(output.path), output.media_type)


def _manifest_entry(items: Sequence[ItemRecord]) -> Entry:
    text = json.dumps(manifest_of(items), indent=2, ensure_ascii=False)
    return Entry(MANIFEST, text.encode(), "application/json")


def _record_of(group: Sequence[TaskInput], item: Item, outputs: Sequence[Output]) -> ItemRecord:
    error = item.error
    return ItemRecord(
        input=group[0].name if group else "",
        output=outputs[0].name if outputs else None,
        size=sum(output.size for output in outputs) if outputs else None,
        code=error.code if error else None,
        message=error.message if error else None,
        ms=item.ms,
        report=item.result.report if item.result else None,
        facts=item.result.facts if item.result else None,
        saved_file_id=item.saved,
    )


def _size(group: Sequence[TaskInput]) -> int:
    return sum(Path(item.path).stat().st_size for item in group)


def _steps(results: Sequence[TaskResult]) -> tuple[StepReport, ...]:
    """Give what the steps took, over all results together."""
    columns = zip(*(result.steps for result in results), strict=True)
    return tuple(
        StepReport(
            tool_id=column[0].tool_id,
            ms=round(sum(step.ms for step in column), 1),
            size=None
            if any(step.size is None for step in column)
            else sum(step.size or 0 for step in column),
        )
        for column in columns
    )
