"""Commands that packages add: entry points of the group `ashim.commands`.

Their names come from what is installed; nothing of a package is imported before its command is run.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from ashim_core.cli.database import opened
from ashim_core.cli.options import fail, load_config
from ashim_core.discovery import (
    COMMANDS_GROUP,
    Candidate,
    PluginProblem,
    candidates,
    imported,
    installed,
    left_out,
)
from ashim_core.offer import sources_of
from ashim_core.server.group import configured_extensions
from ashim_core.server.server import Server


def rows() -> list[tuple[str, str]]:
    """Name the commands of packages, each with the package."""
    return [(candidate.name, str(candidate.provenance)) for candidate in _candidates()]


def command(name: str) -> click.Command | None:
    """Give a command; None when no package has it. One that can't be used is told in a line."""
    found = next((candidate for candidate in _candidates() if candidate.name == name), None)
    if found is None:
        return None
    try:
        found.check()
        loaded = imported(found)
    except PluginProblem as problem:
        fail(f"'{name}' of {found.provenance} can't be used: {problem.reason}; {problem.next_step}")
    if not isinstance(loaded, click.Command):
        fail(f"'{name}' of {found.provenance} can't be used: it is no command of click.")
    return loaded


@contextmanager
def opened_server() -> Iterator[Server]:
    """Give the server of the configured data folder to a command; it may run meanwhile, or not.

    There is nothing of its work: no tools, jobs or library.
    """
    config = load_config()
    with opened(config) as store:
        yield Server(config, store, configured_extensions(config))


def _candidates() -> list[Candidate]:
    sources = sources_of(load_config())
    found = candidates(sources, COMMANDS_GROUP, installed())
    return [candidate for candidate in found if left_out(candidate, sources) is None]
