"""A page at the root with whatever address below it, another one beside it, and a panel."""

from collections.abc import Iterable
from pathlib import Path

from ashim_core.extension import Panel, Site, hookimpl

_HERE = Path(__file__).parent


@hookimpl
def ashim_sites() -> Iterable[Site]:
    yield Site("toy", _HERE / "static", mount="/")
    yield Site("help", _HERE / "static", mount="/help")


@hookimpl
def ashim_panels() -> Iterable[Panel]:
    yield Panel("same", _HERE / "panel", "panel.js")
