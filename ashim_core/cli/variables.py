"""Variables of the environment that somebody has set and that nothing reads."""

from collections.abc import Iterator

from ashim_core.extensions.loaded import Extensions
from ashim_core.variables import unknown_variables


def unread_lines(extensions: Extensions) -> Iterator[str]:
    """Say which there are, and what was meant. extensions: what reads some, too."""
    for name, near in unknown_variables(*extensions.configs).items():
        hint = f"; did you mean {near}?" if near else ""
        yield f"{name} is set, but nothing reads it{hint}"
