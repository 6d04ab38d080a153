"""Variables of the environment that somebody has set and that nothing reads."""

from collections.abc import Iterator

from ashim_core.variables import unknown_variables


def unread_lines() -> Iterator[str]:
    """Say which there are, and what was meant."""
    for name, near in unknown_variables().items():
        hint = f"; did you mean {near}?" if near else ""
        yield f"{name} is set, but nothing reads it{hint}"
