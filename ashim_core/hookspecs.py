"""Every hook that a plugin may implement."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from ashim_core.imaging.codec import Codec
    from ashim_core.tool import Tool

PROJECT = "ashim"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks the functions of a plugin that the core calls: see the hooks."""


@hookspec
def ashim_tools() -> "Iterable[Tool]":  # type: ignore[empty-body]
    """Yield the tools that a plugin offers, most often exactly one.

    Importing the module must be cheap: a heavy library belongs inside the function that needs it.

    Process: the server, the command line, and every worker. Called: once, when plugins are loaded.

    Example:

        @hookimpl
        def ashim_tools() -> Iterable[Tool]:
            yield ImageTool("negative", negative, NegativeSettings, category="adjustments")
    """


@hookspec
def ashim_codecs() -> "Iterable[Codec]":  # type: ignore[empty-body]
    """Yield the picture formats that a plugin reads, and may be writes.

    Its functions run in workers, behind the same gate and limits as the core's own decoders, and
    from then on every tool takes the format. Importing must be cheap, as for `ashim_tools`.

    Process: the server, the command line, and every worker. Called: once, when plugins are loaded.

    Example:

        @hookimpl
        def ashim_codecs() -> Iterable[Codec]:
            yield Codec("heif", "image/heif", "heic", recognise=is_heif, probe=probe, read=read)
    """
