"""Patterns of file names: text with placeholders, read by a scanner that knows nothing else."""

from collections.abc import Iterator, Mapping
from typing import Literal

Placeholder = Literal["n", "padded", "date", "original"]

PLACEHOLDERS: Mapping[str, Placeholder] = {
    "n": "n",
    "index": "n",
    "padded": "padded",
    "date": "date",
    "original": "original",
}

Part = tuple[Literal["text"], str] | tuple[Literal["placeholder"], Placeholder]


def parts(pattern: str) -> list[Part]:
    """Take a pattern apart; ValueError says what is wrong and where, counted from 1.

    A placeholder stands in one pair of braces or in two.
    """
    return list(_parts(pattern))


def _parts(pattern: str) -> Iterator[Part]:
    at = 0
    while at < len(pattern):
        opening = pattern.find("{", at)
        text = pattern[at:] if opening < 0 else pattern[at:opening]
        if "}" in text:
            raise ValueError(f"a '{{' before the '}}' at position {at + text.index('}') + 1}")
        if text:
            yield "text", text
        if opening < 0:
            return
        braces = 2 if pattern.startswith("{{", opening) else 1
        closing = pattern.find("}" * braces, opening)
        if closing < 0:
            raise ValueError(f"a '{'}' * braces}' for the '{{' at position {opening + 1}")
        yield "placeholder", _placeholder(pattern[opening + braces : closing], opening + 1)
        at = closing + braces


def _placeholder(name: str, position: int) -> Placeholder:
    if name not in PLACEHOLDERS:
        known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
        raise ValueError(f"one of {known} instead of '{{{name}}}' at position {position}")
    return PLACEHOLDERS[name]


def filled(pattern: list[Part], values: Mapping[Placeholder, str]) -> str:
    """Put values in the places of the placeholders."""
    return "".join(values[part[1]] if part[0] == "placeholder" else part[1] for part in pattern)
