"""Which place a command line means: this machine, or the server that it names."""

from collections.abc import Sequence
from typing import Any

import click

from ashim_core.cli.flags import of_server
from ashim_core.cli.interrupt import ends_quietly
from ashim_core.cli.options import fail, load_config, readable_errors
from ashim_core.cli.place import Place
from ashim_core.installation import with_extra
from ashim_core.variables import client_variables


class PlaceGroup(click.Group):
    """A group whose commands run somewhere. `--server` and `--key` may stand anywhere behind it.

    What commands there are depends on the place, so it has to be known before they are read.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params += of_server()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = _Choice(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with ends_quietly():
            return super().invoke(ctx)


def place_of(ctx: click.Context) -> Place:
    """Give the place that the commands of a group work at."""
    choice = ctx.find_object(_Choice)
    if choice is None:
        raise RuntimeError("expected a command of a group that knows its place")
    return choice.place(ctx.find_root())


class _Choice:
    """What the words of a command line and the environment say; opened when it is used."""

    def __init__(self, words: Sequence[str]) -> None:
        server, key = client_variables()
        self._server = _last("--server", words, server)
        self._key = _last("--key", words, key)
        self._place: Place | None = None

    def place(self, ctx: click.Context) -> Place:
        """Open the place, once; it is closed with the context."""
        if self._place is None:
            with readable_errors():
                self._place = _there(self._server, self._key) if self._server else _here()
            ctx.call_on_close(self._place.close)
        return self._place


def _last(flag: str, words: Sequence[str], default: str) -> str:
    """Give the value of a flag wherever it stands; it has no other meaning anywhere."""
    value = default
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word == "--":
            break
        if word == flag:
            value = following
        elif word.startswith(f"{flag}="):
            value = word.partition("=")[2]
    return value


def _here() -> Place:
    # Heavy, and of no use where a server does the work.
    from ashim_core.cli.here import Here  # noqa: PLC0415

    return Here(load_config())


def _there(server: str, key: str) -> Place:
    # Not needed for work on this machine, where what it imports may not be installed.
    try:
        from ashim_core.cli.there import There  # noqa: PLC0415
        from ashim_core.client.address import parse  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        fail(f"--server needs httpx: {with_extra('client')}")
    return There(parse(server), key or None)
