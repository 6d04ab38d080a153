"""Addresses in a drawing: they lead to an element of it, or to a picture inside of it."""

import base64
import re

from ashim_core.svg.style import ID

_LOCAL = re.compile(ID)
_EMBEDDED = re.compile(
    r"data:image/(?:png|jpe?g|webp|gif);base64,([a-z0-9+/]++={0,2})", re.IGNORECASE | re.ASCII
)
_PICTURE = re.compile(
    rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpeg>\xff\xd8\xff)|(?P<gif>GIF8[79]a)|(?P<webp>RIFF....WEBP)",
    re.DOTALL,
)
_MAGIC_CHARACTERS = 16


def target(value: str, *, embedded: bool) -> str | None:
    """Give an address that leads nowhere else: an element of the drawing, or a picture inside."""
    target = value.strip()
    if _LOCAL.fullmatch(target):
        return target
    found = _EMBEDDED.fullmatch("".join(target.split())) if embedded else None
    if found is None or (format := _picture_format(found[1])) is None:
        return None
    return f"data:image/{format};base64,{found[1]}"


def _picture_format(text: str) -> str | None:
    """Name the format by the first bytes, whatever the address claims: it may be an SVG again."""
    if len(text) < _MAGIC_CHARACTERS or "=" in text[:_MAGIC_CHARACTERS]:
        return None
    head = base64.b64decode(text[:_MAGIC_CHARACTERS])
    found = _PICTURE.match(head)
    return found.lastgroup if found else None
