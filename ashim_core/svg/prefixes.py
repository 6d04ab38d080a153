"""The namespaces of a drawing, by their prefixes."""

from collections.abc import Mapping


class Prefixes:
    """Which namespace a prefix stands for; "" is the prefix of names without one."""

    def __init__(self) -> None:
        self._namespaces: dict[str, list[str]] = {}

    def declare(self, attributes: Mapping[str, str]) -> list[str]:
        """Note what an element declares; `forget` takes what this gives."""
        declared = []
        for name, value in attributes.items():
            first, _, rest = name.partition(":")
            if first == "xmlns":
                self._namespaces.setdefault(rest, []).append(value)
                declared.append(rest)
        return declared

    def forget(self, declared: list[str]) -> None:
        """Take back what an element declared, at its end."""
        for prefix in declared:
            self._namespaces[prefix].pop()

    def namespace(self, prefix: str) -> str | None:
        """Give the namespace: "" for none, and None for a prefix that nobody declared."""
        if declared := self._namespaces.get(prefix):
            return declared[-1]
        return None if prefix else ""
