"""Kinds of what plugins contribute, and the groups of entry points that plugins are found by."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar

from ashim_core.discovery.fate import Plugin, PluginProblem

ThingT = TypeVar("ThingT")
PlaceT = TypeVar("PlaceT")


@dataclass(frozen=True)
class Kind(Generic[ThingT, PlaceT]):
    """One kind of what plugins contribute, and all that discovery has to know of it.

    hook: the function that yields it. is_one: tells it from anything else.
    otherwise, remedy: what is said of anything else, and what to yield in its place.
    names: all that one of them is called; no other one may be.
    repeated, of_its_own: what such a name is called, and what to do about one that comes twice.
    taken: says which plugin before this one has taken its place, if any has.
    add: adds one to where all of them are, and notes it on its plugin.
    """

    hook: str
    is_one: Callable[[object], bool]
    otherwise: str
    remedy: str
    names: Callable[[ThingT], Iterable[str]]
    repeated: str
    of_its_own: str
    taken: Callable[[ThingT, PlaceT, Plugin], PluginProblem | None]
    add: Callable[[ThingT, PlaceT, Plugin], None]

    def checked(self, things: list[Any]) -> list[ThingT]:
        """Give what one module has yielded; PluginProblem when it can't be used as a whole."""
        for thing in things:
            if not self.is_one(thing):
                raise PluginProblem(
                    f"{self.hook}() yielded {thing!r}, which is {self.otherwise}", self.remedy
                )
        names = [name for thing in things for name in self.names(thing)]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise PluginProblem(
                f"it offers the {self.repeated} '{min(repeated)}' twice", self.of_its_own
            )
        return things


@dataclass(frozen=True)
class Group:
    """A group of entry points, and what a module that one of them names may implement.

    patience_s: how long a hook may take, in seconds, where somebody waits for it.

    hooks: the module of its hooks. kinds: those of them that are asked once, while plugins are
    loaded; all others are functions that are called when their time has come.
    """

    name: str
    hooks: ModuleType
    kinds: tuple[Kind[Any, Any], ...]
    patience_s: float = math.inf

    @property
    def hook_names(self) -> list[str]:
        """Name all hooks, in their order."""
        return [name for name in vars(self.hooks) if name.startswith("ashim_")]
