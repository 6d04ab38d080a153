"""CSS: the declarations and rules that name no address and hide nothing."""

import re
from collections.abc import Iterator

from ashim_core.svg.vocabulary import CSS_PROPERTIES, FUNCTIONS

ID = r"#[^\s\"'()<>\\;{}@]++"
_VALUE = re.compile(
    r"(?:[\w#%.+-]++(?!\()|[\s,*!)]++|/(?!\*)"
    r"|\"[^\"()<>\\;{}@\n\r\f]*+\"|'[^'()<>\\;{}@\n\r\f]*+'"
    rf"|url\(\s*+(?:{ID}|\"{ID}\"|'{ID}')\s*+\)"
    rf"|(?:{'|'.join(sorted(FUNCTIONS))})\()*+",
    re.IGNORECASE,
)
"""CSS that names no address: known functions, strings, words and numbers, and no escapes."""

_SELECTOR = re.compile(
    r"(?:[\w\s.#*>+~:,-]|\([\w\s.#*>+~:,-]*+\)"
    r"|\[[\w-]++(?:[~|^$*]?=(?:[\w-]++|\"[\w\s.#-]*+\"|'[\w\s.#-]*+'))?\])++"
)
UNREAD = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CSS_MARK = re.compile(r"[{};]")
_AT = re.compile(r"\s*+@")
_DECLARATION = re.compile(r"(?<![^;])\s*+([\w-]++)\s*+:([^;]++)")


def harmless(value: str) -> bool:
    """Tell whether a CSS value names no address, hides nothing, and ends where it seems to."""
    return bool(_VALUE.fullmatch(value)) and value.count("(") == value.count(")")


def declarations(text: str) -> str:
    """Keep the CSS declarations that are harmless."""
    kept = []
    for name, value in _DECLARATION.findall(text):
        own = name.startswith("--")
        property = name if own else name.lower()
        if (own or property in CSS_PROPERTIES) and value.strip() and harmless(value):
            kept.append(f"{property}:{value.strip()}")
    return ";".join(kept)


def stylesheet(text: str) -> str:
    """Keep the rules that style elements; all that begins with @ is left out."""
    kept = []
    for selector, body in _rules(text):
        harmless_part = declarations(body)
        if harmless_part and _SELECTOR.fullmatch(selector):
            kept.append(f"{selector}{{{harmless_part}}}")
    return "\n".join(kept)


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Split CSS into selectors and what is in their braces; what nests is left out."""
    start, depth, nests, selector = 0, 0, False, ""
    statement = bool(_AT.match(text))
    for mark in _CSS_MARK.finditer(text):
        if mark[0] == "{":
            if not depth:
                selector, start, nests = text[start : mark.start()], mark.end(), False
            nests, depth = nests or depth > 0, depth + 1
            continue
        if mark[0] == "}" and depth:
            depth -= 1
            if not depth and not nests:
                yield selector.strip(), text[start : mark.start()]
        if not depth and (mark[0] == "}" or statement):
            start = mark.end()
            statement = bool(_AT.match(text, start))
    if depth == 1 and not nests:
        yield selector.strip(), text[start:]
