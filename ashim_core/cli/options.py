"""What the subcommands share: the configuration, and errors as one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from pydantic import ValidationError

from ashim_core.config import Config
from ashim_core.errors import AshimError, Detail
from ashim_core.store.database import StoreProblem


def load_config(**overrides: Any) -> Config:
    """Read the configuration; a wrong variable ends the command with one line about it."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Config(**given)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}, got {item['input']!r}"
            for item in error.errors()
        ]
        fail("The configuration is wrong. " + "; ".join(lines))
    except OSError as error:
        fail(f"The configuration is wrong. A file that a variable names can't be read: {error}")


def shown(path: Path) -> str:
    """Write a path for people: what of its bytes is no text becomes a replacement character."""
    return click.format_filename(path)


def fail(message: str) -> NoReturn:
    """End the command with one line."""
    raise click.ClickException(message)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn known errors into one line instead of a stack trace."""
    try:
        yield
    except AshimError as error:
        more = [f"  {item['field']}: expected {item['expected']}" for item in error.details[1:]]
        fail("\n".join([_sentence(error.message, error.details[:1]), *more]))
    except StoreProblem as error:
        fail(str(error))


def _sentence(message: str, first: list[Detail]) -> str:
    """Add what was expected to a message that doesn't say it."""
    expected = "".join(item.get("expected", "") for item in first)
    return message if expected in message else f"{message.rstrip('.')}: expected {expected}"
