"""What can be wrong with the files of an action, or with a frame that isn't there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyvips

from ashim_core.plugin import AshimError, Decoded, DecodeFailed, InputFile, ToolError


class TooManyFiles(AshimError):
    """An action that works on one film got several files."""

    status, code = 400, "TOO_MANY_FILES"


class TooFewFiles(AshimError):
    """An action that makes a film of several files got one."""

    status, code = 400, "NO_FILE"


class NotForTheseFiles(AshimError):
    """A setting doesn't go together with the number of files."""

    status, code = 400, "INVALID_SETTINGS"


def check_count(action: str, count: int, most: int) -> None:
    """Hold the number of files against what an action takes."""
    if action == "from-frames" and count == 1:
        raise TooFewFiles(
            f"One picture makes no animation: expected 2 to {most} files for from-frames but "
            "received 1.",
            details=[{"field": "file", "expected": f"2 to {most} files", "received": "1"}],
        )
    if action != "from-frames" and count > 1:
        raise TooManyFiles(
            f"{action} works on one file: expected 1 but received {count}. Several become an "
            "animation with action=from-frames.",
            details=[{"field": "file", "expected": "1 file", "received": str(count)}],
        )


def check_delays(delays: list[int] | None, count: int) -> None:
    """Hold the number of times against that of the files."""
    if delays is not None and len(delays) != count:
        raise NotForTheseFiles(
            f"Expected one number in 'delays' for each of the {count} files but received "
            f"{len(delays)}.",
            details=[
                {
                    "field": "delays",
                    "expected": f"{count} numbers",
                    "received": f"{len(delays)} numbers",
                }
            ],
        )


def check_frame(field: str, number: int, count: int) -> None:
    """Refuse a frame behind the last one."""
    if number < count:
        return
    frames = f"{count} frames" if count > 1 else "one frame"
    expected = f"0 to {count - 1}" if count > 1 else "0"
    raise ToolError(
        f"The picture has {frames}: expected {expected} for '{field}' but received {number}.",
        code="NO_SUCH_FRAME",
        details=[{"field": field, "expected": expected, "received": str(number)}],
    )


@contextmanager
def about(file: InputFile) -> Iterator[None]:
    """Have an error name the file, one of several, that it is about."""
    try:
        yield
    except AshimError as error:
        error.message = f"{file.name}: {error.message}"
        raise
    except pyvips.Error as error:
        if "out of memory" in str(error):
            raise
        raise _damaged(file) from error


@contextmanager
def reading(file: InputFile, picture: Decoded) -> Iterator[None]:
    """Raise DecodeFailed where it is the file's fault that something can't be computed."""
    try:
        yield
    except pyvips.Error as error:
        try:
            check_readable(picture)
        except pyvips.Error:
            raise _damaged(file) from error
        raise


def check_readable(picture: Decoded) -> None:
    """Read all pixels; pyvips.Error for a file that is damaged."""
    for frame in picture.frames:
        frame.avg()


def _damaged(file: InputFile) -> DecodeFailed:
    return DecodeFailed(f"The picture '{file.name}' can't be decoded: it is damaged or cut off.")
