"""Folders of plugins and pictures for tests of commands that run tools."""

import shutil
from pathlib import Path

from ashim_core.testing import sample
from ashim_core.testing.samples import scene
from tests.conftest import DATA

DAMAGED = b"no picture at all"
_NO_PICTURE = (
    "Invalid image: the content is not a picture in any known format "
    "(expected one of jpeg, png, webp, avif, tiff, gif)."
)


def complaint(path: Path) -> str:
    """Give the line that names a file which is no picture."""
    return f"{path}: {_NO_PICTURE}"


def plugins_in(folder: Path) -> Path:
    """Make a folder with tools of every shape: well-behaved, naughty, telling, and reporting."""
    folder.mkdir()
    for name in ("plain", "naughty", "darkroom"):
        shutil.copyfile(DATA / f"{name}.py", folder / f"{name}.py")
    shutil.copyfile(Path(__file__).with_name("weigh.py"), folder / "weigh.py")
    return folder


def picture(path: Path, width: int = 48) -> Path:
    """Write a PNG of a width to tell it by."""
    path.parent.mkdir(exist_ok=True)
    scene(width, 32).pngsave(str(path))
    return path


def damaged(path: Path) -> Path:
    """Write what is no picture."""
    path.write_bytes(DAMAGED)
    return path


def jpeg_named(path: Path) -> Path:
    """Write a JPEG under a name that says something else."""
    path.write_bytes(sample("jpeg"))
    return path


def folder(path: Path) -> Path:
    """Make a folder for results."""
    path.mkdir()
    return path


def names_in(path: Path) -> list[str]:
    """Name everything in a folder, hidden files as well."""
    return sorted(item.name for item in path.iterdir())
