"""What the parser finds in a drawing, and of that what may stay, written anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import escape
from xml.sax.xmlreader import AttributesImpl

from ashim_core.errors import InvalidImage
from ashim_core.svg.limits import (
    MAX_ATTRIBUTES,
    MAX_DECLARATIONS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    too_complex,
)
from ashim_core.svg.prefixes import Prefixes
from ashim_core.svg.references import target
from ashim_core.svg.sizes import size_of
from ashim_core.svg.style import UNREAD, declarations, harmless, stylesheet
from ashim_core.svg.vocabulary import (
    ATTRIBUTES,
    ELEMENTS,
    LEAVES,
    NO_ALTERNATIVES,
    PICTURES,
    POINTING,
    PROPERTIES,
    SVG,
    TEXTS,
    UNWRAPPED,
    XLINK,
)


@dataclass(slots=True)
class _Open:
    """An element that hasn't ended.

    name: as it came, without its prefix.
    tag: as it is written, or "" for one that only its content is written of.
    words: whether text in it is drawn, or read.
    chosen: of a `switch`, whether it has what it shows.
    """

    name: str
    tag: str
    declared: list[str]
    words: bool
    attributes: dict[str, str]
    chosen: bool = False
    css: list[str] = field(default_factory=list)


class Drawing(ContentHandler):
    """Takes what the parser finds, and writes what may stay."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.size: tuple[int | None, int | None] = (None, None)
        self._prefixes = Prefixes()
        self._plain = ""
        self._open: list[_Open] = []
        self._elements = self._depth = self._dropped = self._declarations = 0
        self._tag_is_open = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's
        """Count the element, and write its start, or begin to drop it."""
        self._count(len(attrs))
        if self._dropped:
            self._dropped += 1
            return
        given = dict(attrs.items())
        declared = self._prefixes.declare(given)
        tag = self._svg_name(name)
        attributes = self._attributes(tag, given)
        if not self._open:
            self._begin(tag, given)
        elif not self._stays(tag, given, attributes):
            self._prefixes.forget(declared)
            self._dropped = 1
            return
        self._enter(tag, attributes, declared)

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser's
        """Write the end of what was written, however the parser calls it."""
        self._depth -= 1
        if self._dropped:
            self._dropped -= 1
            return
        element = self._open.pop()
        self._prefixes.forget(element.declared)
        if element.tag == "style":
            self._write_style(element)
        elif element.tag and self._tag_is_open:
            self._write("/>")
            self._tag_is_open = False
        elif element.tag:
            self._write(f"</{element.tag}>")

    def characters(self, content: str) -> None:
        """Keep text where text is drawn, or tells what the drawing is."""
        if self._dropped or not self._open[-1].words:
            return
        if self._open[-1].tag == "style":
            self._open[-1].css.append(content)
        else:
            self._end_tag()
            self._write(_escaped(content))

    def _count(self, attributes: int) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS:
            raise too_complex("too many elements", MAX_ELEMENTS)
        if self._depth > MAX_DEPTH:
            raise too_complex("elements nested too deep", MAX_DEPTH)
        if attributes > MAX_ATTRIBUTES:
            raise too_complex(f"an element of {attributes} attributes", MAX_ATTRIBUTES)

    def _readable(self, css: str) -> str:
        """Give CSS without comments, if there isn't too much of it."""
        self._declarations += css.count(";") + css.count("{")
        if self._declarations > MAX_DECLARATIONS:
            raise too_complex("too many declarations of style", MAX_DECLARATIONS)
        return UNREAD.sub(" ", css)

    def _begin(self, tag: str, given: Mapping[str, str]) -> None:
        """See that it is an SVG. Those cut out of a page have no namespace, and mean this one."""
        if tag != "svg":
            raise InvalidImage("The XML is no SVG: expected a root element 'svg'.")
        self.size = size_of(given)

    def _svg_name(self, name: str) -> str:
        """Give the name of an SVG element that may stay, "" for every other."""
        prefix, _, local = name.rpartition(":")
        namespace = self._prefixes.namespace(prefix)
        if not self._open:
            self._plain = namespace if namespace == "" else SVG
        return local if namespace in {SVG, self._plain} and local in ELEMENTS else ""

    def _stays(self, tag: str, given: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
        parent = self._open[-1]
        if not tag or parent.name in LEAVES:
            return False
        if tag == "feImage" and "href" not in attributes:
            return False
        if tag == "style" and given.get("type", "").strip().lower() not in {"", "text/css"}:
            return False
        return parent.name != "switch" or _chosen(parent, tag, given)

    def _attributes(self, tag: str, given: Mapping[str, str]) -> dict[str, str]:
        """Give the attributes that may stay."""
        kept: dict[str, str] = {}
        for name, value in given.items():
            prefix, _, local = name.rpartition(":")
            if local == "href" and (not prefix or self._prefixes.namespace(prefix) == XLINK):
                to = target(value, embedded=tag in PICTURES)
                if to and tag in POINTING and (not prefix or "href" not in given):
                    kept["href"] = to
            elif name == "style":
                if css := declarations(self._readable(value)):
                    kept["style"] = css
            elif name in ATTRIBUTES or (name in PROPERTIES and harmless(value)):
                kept[name] = value
        return kept

    def _enter(self, name: str, attributes: dict[str, str], declared: list[str]) -> None:
        within_words = bool(self._open) and self._open[-1].words
        words = name in TEXTS or name in LEAVES or (name == "a" and within_words)
        tag = name
        if name in UNWRAPPED:
            # What is set on it holds for all that it contains.
            tag = ("tspan" if within_words else "g") if attributes else ""
        self._open.append(_Open(name, tag, declared, words, attributes))
        if tag and tag != "style":
            self._write_start(tag, attributes)

    def _write_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._end_tag()
        root = f' xmlns="{SVG}"' if not self.written else ""
        values = (f' {name}="{_quoted(value)}"' for name, value in attributes.items())
        self._write(f"<{tag}{root}{''.join(values)}")
        self._tag_is_open = True

    def _write_style(self, element: _Open) -> None:
        if css := stylesheet(self._readable("".join(element.css))):
            self._write_start(element.tag, element.attributes)
            self._end_tag()
            self._write(f"{_escaped(css)}</style>")

    def _end_tag(self) -> None:
        if self._tag_is_open:
            self._write(">")
            self._tag_is_open = False

    def _write(self, text: str) -> None:
        self.written.append(text)


def _chosen(parent: _Open, tag: str, given: Mapping[str, str]) -> bool:
    """Take the first of several elements that is meant for everybody."""
    if tag in NO_ALTERNATIVES:
        return True
    for_everybody = "systemLanguage" not in given and not given.get("requiredExtensions")
    taken = for_everybody and not parent.chosen
    parent.chosen = parent.chosen or taken
    return taken


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _quoted(value: str) -> str:
    return escape(value, {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
