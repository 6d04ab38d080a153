"""SVG drawings from strangers: what draws is written anew, everything else is left out.

A drawing is a program for a browser: it may hold scripts, reach for other addresses, or outgrow any
memory. Nothing is searched for and cut out here. A parser tells what there is, and only what is
known to be harmless is written down again. Limits hold while the parser runs, and no tree is built.
"""

import base64
import codecs
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import escape
from xml.sax.xmlreader import AttributesImpl, InputSource

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from ashim_core.errors import FormatNotSupported, InvalidImage, TooComplex

MAX_BYTES = 10_000_000
MAX_ELEMENTS = 100_000
MAX_DEPTH = 256
MAX_ATTRIBUTES = 1000
MAX_DECLARATIONS = 1_000_000
"""In all of its CSS. A drawing of very many elements may have ten for each."""

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXTS = frozenset({"text", "tspan", "textPath"})
_LEAVES = frozenset({"title", "desc", "style"})
"""Elements that hold text alone. In HTML, elements inside of some of them would be HTML."""

_UNWRAPPED = frozenset({"a", "switch"})
_ELEMENTS = (
    _TEXTS
    | _LEAVES
    | _UNWRAPPED
    | _names(
        """
        svg g defs symbol use view path rect circle ellipse line polyline polygon image
        linearGradient radialGradient stop pattern clipPath mask marker filter
        feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
        feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR
        feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight
        feSpecularLighting feSpotLight feTile feTurbulence
        """
    )
)
_PICTURES = frozenset({"image", "feImage"})
_POINTING = _PICTURES | _names("use textPath linearGradient radialGradient pattern filter")
_NO_ALTERNATIVES = frozenset({"title", "desc", "style", "defs"})
"""What a `switch` doesn't choose from: it is never drawn by itself."""

_PROPERTIES = _names(
    """
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation
    color-interpolation-filters color-rendering cursor direction display dominant-baseline fill
    fill-opacity fill-rule filter flood-color flood-opacity font-family font-size font-size-adjust
    font-stretch font-style font-variant font-weight glyph-orientation-horizontal
    glyph-orientation-vertical image-rendering kerning letter-spacing lighting-color marker-end
    marker-mid marker-start mask mask-type opacity overflow paint-order pointer-events
    shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
    text-decoration text-overflow text-rendering transform-origin unicode-bidi vector-effect
    visibility white-space word-spacing writing-mode
    """
)
"""What is an attribute and a CSS property alike. As an attribute, too, its value is CSS."""

_CSS_PROPERTIES = _PROPERTIES | _names(
    """
    background background-color color-scheme cx cy d font font-feature-settings font-kerning
    font-variant-caps font-variant-east-asian font-variant-ligatures font-variant-numeric
    font-variant-position font-variation-settings height inline-size isolation line-height marker
    mix-blend-mode r rx ry shape-inside shape-padding shape-subtract text-align text-align-last
    text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness
    text-indent text-orientation text-transform transform transform-box width x y
    """
)
_ATTRIBUTES = _names(
    """
    id class lang xml:lang xml:space role aria-describedby aria-hidden aria-label aria-labelledby
    version viewBox preserveAspectRatio requiredExtensions requiredFeatures systemLanguage
    x y z width height x1 y1 x2 y2 cx cy r rx ry fx fy fr d points pathLength transform offset
    dx dy rotate textLength lengthAdjust startOffset method spacing side path
    gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight orient refX refY
    filterUnits filterRes primitiveUnits in in2 result mode type values tableValues slope intercept
    amplitude exponent operator k1 k2 k3 k4 order kernelMatrix kernelUnitLength divisor bias
    targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant
    specularExponent azimuth elevation pointsAtX pointsAtY pointsAtZ limitingConeAngle scale
    xChannelSelector yChannelSelector stdDeviation radius baseFrequency numOctaves seed stitchTiles
    media
    """
)
"""Plain data, which no renderer takes for an address or for code."""

_FUNCTIONS = _names(
    """
    rgba? hsla? hwb lab lch oklab oklch color color-mix calc min max clamp var matrix translate
    translatex translatey scale scalex scaley rotate skewx skewy blur brightness contrast
    drop-shadow grayscale hue-rotate invert opacity saturate sepia inset circle ellipse polygon
    path rect
    """
)
_ID = r"#[^\s\"'()<>\\;{}@]++"
_VALUE = re.compile(
    r"(?:[\w#%.+-]++(?!\()|[\s,*!)]++|/(?!\*)"
    r"|\"[^\"()<>\\;{}@\n\r\f]*+\"|'[^'()<>\\;{}@\n\r\f]*+'"
    rf"|url\(\s*+(?:{_ID}|\"{_ID}\"|'{_ID}')\s*+\)"
    rf"|(?:{'|'.join(sorted(_FUNCTIONS))})\()*+",
    re.IGNORECASE,
)
"""CSS that names no address: known functions, strings, words and numbers, and no escapes."""

