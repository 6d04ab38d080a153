"""What the documentation shows of each tool: the first example on its page, all in the gallery.

They stand in the `examples.toml` of its package. A tool that isn't named there is shown with the
example of its settings on the usual pictures.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ashim_core.tool import Tool
from ashim_core.wire.validation import details_of, first_of
from docs._make.drawings import LOGO, PICTURES, SEVERAL, File
from docs._make.packages import FILES

NAME = "examples.toml"


@dataclass(frozen=True)
class Example:
    """One run of a tool.

    settings: as on the wire; those of the tool's own example if not given.
    files: what is sent; the usual pictures if not given. A second one is the logo, unless one
        of them goes into its field.
    detail: the part of the pictures that is shown large: left, top, width and height as shares.
    told: settings that make the tool report on a file; then its reports of what goes in and of
        what comes out are shown, not the pictures.
    named: the names of the files are shown, not the pictures.
    """

    settings: Mapping[str, Any] | None = None
    files: tuple[File, ...] = ()
    detail: tuple[float, float, float, float] | None = None
    told: Mapping[str, Any] | None = None
    named: bool = False


def _known(word: str) -> str:
    if word not in PICTURES:
        raise ValueError(f"expected one of {', '.join(PICTURES)}")
    return word


_Share = Annotated[float, Field(ge=0, le=1)]


class _Written(BaseModel):
    """An example as it stands in a file: as above, with words for its files."""

    model_config = ConfigDict(strict=True, extra="forbid")

    settings: dict[str, Any] | None = None
    pictures: list[Annotated[str, AfterValidator(_known)]] = []
    # A list can't be a tuple to pydantic where it is strict; TOML has lists.
    detail: Annotated[tuple[_Share, _Share, _Share, _Share] | None, Field(strict=False)] = None
    told: dict[str, Any] | None = None
    named: bool = False

    def example(self) -> Example:
        """Give it with the files themselves."""
        files = tuple(PICTURES[word] for word in self.pictures)
        return Example(self.settings, files, self.detail, self.told, self.named)


def read(path: Path) -> dict[str, tuple[Example, ...]]:
    """Read the examples of a package, by the ids of its tools; RuntimeError says what is wrong."""
    file = "/".join(path.parts[-3:])
    try:
        tables = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise RuntimeError(f"expected {file} to be TOML: {error}") from error
    return {tool: _examples(tool, entries, file) for tool, entries in tables.items()}


def _examples(tool: str, entries: object, file: str) -> tuple[Example, ...]:
    place = f"the examples of {tool} in {file}"
    if not isinstance(entries, list):
        raise RuntimeError(f"{place}: expected each of them to begin with [[{tool}]].")
    try:
        return tuple(_Written.model_validate(entry).example() for entry in entries)
    except ValidationError as error:
        raise RuntimeError(f"{place}: {first_of(details_of(error, _Written))}") from error


_BESIDE = (path.with_name(NAME) for path in FILES)
EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    tool: examples for path in _BESIDE if path.exists() for tool, examples in read(path).items()
}


def examples_of(tool: Tool) -> tuple[Example, ...]:
    """Give the examples of a tool, with all settings and files filled in."""
    return tuple(_filled(tool, example) for example in EXAMPLES.get(tool.id, (Example(),)))


def _filled(tool: Tool, example: Example) -> Example:
    settings, files = example.settings, example.files or _usual(tool)
    there = {file.field for file in files}
    wanted = [extra for extra in tool.extras if extra.required and extra.name not in there]
    files = (*files, *(replace(LOGO, field=extra.name) for extra in wanted))
    return replace(
        example,
        settings=dict(tool.settings.example) if settings is None else settings,
        files=files,
    )


def _usual(tool: Tool) -> tuple[File, ...]:
    """Choose pictures for a tool that has none of its own: of several files, a few."""
    count = max(tool.min_files, min(tool.max_files, len(SEVERAL)))
    return tuple(SEVERAL[index % len(SEVERAL)] for index in range(count))
