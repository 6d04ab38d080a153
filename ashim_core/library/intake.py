"""What comes in from outside: looked at by a worker before anything of it is kept."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ashim_core.engine.task import Step, TaskInput
from ashim_core.errors import AshimError
from ashim_core.imaging.sniff import KINDS
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.job import Job, Plan
from ashim_core.jobs.service import Jobs
from ashim_core.library.service import NewFile
from ashim_core.own import INSPECT

_EXTENSIONS = frozenset(kind.extension for kind in KINDS.values()) | {
    *("jpeg", "jpe", "jfif", "tif", "heif", "apng", "avifs", "psb"),
    *("dng", "cr2", "nef", "arw", "orf", "rw2", "tga"),
}
"""Of pictures, as people have them; cameras call their TIFF files otherwise."""


def inspected(
    jobs: Jobs, folder: JobFolder, uploads: Sequence[TaskInput], owner: str
) -> list[NewFile]:
    """Look at uploads, and give them as they can be kept.

    An SVG is kept without what could run in a browser. Raises what decoding a picture may raise,
    with the name of the file that it is about.
    """
    plan = Plan("batch", (Step(tool_id=INSPECT),), tuple((upload,) for upload in uploads), owner)
    job = jobs.make(folder, plan)
    job.run()
    return [_looked_at(job, folder, index, upload) for index, upload in enumerate(uploads)]


def _looked_at(job: Job, folder: JobFolder, index: int, upload: TaskInput) -> NewFile:
    item = job.items[index]
    if item is None:
        raise RuntimeError("expected a job that nobody cancels to have results")
    try:
        report = item.unwrap().report or {}
    except AshimError as error:
        error.message = f"{upload.name}: {error.message}"
        raise
    clean = report.get("clean")
    inside = folder.outputs if len(job.items) == 1 else folder.outputs / str(index)
    return NewFile(
        path=inside / str(clean) if clean else Path(upload.path),
        name=_with_extension(upload.name, str(report["extension"])),
        media_type=str(report["media_type"]),
        width=_pixels(report["width"]),
        height=_pixels(report["height"]),
    )


def _pixels(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _with_extension(name: str, extension: str) -> str:
    """Have a name end like that of a picture, so that no disk it lands on takes it for a page."""
    claimed = PurePosixPath(name).suffix.lower().removeprefix(".")
    if claimed in _EXTENSIONS and (claimed == "svg") == (extension == "svg"):
        return name
    return f"{name}.{extension}"
