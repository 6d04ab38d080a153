"""What tools say while they work on one result: notes for people, facts for programs."""

from collections.abc import Callable
from typing import Any

from ashim_core.engine.above import Above
from ashim_core.engine.report import sound_facts
from ashim_core.host import NOWHERE, Host
from ashim_core.model import Models
from ashim_core.tool import Tool
from ashim_core.work import Work


class Said:
    """Collects it from the tools of a run.

    notes: in the order in which they were said.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._facts: list[tuple[Tool, dict[str, Any]]] = []

    def work(
        self, tool: Tool, above: Above, extra: Callable[[str], Any], host: Host = NOWHERE
    ) -> Work:
        """Give a tool the handle by which it says something. extra: what has come, by name."""
        facts: dict[str, Any] = {}
        self._facts.append((tool, facts))
        return Work(
            progress=above.progress,
            cancelled=above.cancelled,
            note=self.notes.append,
            tell=facts.update,
            extra=_declared(tool, extra),
            models=Models(tool.models, host),
        )

    def facts(self) -> dict[str, Any] | None:
        """Give all facts, the later ones in place of earlier ones; PluginFailure if not JSON."""
        found: dict[str, Any] = {}
        for tool, facts in self._facts:
            found |= sound_facts(tool, facts) or {}
        return found or None


def _declared(tool: Tool, extra: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let a tool have its own extra files only, and tell its author of a slip."""
    names = [item.name for item in tool.extras]

    def get(name: str) -> Any:
        if name not in names:
            raise KeyError(f"expected one of the extra files that {tool.id} declares, got {name!r}")
        return extra(name)

    return get
