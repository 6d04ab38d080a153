"""ExifTool as a program of its own: told what to do by a list that no value can break out of."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ashim_core.plugin import DecodeFailed, DependencyMissing, Host, Program, run_program
from ashim_optimization.metadata.formats import Format

EXIFTOOL = Program("exiftool", "libimage-exiftool-perl")

_SECONDS = 8
"""Less than a task may take."""
_MOST_REPORT = 8 * 1024 * 1024
_SHOWN = 200
_CHARSET = ("-charset", "utf8")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def value(text: str) -> str:
    """Write a value as ExifTool takes it after -E: all but letters and digits as numbers.

    So there is no end of a line, no sign and no space in it that could mean anything.
    """
    return "".join(char if char in _PLAIN else f"&#{ord(char)};" for char in text)


def change(source: Path, format: Format, arguments: Iterable[str], folder: Path) -> Path:
    """Write a changed copy of a picture into an empty folder, and give it; no pixel is decoded."""
    path = folder / f"result.{format.extension}"
    shutil.copyfile(source, path)
    _run(["-E", "-overwrite_original", *arguments], path, folder)
    return path


def read(source: Path, format: Format, arguments: Iterable[str], folder: Path) -> dict[str, Any]:
    """Give what ExifTool reads, as `group:name` to value; values that are no text are left out."""
    with_name = _named(source, format, folder)
    try:
        text = _run(["-json", "-G0:1", "-a", *arguments], with_name, folder)
    finally:
        with_name.unlink()
    try:
        found: dict[str, Any] = json.loads(text)[0]
    except (ValueError, IndexError):
        raise DecodeFailed("The metadata can't be read.") from None
    found.pop("SourceFile", None)
    return found


def read_bytes(source: Path, format: Format, tag: str, folder: Path) -> bytes:
    """Give the bytes of one value; none if it isn't there."""
    with_name = _named(source, format, folder)
    try:
        return _run(["-b", f"-{tag}"], with_name, folder)
    finally:
        with_name.unlink()


def _named(source: Path, format: Format, folder: Path) -> Path:
    """Give a picture a name that says what it is: ExifTool refuses a wrong one.

    It hides what the caller called it, which might be anything.
    """
    path = folder / f"source.{format.extension}"
    path.symlink_to(source.resolve())
    return path


def _run(arguments: list[str], source: Path, folder: Path) -> bytes:
    program = shutil.which(EXIFTOOL.name)
    if program is None:
        raise DependencyMissing(f"This format needs ExifTool: {EXIFTOOL.missing(Host())}.")
    lines = "\n".join([*_CHARSET, *arguments, source.name, ""])
    done = run_program(
        [program, "-config", "", "-@", "-"], seconds=_SECONDS, folder=folder, text=lines.encode()
    )
    if done.returncode:
        raise DecodeFailed(f"ExifTool can't work on this file: {_reason(done.stderr)}")
    if len(done.stdout) > _MOST_REPORT:
        raise DecodeFailed(f"The file has more than {_MOST_REPORT} bytes of metadata.")
    return done.stdout


def _reason(errors: bytes) -> str:
    """Give the first error without the name of the file, which is ours."""
    lines = errors.decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line.startswith("Error")), "it is damaged")
    return first.removeprefix("Error: ").rpartition(" - ")[0][:_SHOWN] or "it is damaged."
