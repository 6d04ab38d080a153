"""What a tool needs that Python doesn't bring."""

import shutil
from dataclasses import dataclass
from typing import Protocol

from ashim_core.host import Host
from ashim_core.installation import with_program


class Requirement(Protocol):
    """Something outside of Python that a tool needs at run time."""

    def missing(self, host: Host) -> str | None:
        """Say what is missing and the command that mends it; None when it is there."""


@dataclass(frozen=True)
class Program:
    """A program on the PATH, and the system package that brings it."""

    name: str
    package: str

    def missing(self, host: Host) -> str | None:
        if shutil.which(self.name):
            return None
        return f"the program '{self.name}' is not installed; try: {with_program(self.package)}"
