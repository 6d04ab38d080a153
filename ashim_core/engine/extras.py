"""Extra files: what goes along with every file that is worked on, like a watermark or a mask."""

from collections.abc import Iterable, Sequence

from ashim_core.engine.task import TaskInput
from ashim_core.errors import NoFile, TooManyFiles
from ashim_core.extra import Extra
from ashim_core.tool import Tool


def extras_of(tools: Iterable[Tool]) -> tuple[Extra, ...]:
    """Give the extra files that tools take, each once: required if one of them requires it."""
    found: dict[str, Extra] = {}
    for tool in tools:
        for extra in tool.extras:
            if extra.required or extra.name not in found:
                found[extra.name] = extra
    return tuple(found.values())


def parted(
    files: Sequence[TaskInput], extras: Sequence[Extra], *, alone: bool = True
) -> tuple[list[TaskInput], list[TaskInput]]:
    """Tell the files to work on from extra ones: those have the field that a tool names.

    alone: there is one file to work on, so another one without such a field is the extra one.
    Raises NoFile where a required one is missing, and TooManyFiles where there are two of a kind.
    """
    names = {extra.name for extra in extras}
    mains = [file for file in files if file.field not in names]
    found = [file for file in files if file.field in names]
    missing = _missing(found, extras)
    if alone and len(missing) == 1 and len(mains) == 2:
        found.append(mains.pop().model_copy(update={"field": missing.pop()}))
    check_extras(found, extras)
    return mains, found


def check_extras(found: Sequence[TaskInput], extras: Sequence[Extra]) -> None:
    """Refuse files among which a required one is missing, or that are two of a kind."""
    for name in _missing(found, extras):
        raise NoFile(
            f"Expected a second file in the field '{name}'.",
            details=[{"field": name, "expected": "a picture", "received": "nothing"}],
        )
    for extra in extras:
        if (count := sum(file.field == extra.name for file in found)) > 1:
            raise TooManyFiles(
                f"Expected one file in the field '{extra.name}', received {count}.",
                details=[{"field": extra.name, "expected": "one file", "received": str(count)}],
            )


def _missing(found: Sequence[TaskInput], extras: Sequence[Extra]) -> list[str]:
    there = {file.field for file in found}
    return [extra.name for extra in extras if extra.required and extra.name not in there]
