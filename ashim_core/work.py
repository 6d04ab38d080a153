"""What a tool has in its hands while it works, besides what it works on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ashim_core.model import Models


@dataclass(frozen=True)
class Work:
    """The one handle of every tool: what it may say, and ask, while it is at work.

    progress: `(percent from 0 to 100, message)`.
    cancelled: True once nobody waits for the result any more.
    note: tells people something about the result, besides what the core tells of losses.
    tell: `(**facts)`, facts about the result for programs, such as `tell(pages=3)`: they stand
        beside its files in the JSON answer. Values are JSON; names are written as they are given.
        Facts of later frames, and of later steps, take the place of those of the same name.
    extra: `(name)`, a file that the tool has declared as one of its `extras`; None if it didn't
        come. A picture tool gets the picture in the form in which its function takes pictures, of
        an animation the first frame; a file tool gets the `InputFile`.
    models: `models.path(name)`, the file of a model that the tool has declared as one of its
        `models`; with a second argument, another file of it.
    """

    progress: Callable[[float, str], None]
    cancelled: Callable[[], bool]
    note: Callable[[str], None]
    tell: Callable[..., None]
    extra: Callable[[str], Any]
    models: Models
