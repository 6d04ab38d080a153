"""Bulk Rename: give many files names after one pattern; their bytes stay as they are."""

import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from pydantic import Field, field_validator

from ashim_core.plugin import Context, FileTool, InputFile, Outcome, Tool, ToolSettings, hookimpl
from ashim_optimization.metadata.dates import taken
from ashim_optimization.naming import Part, Placeholder, filled, parts

_MOST_FILES = 200
_LONGEST_NAME = 150
_LONGEST_EXTENSION = 40
_FORBIDDEN = frozenset('/\\<>:"|?*')


class BulkRenameSettings(ToolSettings):
    example = {"pattern": "holiday-{date}-{n}", "padding": 3}

    pattern: str = Field(
        default="image-{n}",
        min_length=1,
        max_length=200,
        description="The new names without extension. {n}: the number of the file. {date}: the "
        "day that the picture was taken, as 2024-12-31, or today if the file doesn't say. "
        "{original}: the old name. {padded}: the number with as many zeros before it as the "
        "last one needs. {index} is {n}, and two braces are as good as one.",
        examples=["holiday-{date}-{n}"],
    )
    start_index: int = Field(
        default=1, ge=0, le=1_000_000_000, description="The number of the first file."
    )
    padding: int = Field(
        default=1,
        ge=0,
        le=12,
        description="The least number of digits of {n}; zeros come before it.",
        examples=[3],
    )

    @field_validator("pattern")
    @classmethod
    def _can_be_filled(cls, pattern: str) -> str:
        for position, char in enumerate(pattern, 1):
            if char in _FORBIDDEN or not char.isprintable():
                raise ValueError(f"no character {char!r} at position {position}, as in a file name")
        parts(pattern)
        return pattern


def bulk_rename(context: Context[BulkRenameSettings]) -> Outcome:
    """Rename many files after one pattern, with numbers, dates and their old names."""
    settings = context.settings
    pattern = parts(settings.pattern)
    today = datetime.now(UTC).astimezone().date()
    digits = len(str(settings.start_index + len(context.inputs)))
    results = []
    for offset, file in enumerate(context.inputs):
        number = settings.start_index + offset
        values: dict[Placeholder, str] = {
            "n": str(number).zfill(settings.padding),
            "padded": str(number).zfill(digits),
            "original": PurePosixPath(file.name).stem,
            "date": _day(pattern, file, today),
        }
        results.append(_copied(file, filled(pattern, values), context.workdir / str(offset)))
        context.progress(100 * (offset + 1) / len(context.inputs), file.name)
    return results


def _day(pattern: list[Part], file: InputFile, today: date) -> str:
    """Give the day of a file; files are only opened for it if it is asked for."""
    if ("placeholder", "date") not in pattern:
        return ""
    return (taken(file.path) or today).isoformat()


def _copied(file: InputFile, stem: str, folder: Path) -> Path:
    """Copy a file under its new name. In a folder of its own it may be called as another one is.

    A link would be cheaper, but whoever changes the result would change the original with it.
    """
    folder.mkdir()
    path = folder / _file_name(stem, PurePosixPath(file.name).suffix)
    shutil.copyfile(file.path, path)
    return path


def _file_name(stem: str, extension: str) -> str:
    """Make a name that any disk takes; the core sees to the rest, and to names that are equal."""
    extension = _cut(_harmless(extension), _LONGEST_EXTENSION)
    short = _cut(_harmless(stem), _LONGEST_NAME - len(extension.encode()))
    return (short.strip(" .") or "file") + extension


def _harmless(text: str) -> str:
    return "".join("_" if char in _FORBIDDEN else char for char in text if char.isprintable())


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8", "replace")[:size].decode(errors="ignore")


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool(
        "bulk-rename",
        bulk_rename,
        BulkRenameSettings,
        category="optimization",
        files=(1, _MOST_FILES),
        gives="files",
    )