_SELECTOR = re.compile(
    r"(?:[\w\s.#*>+~:,-]|\([\w\s.#*>+~:,-]*+\)"
    r"|\[[\w-]++(?:[~|^$*]?=(?:[\w-]++|\"[\w\s.#-]*+\"|'[\w\s.#-]*+'))?\])++"
)
_UNREAD_CSS = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CSS_MARK = re.compile(r"[{};]")
_AT = re.compile(r"\s*+@")
_DECLARATION = re.compile(r"(?<![^;])\s*+([\w-]++)\s*+:([^;]++)")

_LOCAL = re.compile(_ID)
_EMBEDDED = re.compile(
    r"data:image/(?:png|jpe?g|webp|gif);base64,([a-z0-9+/]++={0,2})", re.IGNORECASE | re.ASCII
)
_PICTURE = re.compile(
    rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpeg>\xff\xd8\xff)|(?P<gif>GIF8[79]a)|(?P<webp>RIFF....WEBP)",
    re.DOTALL,
)
_MAGIC_CHARACTERS = 16

_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)")
_LONGEST_DECLARATION = 200
_CODECS = {b"utf-8": "utf-8", b"utf8": "utf-8", b"us-ascii": "ascii", b"iso-8859-1": "latin-1"}

_UNITS = {"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_UNITS |= {"pt": 96 / 72, "pc": 16}
_NUMBER = r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:e[+-]?[0-9]++)?"
_LENGTH = re.compile(rf"({_NUMBER})(px|in|cm|mm|q|pt|pc|)", re.IGNORECASE | re.ASCII)
_BOX = re.compile(rf"{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})", re.IGNORECASE)
_LONGEST_LENGTH = 200


@dataclass(frozen=True)
class CleanSvg:
    """A drawing that runs nothing and reaches for nothing.

    width, height: in CSS pixels, rounded up; None where the drawing says nothing about it.
    """

    data: bytes
    width: int | None
    height: int | None


def clean(data: bytes) -> CleanSvg:
    """Write a drawing anew, without anything that is more than drawing.

    Raises InvalidImage (no SVG, not well-formed, or with a document type), TooComplex or
    FormatNotSupported (compressed).
    """
    if data.startswith(b"\x1f\x8b"):
        raise FormatNotSupported(
            "Compressed SVG pictures can't be read here: expected svg, received svgz."
        )
    if len(data) > MAX_BYTES:
        raise _too_complex(f"{len(data)} bytes", MAX_BYTES)
    drawing = _Drawing()
    _parse(_decoded(data), drawing)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(drawing.written) + "\n"
    cleaned = text.encode()
    if len(cleaned) > MAX_BYTES:
        raise _too_complex(f"{len(cleaned)} bytes as UTF-8", MAX_BYTES)
    return CleanSvg(cleaned, *drawing.size)


def _too_complex(what: str, limit: int) -> TooComplex:
    return TooComplex(f"The SVG has {what}: expected at most {limit}.")


def _decoded(data: bytes) -> str:
    """Decode here, not in the parser, which would believe any encoding that a file claims."""
    try:
        text = data.decode(_codec(data))
    except (KeyError, UnicodeDecodeError):
        text = "\0"
    if "\0" in text:  # as in UTF-16 without a mark, which the parser would recognise
        raise InvalidImage(
            "The SVG can't be read: expected UTF-8, or UTF-16 with a byte order mark."
        )
    return text


