"""Second pictures: files that go along with every file that is worked on, like a watermark."""

from collections.abc import Iterable, Sequence

from ashim_core.engine.task import TaskInput
from ashim_core.errors import NoFile, TooManyFiles
from ashim_core.tool import Tool


def seconds_of(tools: Iterable[Tool]) -> tuple[str, ...]:
    """Name the fields of the second pictures that tools need, each once."""
    return tuple(dict.fromkeys(tool.second for tool in tools if tool.second))


def parted(
    files: Sequence[TaskInput], seconds: Sequence[str], *, alone: bool = True
) -> tuple[list[TaskInput], list[TaskInput]]:
    """Tell the files to work on from second ones: those have the field that a tool names.

    alone: there is one file to work on, so another one without such a field is the second one.
    Raises NoFile where a second one is missing, and TooManyFiles where there are two of a kind.
    """
    mains = [file for file in files if file.field not in seconds]
    found = [file for file in files if file.field in seconds]
    missing = [field for field in seconds if all(file.field != field for file in found)]
    if alone and len(missing) == 1 and len(mains) == 2:
        found.append(mains.pop().model_copy(update={"field": missing.pop()}))
    for field in missing:
        raise NoFile(
            f"Expected a second file in the field '{field}'.",
            details=[{"field": field, "expected": "a picture", "received": "nothing"}],
        )
    for field in seconds:
        if (count := sum(file.field == field for file in found)) > 1:
            raise TooManyFiles(
                f"Expected one file in the field '{field}', received {count}.",
                details=[{"field": field, "expected": "one file", "received": str(count)}],
            )
    return mains, found
