"""Where results go: a file, or a folder in which no file takes the place of another."""

import mimetypes
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ashim_core.archive import Names
from ashim_core.cli.options import fail, shown
from ashim_core.cli.place import Assignment, Made
from ashim_core.errors import Conflict
from ashim_core.imaging.formats import FORMATS, SYNONYMS
from ashim_core.names import result_name


class Target:
    """What `-o` names; None for tools that only report.

    overwrite: files that are in a folder already may be replaced.
    """

    def __init__(self, place: Path | None, *, overwrite: bool) -> None:
        self._place = place
        self._overwrite = overwrite
        self._folder = place is not None and place.is_dir()
        self._names = Names()

    def check(self, work: Assignment) -> None:
        """Refuse what can be seen to go wrong before any work is done."""
        count = len(work.groups)
        if self._place is None:
            if work.pictures:
                _fail_without_place()
        elif self._folder:
            self._refuse_taken(work)
        elif count > 1:
            self._become_folder(self._place, f"{count} files make {count} results")
        elif not self._place.parent.is_dir():
            fail(f"{self._place}: expected the folder {self._place.parent} to be there")

    def save(self, files: Sequence[Made]) -> None:
        """Write results, each whole or not at all; Conflict when one would replace another file."""
        if self._place is None:
            _fail_without_place()
        if len(files) > 1 and not self._folder:
            self._become_folder(self._place, f"{len(files)} results")
        if self._folder:
            for made in files:
                path = self._place / self._names.add_in_folder(made.name)
                if path.parent != self._place:
                    path.parent.mkdir(exist_ok=True)
                self._write(made, path)
        else:
            _refuse_false_name(files[0], self._place)
            self._write(files[0], self._place)

    def _become_folder(self, place: Path, why: str) -> None:
        """Make the folder that several results go to."""
        if place.exists() or _media_type(place):
            fail(f"{why}: expected -o to be a folder, got {shown(place)}")
        try:
            place.mkdir()
        except OSError as error:
            fail(f"{why}, and no folder can be made for them: {shown(place)}: {error.strerror}")
        self._folder = True

    def _write(self, made: Made, path: Path) -> None:
        try:
            if path.exists() and not path.is_file():
                _pour(made, path)
            else:
                self._put(made, path)
        except OSError as error:
            fail(f"{shown(Path(error.filename or path))}: {error.strerror or error}")

    def _put(self, made: Made, path: Path) -> None:
        # A link stays one: it is what it leads to that is written.
        path = path.resolve()
        with _beside(path) as scratch:
            with scratch.open("xb") as file:
                made.write(file)
            if self._folder and not self._overwrite and path.exists():
                raise Conflict(f"{path.name} is there already: -f overwrites it.")
            scratch.replace(path)

    def _refuse_taken(self, work: Assignment) -> None:
        if self._overwrite or self._place is None:
            return
        taken = [path for name in likely_names(work) if (path := self._place / name).exists()]
        if len(taken) == 1:
            fail(f"{taken[0]} is there already: -f overwrites it.")
        if taken:
            fail(f"{taken[0]} and {len(taken) - 1} more are there already: -f overwrites them")


def likely_names(work: Assignment) -> Iterator[str]:
    """Name the pictures that will be made; nothing where only the tool knows.

    What the content of a file has to say can't be seen here: one that is no JPEG in spite of its
    name, or that needs another format for its transparency.
    """
    if not work.pictures:
        return
    names = Names()
    for group in work.groups:
        extension = _extension(group[0], work)
        yield names.add(result_name(group[0].name, work.steps[-1].tool_id, extension))


def _extension(path: Path, work: Assignment) -> str:
    """Give the extension of the format that the last step to name one names, or of the input's."""
    own = path.suffix.removeprefix(".")
    named = [step.settings.get("format") for step in reversed(work.steps)]
    wanted = next((text for text in named if isinstance(text, str)), own).lower()
    name = SYNONYMS.get(wanted, wanted)
    return FORMATS[name].extension if name in FORMATS else wanted


def format_of(path: Path) -> str:
    """Give the format that the end of a file's name stands for; empty if it stands for none."""
    ending = path.suffix.removeprefix(".").lower()
    return SYNONYMS.get(ending, ending)


def _refuse_false_name(made: Made, path: Path) -> None:
    """Refuse to write one format into a file that is named like another one."""
    name = Path(made.name)
    if _media_type(path) and _media_type(name) not in {"", _media_type(path)}:
        fail(
            f"{shown(path)} is named like {format_of(path)}, but the result is {format_of(name)}: "
            f"name it {shown(Path(path.stem + name.suffix))}, or use a tool with a setting 'format'"
        )


def _media_type(path: Path) -> str:
    name = format_of(path)
    if name in FORMATS:
        return FORMATS[name].media_type
    return mimetypes.guess_type(f"a.{name}", strict=False)[0] or ""


def _fail_without_place() -> NoReturn:
    fail("expected -o, a file or a folder for the result")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give the name of a file that can take the place of another in one step; it never stays."""
    scratch = path.with_name(f".ashim-{secrets.token_hex(8)}.part")
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def _pour(made: Made, path: Path) -> None:
    """Write to what is no file, such as a pipe, once the whole result is there."""
    with tempfile.TemporaryFile() as scratch:
        made.write(scratch)
        scratch.seek(0)
        with path.open("wb") as stream:
            shutil.copyfileobj(scratch, stream)
