"""The words that all generated pages are made of."""

import json

NOTICE = (
    "<!-- Written by docs/_make/generate.py from the code. "
    "Change the code, then run ./run docs. -->"
)


def page(title: str, introduction: str, *lines: str) -> str:
    """Write a whole page."""
    return "\n".join([NOTICE, "", f"# {title}", "", introduction, "", *lines]).rstrip() + "\n"


def code(value: object) -> str:
    """Write a value as JSON in code letters; nothing where there is none."""
    return "" if value is None else f"`{json.dumps(value)}`"


def fenced(text: str, language: str) -> list[str]:
    """Put text into a code block."""
    return [f"```{language}", *text.splitlines(), "```"]


def listed(items: list[str], last: str = "and") -> str:
    """Join a few words as one says them: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sentence(text: str) -> str:
    """End a text with a full stop, unless it ends a sentence."""
    return text if text.endswith((".", "?")) else f"{text}."


def one_line(text: str) -> str:
    """Write a text of several lines as one."""
    return " ".join(text.split())
