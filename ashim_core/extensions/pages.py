"""Pages that packages bring: folders of static files, and scripts for the forms of single tools."""

import re
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_MOUNT = re.compile(r"/|(?:/[A-Za-z0-9._~-]+)+/?")
_SCRIPT = re.compile(r"[A-Za-z0-9._-]+\.m?js")
_RESERVED = ("api", "assets")
INDEX = "index.html"
ASSETS = "/assets"
"""Where the files of all pages are, each page in a folder of its own."""


@dataclass(frozen=True)
class Site:
    """A page: static files, of which `index.html` answers for every address below its mount.

    name: of the folder of its files on the server, `/assets/<name>/`.
    folder: where they are; `index.html` must be among them.
    mount: the path that the page is at, `/` or `/name`; one site alone can have it.
    """

    name: str
    folder: Path
    mount: str = "/"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected a name in kebab-case, got {self.name!r}")
        if not _MOUNT.fullmatch(self.mount) or self.mount.split("/")[1] in _RESERVED:
            raise ValueError(f"expected a path such as / or /{self.name}, got {self.mount!r}")
        if not (self.folder / INDEX).is_file():
            raise ValueError(f"expected {INDEX} in {self.folder}")

    @property
    def path(self) -> str:
        """The mount without a slash at its end: empty for the root."""
        return self.mount.rstrip("/")


@dataclass(frozen=True)
class Panel:
    """A script for the page of a tool, which draws a part of its form.

    tool: the id of the tool.  folder: where its files are; on the server they are at
    `/assets/panel-<tool>/`.  script: the one of them that the page loads.
    """

    tool: str
    folder: Path
    script: str

    def __post_init__(self) -> None:
        if not _SCRIPT.fullmatch(self.script) or not (self.folder / self.script).is_file():
            raise ValueError(f"expected a script in {self.folder}, got {self.script!r}")

    @property
    def name(self) -> str:
        """Of the folder of its files on the server."""
        return f"panel-{self.tool.replace('/', '-')}"

    @property
    def path(self) -> str:
        """Where the script is on the server."""
        return f"{ASSETS}/{self.name}/{self.script}"
