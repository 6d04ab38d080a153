"""Whose the data folder is: other users of the machine have no business with people's pictures."""

import os
import stat
from pathlib import Path

_ALL = 0o777


def make_private(folder: Path, umask: str) -> None:
    """Make the folder if it isn't there, and have this process write for whom `umask` allows.

    umask: in octal, as in chmod(1). A folder of somebody else stays as it is.
    Raises OSError when it can't be made.
    """
    hidden = int(umask, 8)
    os.umask(hidden)
    folder.mkdir(parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & hidden:
        folder.chmod(stat.S_IMODE(found.st_mode) & (_ALL & ~hidden))