def _codec(data: bytes) -> str:
    """Name the encoding by its mark, else as claimed; KeyError for one that isn't read."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    claim = _ENCODING.match(data[:_LONGEST_DECLARATION])
    return _CODECS[claim[1].lower()] if claim else "utf-8"


def _parse(text: str, drawing: "_Drawing") -> None:
    # All at once: the parser starts a long attribute over again with every piece that it gets.
    # It leaves prefixes as they are: it would put a long namespace before each of a million names.
    data = text.encode()
    parser = _Parser(bufsize=len(data) + 1, forbid_dtd=True)
    parser.setContentHandler(drawing)
    source = InputSource()
    source.setByteStream(BytesIO(data))
    source.setEncoding("utf-8")
    try:
        parser.parse(source)
    except DefusedXmlException:
        raise InvalidImage(
            "The SVG declares entities, or other things of its own: expected a drawing without."
        ) from None
    except SAXParseException as error:
        raise InvalidImage(
            f"The SVG can't be read: line {error.getLineNumber()} is not well-formed."
        ) from None


class _Parser(DefusedExpatParser):
    """Lets a document type pass that only names itself, as many programs write it."""

    def defused_start_doctype_decl(
        self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: bool
    ) -> None:
        if has_internal_subset:
            super().defused_start_doctype_decl(name, sysid, pubid, has_internal_subset)

    def defused_external_entity_ref_handler(  # type: ignore[override]
        self, context: str | None, base: str | None, sysid: str | None, pubid: str | None
    ) -> int:
        """Read nothing of what it refers to, and go on: to expat that is 1."""
        return 1


class _Prefixes:
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
        for prefix in declared:
            self._namespaces[prefix].pop()

    def namespace(self, prefix: str) -> str | None:
        """Give the namespace: "" for none, and None for a prefix that nobody declared."""
        if declared := self._namespaces.get(prefix):
            return declared[-1]
        return None if prefix else ""


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


class _Drawing(ContentHandler):
    """Takes what the parser finds, and writes what may stay."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.size: tuple[int | None, int | None] = (None, None)
        self._prefixes = _Prefixes()
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
            raise _too_complex("too many elements", MAX_ELEMENTS)
        if self._depth > MAX_DEPTH:
            raise _too_complex("elements nested too deep", MAX_DEPTH)
        if attributes > MAX_ATTRIBUTES:
            raise _too_complex(f"an element of {attributes} attributes", MAX_ATTRIBUTES)

    def _readable(self, css: str) -> str:
        """Give CSS without comments, if there isn't too much of it."""
        self._declarations += css.count(";") + css.count("{")
        if self._declarations > MAX_DECLARATIONS:
            raise _too_complex("too many declarations of style", MAX_DECLARATIONS)
        return _UNREAD_CSS.sub(" ", css)

    def _begin(self, tag: str, given: Mapping[str, str]) -> None:
        """See that it is an SVG. Those cut out of a page have no namespace, and mean this one."""
        if tag != "svg":
            raise InvalidImage("The XML is no SVG: expected a root element 'svg'.")
        self.size = _size(given)

    def _svg_name(self, name: str) -> str:
        """Give the name of an SVG element that may stay, "" for every other."""
        prefix, _, local = name.rpartition(":")
        namespace = self._prefixes.namespace(prefix)
        if not self._open:
            self._plain = namespace if namespace == "" else SVG
        return local if namespace in {SVG, self._plain} and local in _ELEMENTS else ""

    def _stays(self, tag: str, given: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
        parent = self._open[-1]
        if not tag or parent.name in _LEAVES:
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
                target = _target(value, embedded=tag in _PICTURES)
                if target and tag in _POINTING and (not prefix or "href" not in given):
                    kept["href"] = target
            elif name == "style":
                if css := _declarations(self._readable(value)):
                    kept["style"] = css
            elif name in _ATTRIBUTES or (name in _PROPERTIES and _harmless(value)):
                kept[name] = value
        return kept

    def _enter(self, name: str, attributes: dict[str, str], declared: list[str]) -> None:
        within_words = bool(self._open) and self._open[-1].words
        words = name in _TEXTS or name in _LEAVES or (name == "a" and within_words)
        tag = name
        if name in _UNWRAPPED:
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
        if css := _stylesheet(self._readable("".join(element.css))):
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
    if tag in _NO_ALTERNATIVES:
        return True
    for_everybody = "systemLanguage" not in given and not given.get("requiredExtensions")
    taken = for_everybody and not parent.chosen
    parent.chosen = parent.chosen or taken
    return taken


def _target(value: str, *, embedded: bool) -> str | None:
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


def _harmless(value: str) -> bool:
    """Tell whether a CSS value names no address, hides nothing, and ends where it seems to."""
    return bool(_VALUE.fullmatch(value)) and value.count("(") == value.count(")")


def _declarations(text: str) -> str:
    """Keep the CSS declarations that are harmless."""
    kept = []
    for name, value in _DECLARATION.findall(text):
        own = name.startswith("--")
        property = name if own else name.lower()
        if (own or property in _CSS_PROPERTIES) and value.strip() and _harmless(value):
            kept.append(f"{property}:{value.strip()}")
    return ";".join(kept)


def _stylesheet(text: str) -> str:
    """Keep the rules that style elements; all that begins with @ is left out."""
    kept = []
    for selector, body in _rules(text):
        declarations = _declarations(body)
        if declarations and _SELECTOR.fullmatch(selector):
            kept.append(f"{selector}{{{declarations}}}")
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


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _quoted(value: str) -> str:
    return escape(value, {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


def _size(root: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Give width and height in pixels; a side that is missing follows the view box."""
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    box = _box(root.get("viewBox", ""))
    if box and width is None:
        width = box[0] if height is None else height * box[0] / box[1]
        height = box[1] if height is None else height
    elif box and width is not None and height is None:
        height = width * box[1] / box[0]
    return _rounded_up(width), _rounded_up(height)


def _length(text: str) -> float | None:
    """Give a length in pixels, None for one that depends on where the drawing is shown."""
    found = _LENGTH.fullmatch(text.strip()) if len(text) <= _LONGEST_LENGTH else None
    return _positive(float(found[1]) * _UNITS[found[2].lower()]) if found else None


def _box(text: str) -> tuple[float, float] | None:
    found = _BOX.fullmatch(text.strip()) if len(text) <= _LONGEST_LENGTH else None
    if found is None:
        return None
    width, height = _positive(float(found[1])), _positive(float(found[2]))
    return None if width is None or height is None else (width, height)


def _positive(number: float) -> float | None:
    return number if 0 < number < math.inf else None


def _rounded_up(side: float | None) -> int | None:
    """Round up what is more than noise of the conversion: 25.4 mm are 96 pixels, not 97."""
    if side is None or side == math.inf:
        return None
    return max(1, math.ceil(round(side, 6)))
