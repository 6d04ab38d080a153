"""What a file tool gives: a picture, another file, many files, or a report."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args, get_origin, get_type_hints

PICTURE, FILES, FOLDERS, REPORT = "picture", "files", "folders", "report"
MANY = (FILES, FOLDERS)
"""What is answered as a ZIP."""
_WORDS = (PICTURE, FILES, FOLDERS, REPORT)

Declared = str | Sequence[str] | Callable[[Any], str]
"""One kind, all kinds that there may be, or a function of the settings that says which one.

Such a function says in its annotation what it may return: `-> Literal["picture", "report"]`.
"""


class Gives:
    """The kinds of results of a file tool.

    picture: one picture in one file.  report: no file, but JSON.
    files: many by nature, so the answer is a ZIP even if there happens to be one.
    folders: the same, and the folders in which they lie are in the ZIP, too.
    Anything with a slash: one file of that media type, such as `application/pdf`.

    kinds: all that there may be; empty where nothing was declared, so that it may be anything.
    """

    def __init__(self, declared: Declared) -> None:
        self._decide = declared if callable(declared) else None
        self.kinds = _kinds_of(declared)
        for kind in self.kinds:
            if kind not in _WORDS and "/" not in kind:
                raise ValueError(f"expected {', '.join(_WORDS)} or a media type, got {kind!r}")

    def kind(self, settings: Any) -> str | None:
        """Say what there will be with these settings; None if that is only seen afterwards."""
        if self._decide is not None:
            return self._decide(settings)
        return self.kinds[0] if len(self.kinds) == 1 else None


def _kinds_of(declared: Declared) -> tuple[str, ...]:
    if isinstance(declared, str):
        return (declared,)
    if not callable(declared):
        return tuple(declared)
    returned = get_type_hints(declared).get("return")
    if get_origin(returned) is not Literal:
        raise TypeError(
            f"expected {declared.__name__}() to say what it returns, such as "
            f'Literal["{PICTURE}", "{REPORT}"], got {returned!r}'
        )
    return tuple(get_args(returned))
