"""What a tool says of a model that it loads: its files, and the terms that come with them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ashim_core.errors import ModelNotInstalled
from ashim_core.host import Host

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ModelFile:
    """One file of a model.

    name: under which it is kept.  size: in bytes.  sha256: of its content, in hexadecimal.
    url: where its publisher offers it, at a fixed version.
    """

    name: str
    size: int
    sha256: str
    url: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected the name of a file, got {self.name!r}")
        if self.size < 1:
            raise ValueError(f"expected the size of {self.name} in bytes, got {self.size}")
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"expected the SHA-256 of {self.name}, got {self.sha256!r}")


@dataclass(frozen=True)
class ModelSpec:
    """A model that tools load, under the name by which its users know it.

    license: of the weights, as an SPDX identifier where there is one.
    commercial: whether they may be used for profit; `grey` where their licence allows it and that
        of what they were trained with may not.
    """

    name: str
    files: Sequence[ModelFile]
    license: str
    commercial: Literal["yes", "no", "grey"] = "yes"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected the name of a model, got {self.name!r}")
        if not self.files:
            raise ValueError(f"expected the model {self.name} to have files")

    @property
    def size(self) -> int:
        """Give the bytes of all its files."""
        return sum(file.size for file in self.files)

    def path(self, models: Path, file: str = "") -> Path:
        """Say where a file of it lies in the folder of models; by default its first one.

        ValueError if it has no such file.
        """
        names = [item.name for item in self.files]
        if file and file not in names:
            raise ValueError(f"expected a file of {self.name}, {', '.join(names)}, got {file!r}")
        return models / self.name / (file or names[0])

    def missing(self, host: Host) -> str | None:
        """Say what is missing of it and how it gets there; None when all of it is there."""
        lacking = list(self._lacking(host))
        if not lacking:
            return None
        terms = f"{self.size / _MEGABYTE:.1f} MB, {self.license}"
        if self.commercial == "no":
            terms += ", not for commercial use"
        where = "; ".join(f"{file.name} from {file.url}" for file in lacking)
        return (
            f"the model '{self.name}' ({terms}) is not installed; put into "
            f"models/{self.name} of the data folder: {where}"
        )

    def _lacking(self, host: Host) -> Iterator[ModelFile]:
        for file in self.files:
            path = self.path(host.models, file.name) if host.models else None
            # A pointer of Git LFS, or half a download, is not the file.
            if path is None or not path.is_file() or path.stat().st_size != file.size:
                yield file


class Models:
    """The models of one tool, on the machine where it is at work."""

    def __init__(self, specs: Sequence[ModelSpec], host: Host) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._host = host

    def path(self, name: str, file: str = "") -> Path:
        """Give the path of a file of a model that the tool declares; by default its first one.

        ModelNotInstalled if it isn't there, KeyError if the tool doesn't declare it.
        """
        if name not in self._specs:
            names = ", ".join(self._specs) or "none"
            raise KeyError(f"expected one of the models that the tool declares ({names}): {name!r}")
        spec = self._specs[name]
        if reason := spec.missing(self._host):
            raise ModelNotInstalled(f"A model is missing: {reason}.")
        return spec.path(self._host.models or Path(), file)
