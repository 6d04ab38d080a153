"""Extra files: what a tool takes besides the files that it works on."""

import re
from dataclasses import dataclass

from ashim_core.ids import FIELD_PATTERN

_RESERVED = frozenset(
    {
        *("clientJobId", "file", "fileId", "files", "manifest", "pipeline", "pipelineId"),
        *("settings", "steps", "stream", "strict"),
    }
)
"""What the fields of a form mean to the core itself."""


@dataclass(frozen=True)
class Extra:
    """A file that a tool takes besides those it works on: the same one for every file of a batch.

    name: the field that it comes in, such as `mask`.
    required: the tool can't run without it.
    description: what it is for, a sentence for people.
    """

    name: str
    required: bool = True
    description: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(FIELD_PATTERN, self.name) or self.name in _RESERVED:
            raise ValueError(f"expected the name of a field such as 'mask', got {self.name!r}")
