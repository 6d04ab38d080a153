"""How much a drawing makes a renderer do, told before it does any of it.

A few elements that use one another can stand for a billion, and a few letters of Base64 for a
picture of any size. Both are counted here, in a drawing that was made harmless.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import pyvips
from defusedxml.sax import parseString

from ashim_core.plugin import TooComplex

MOST_DRAWN = 500_000
"""Elements, each as often as it is drawn."""
MOST_EMBEDDED = 50_000_000
"""Pixels of all pictures in a drawing, each as often as it is drawn."""
MOST_LETTERS = 20_000
"""Of all texts: to lay them out takes as long as the square of that."""
MOST_OCTAVES = 16
"""Of noise: finer ones than that are smaller than what 8 bits can show."""

_FAR = 10**12
_REFERENCE = re.compile(r"url\(\s*[\"']?#([^\"')]+)")
_NUMBER = re.compile(r"[+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_LONGEST = 40
_EMBEDDED = re.compile(r"data:image/(png|jpeg|gif|webp);base64,(.*)", re.DOTALL)
_LOADERS: dict[str, Callable[[bytes], pyvips.Image]] = {
    "png": pyvips.Image.pngload_buffer,
    "jpeg": pyvips.Image.jpegload_buffer,
    "gif": pyvips.Image.gifload_buffer,
    "webp": pyvips.Image.webpload_buffer,
}


@dataclass
class _Element:
    """One element. pixels: of the picture that it shows."""

    children: list["_Element"] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    pixels: int = 0


class _Reader(ContentHandler):
    """Builds a tree of what counts: which element is in which, and refers to which."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Element()
        self.named: dict[str, _Element] = {}
        self.letters = 0
        self.octaves = 0
        self._open = [self.root]
        self._in_style = False
        self._everywhere: list[str] = []
        self._all: list[_Element] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's
        """Note an element and what it refers to."""
        element = _Element()
        self._open[-1].children.append(element)
        self._open.append(element)
        self._all.append(element)
        self._in_style = name == "style"
        self.octaves = max(self.octaves, _whole(attrs.get("numOctaves", "0")))
        for key, value in attrs.items():
            if key == "id":
                self.named.setdefault(value, element)
            elif key == "href" and value.startswith("#"):
                element.targets.append(value[1:])
            elif key == "href":
                element.pixels = _pixels(value)
            else:
                element.targets += _REFERENCE.findall(value)

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser's
        """Close it."""
        self._open.pop()
        self._in_style = False

    def characters(self, content: str) -> None:
        """Count letters, and note what a style sheet refers to: any element may be meant."""
        if self._in_style:
            self._everywhere += _REFERENCE.findall(content)
        else:
            self.letters += len(content)

    def endDocument(self) -> None:  # noqa: N802 - the parser's
        """Have every element refer to what style sheets do."""
        if self._everywhere:
            for element in self._all:
                element.targets += self._everywhere


def check_effort(data: bytes) -> bool:
    """Refuse a drawing that would take too long: TooComplex. Says whether there is text in it.

    data: what `clean_svg` gives.
    """
    reader = _Reader()
    parseString(data, reader)
    drawn, pixels = _counted(reader)
    if reader.letters > MOST_LETTERS:
        raise TooComplex(
            f"The SVG has {reader.letters} letters of text: expected at most {MOST_LETTERS}."
        )
    if reader.octaves > MOST_OCTAVES:
        raise TooComplex(
            f"The SVG has noise of {reader.octaves} octaves: expected at most {MOST_OCTAVES}."
        )
    if drawn > MOST_DRAWN:
        raise TooComplex(
            f"The SVG draws more than {MOST_DRAWN} elements, as some use others: expected fewer."
        )
    if pixels > MOST_EMBEDDED:
        raise TooComplex(
            f"The pictures in the SVG have more than {MOST_EMBEDDED / 1e6:.0f} megapixels in all, "
            "each as often as it is drawn: expected fewer."
        )
    return reader.letters > 0


def _counted(reader: _Reader) -> tuple[int, int]:
    """Count elements and pixels as often as they are drawn; what uses itself is drawn once.

    Every element is visited once, when all that it holds and uses is known.
    """
    known: dict[int, tuple[int, int]] = {}
    begun: set[int] = set()
    stack = [reader.root]
    while stack:
        element = stack[-1]
        parts = [*element.children, *_used(element, reader)]
        if id(element) in begun:
            stack.pop()
            if id(element) not in known:
                counts = [known.get(id(part), (0, 0)) for part in parts]
                # Beyond what is allowed, numbers would only get longer and longer.
                known[id(element)] = (
                    min(1 + sum(count for count, _ in counts), MOST_DRAWN + 1),
                    min(element.pixels + sum(pixels for _, pixels in counts), _FAR),
                )
            continue
        begun.add(id(element))
        stack += [part for part in parts if id(part) not in begun]
    return known[id(reader.root)]


def _used(element: _Element, reader: _Reader) -> Iterator[_Element]:
    return (reader.named[name] for name in element.targets if name in reader.named)


def _pixels(address: str) -> int:
    """Read how large an embedded picture is; what can't be read isn't drawn."""
    found = _EMBEDDED.fullmatch(address)
    if found is None:
        return 0
    try:
        image = _LOADERS[found[1]](base64.b64decode(found[2]))
    except (pyvips.Error, ValueError):
        return 0
    return int(image.width * image.height)


def _whole(text: str) -> int:
    """Read a whole number as renderers do; what is none counts as nothing."""
    found = _NUMBER.match(text.strip()[:_LONGEST])
    return round(float(found[0])) if found and float(found[0]) < _FAR else _FAR * bool(found)
