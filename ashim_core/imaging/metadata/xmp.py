"""XMP: properties in XML, read for people, and rid of those that say where.

Source of the layout: ISO 16684-1.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_MOST = 1024 * 1024
_MOST_VALUES = 500
_MOST_TEXT = 1000
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIX = re.compile(rb"xmlns:([\w.-]{1,40})\s*=\s*[\"']([^\"'<>]{1,200})[\"']")
_CONTAINERS = (f"{_RDF}Seq", f"{_RDF}Bag", f"{_RDF}Alt")

_PLACE = rb"(?i:gps\w*|latitude|longitude|(?:absolute|relative)?altitude)"
"""What properties are called that say where, by EXIF and by makers of cameras and drones."""
_ATTRIBUTE = re.compile(rb"\s[\w.-]+:" + _PLACE + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ELEMENT = re.compile(rb"<([\w.-]+:" + _PLACE + rb")(?=[\s/>])[^<>]*>")


def names_place(packet: bytes) -> bool:
    """Say whether a property says where, or whether that can't be told."""
    return (
        len(packet) > _MOST
        or b"\0" in packet
        or bool(_ATTRIBUTE.search(packet) or _ELEMENT.search(packet))
    )


def without_place(packet: bytes) -> bytes | None:
    """Blank the properties that say where; the length stays. None if all of it has to go.

    What is too long, or is not written as almost all of it is, in UTF-8, can't be told apart.
    """
    if len(packet) > _MOST or b"\0" in packet:
        return None
    left = bytearray(_ATTRIBUTE.sub(lambda found: b" " * len(found[0]), packet))
    at = 0
    while found := _ELEMENT.search(left, at):
        end = found.end()
        if not found[0].endswith(b"/>"):
            closing = re.compile(rb"</" + re.escape(found[1]) + rb"\s*>").search(left, end)
            if closing is None:
                return None
            end = closing.end()
        left[found.start() : end] = b" " * (end - found.start())
        at = end
    return bytes(left)


def values(packet: bytes) -> dict[str, Any] | None:
    """Give the properties by their names, such as dc:title; None if they can't be read."""
    if len(packet) > _MOST:
        return None
    try:
        root = fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    prefixes = {uri.decode("utf-8", "replace"): name.decode() for name, uri in _named(packet)}
    found: dict[str, Any] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, text in description.attrib.items():
            if not name.startswith(_RDF):
                found.setdefault(_short(name, prefixes), text[:_MOST_TEXT])
        for child in description:
            value = _value(child)
            if value:
                found.setdefault(_short(child.tag, prefixes), value)
    return dict(list(found.items())[:_MOST_VALUES])


def _named(packet: bytes) -> list[tuple[bytes, bytes]]:
    return _PREFIX.findall(packet)


def _short(name: str, prefixes: dict[str, str]) -> str:
    """Write a name with the prefix that it has in the packet."""
    uri, _, local = name.removeprefix("{").rpartition("}")
    return f"{prefixes.get(uri, uri)}:{local}"[:200] if uri else local[:200]


def _value(element: Element) -> Any:
    """Give the text of a property, or its texts if it is a list; None for structures."""
    for child in element:
        if child.tag in _CONTAINERS:
            items = [(item.text or "").strip()[:_MOST_TEXT] for item in child]
            texts = [text for text in items if text][:_MOST_VALUES]
            return texts[0] if child.tag.endswith("Alt") and texts else texts
    return (element.text or "").strip()[:_MOST_TEXT] or None
