"""The command `ashim` as a test runs it, and the database that it works on."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from click.testing import CliRunner, Result

from ashim_core.cli.main import main
from ashim_core.config import Config
from ashim_core.identity.records import Login
from ashim_core.identity.service import Identity
from ashim_core.identity.sessions import Begun, Visitor
from ashim_core.server.build import open_data
from ashim_core.store.database import Store

PASSWORD = "correct horse staple"
OTHER_PASSWORD = "battery pony paperclip"


def ashim(*arguments: object, typed: str | bytes | None = None) -> Result:
    """Run a command in this process; `typed` is what standard input holds."""
    return CliRunner().invoke(main, [str(item) for item in arguments], input=typed)


def done(*arguments: object, typed: str | None = None) -> Result:
    """Run a command that must succeed."""
    result = ashim(*arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result


def refusal(*arguments: object, typed: str | None = None) -> str:
    """Run a command that must fail with one line and nothing else; give the line."""
    result = ashim(*arguments, typed=typed)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    lines = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")


@contextmanager
def database() -> Iterator[Store]:
    """Open the database that the environment names."""
    with closing(open_data(Config())) as store:
        yield store


@contextmanager
def identity(**config: Any) -> Iterator[Identity]:
    """Give the accounts in it."""
    with database() as store:
        yield Identity(store, Config(**config))


def login(name: str, password: str) -> Begun:
    """Sign in, as from this machine."""
    with identity() as people:
        return people.sessions.login(
            Login(username=name, password=password), Visitor("127.0.0.1", direct=True)
        )
