"""What a drawing loses when it is written anew, and that it still draws what it drew."""

import base64
import codecs
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips

from ashim_core.errors import FormatNotSupported, InvalidImage, TooComplex
from ashim_core.svg import clean, draw, limits
from ashim_core.svg.vocabulary import SVG, XLINK
from ashim_core.testing import sample
from tests.patience import PATIENCE_S

START = f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="{SVG}"'
PNG = base64.b64encode(sample("rgb")).decode()
JPEG = base64.b64encode(sample("jpeg")).decode()


def drawing(content: str, attributes: str = "") -> bytes:
    return f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}"{attributes}>{content}</svg>'.encode()


def left_of(data: bytes) -> str:
    """Clean a drawing twice, and give what is left between the tags of the root."""
    cleaned = clean(data).data
    assert clean(cleaned).data == cleaned
    text = cleaned.decode().removeprefix(START).removesuffix("\n")
    if text == "/>":
        return ""
    assert text.startswith(">")
    assert text.endswith("</svg>")
    return text.removeprefix(">").removesuffix("</svg>")


ELEMENTS = {
    "script": ("<script>alert(1)</script><path/>", "<path/>"),
    "script by address": ('<script href="https://evil.test/x.js"/><path/>', "<path/>"),
    "script in CDATA": ("<script><![CDATA[alert(1)]]></script><path/>", "<path/>"),
    "CDATA that reads like script": (
        "<text><![CDATA[<script>alert(1)</script>]]></text>",
        "<text>&lt;script&gt;alert(1)&lt;/script&gt;</text>",
    ),
    "script in another case": ("<SCRIPT>alert(1)</SCRIPT><path/>", "<path/>"),
    "script of XHTML": (
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script><path/>',
        "<path/>",
    ),
    "script of XHTML as default namespace": (
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script><path/>',
        "<path/>",
    ),
    "script with a prefix of SVG": (
        f'<s:script xmlns:s="{SVG}">alert(1)</s:script><s:path xmlns:s="{SVG}"/><path/>',
        "<path/><path/>",
    ),
    "drawing elements of another namespace": (
        '<path xmlns="http://www.w3.org/1999/xhtml"/><x:rect xmlns:x="urn:x"/><path/>',
        "<path/>",
    ),
    "no namespace inside of SVG": ('<g xmlns=""><path/></g><path/>', "<path/>"),
    "a prefix that nobody declared": ("<x:g><path/></x:g><path/>", "<path/>"),
    "a prefix that ended": (
        f'<g><s:path xmlns:s="{SVG}"/><s:rect/></g>',
        "<g><path/></g>",
    ),
    "foreignObject": (
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script>'
        '<iframe src="javascript:alert(1)"/></body></foreignObject><path/>',
        "<path/>",
    ),
    "frames, sound and films": (
        '<iframe src="x"/><audio src="x"/><video src="x"/><embed src="x"/><object/><path/>',
        "<path/>",
    ),
    "handler and listener": (
        '<handler type="text/javascript">alert(1)</handler><listener event="click"/><path/>',
        "<path/>",
    ),
    "animation that sets an address": (
        '<a><animate attributeName="href" values="javascript:alert(1)"/><path/></a>'
        '<use href="#a"><set attributeName="href" to="javascript:alert(1)"/></use>',
        '<path/><use href="#a"/>',
    ),
    "other animation": (
        '<path><animateTransform/><animateMotion><mpath href="#a"/></animateMotion></path>',
        "<path/>",
    ),
    "a link keeps what it shows": (
        '<a href="javascript:alert(1)" target="_top" xlink:href="#x"><path/></a>',
        "<path/>",
    ),
    "a link in text": (
        '<text>see <a href="https://x.test">this</a>!</text>',
        "<text>see this!</text>",
    ),
    "the look of a link": (
        '<a fill="red" href="#x"><path/></a><text><a fill="red">x</a></text>',
        '<g fill="red"><path/></g><text><tspan fill="red">x</tspan></text>',
    ),
    "a link in a title": ("<title>x<a>y</a><g>z</g></title>", "<title>x</title>"),
    "nested drawings": (
        f'<svg xmlns="{SVG}" onload="alert(1)"><svg><script>alert(1)</script><path/></svg></svg>',
        "<svg><svg><path/></svg></svg>",
    ),
    "metadata": ('<metadata><rdf:RDF xmlns:rdf="urn:rdf"/></metadata><path/>', "<path/>"),
    "text that isn't drawn": ("\n  stray <g> words </g>\n", "<g/>"),
    "comments": ("<!-- <script> --><path/><text>a<!-- b -->c</text>", "<path/><text>ac</text>"),
    "instructions": ('<?xml-stylesheet href="x.css"?><?php echo 1 ?><path/>', "<path/>"),
    "feImage without a picture": (
        '<filter><feImage href="https://x.test/a.png"/><feImage href="#a"/></filter>',
        '<filter><feImage href="#a"/></filter>',
    ),
    "a switch gives way to what everybody may see": (
        '<switch><foreignObject requiredExtensions="urn:x"/><g requiredExtensions="urn:x"/>'
        '<text systemLanguage="de">x</text><path/><rect/></switch>',
        "<path/>",
    ),
    "a switch and what isn't chosen from": (
        '<switch opacity="0.5"><title>x</title><path/><rect/></switch>',
        '<g opacity="0.5"><title>x</title><path/></g>',
    ),
}


@pytest.mark.parametrize(("given", "left"), ELEMENTS.values(), ids=ELEMENTS)
def test_elements_that_draw_stay_and_others_go(given: str, left: str) -> None:
    assert left_of(drawing(given)) == left


ATTRIBUTES = {
    "event handlers": 'onload="alert(1)" onclick="alert(1)" onbegin="alert(1)" id="a"',
    "event handlers in another case": 'ONLOAD="alert(1)" onLoad="alert(1)" id="a"',
    "event handlers with a prefix": f'xmlns:s="{SVG}" s:onload="alert(1)" id="a"',
    "the base of addresses": 'xml:base="https://evil.test/" id="a"',
    "an editor's own": 'xmlns:inkscape="urn:i" inkscape:label="x" id="a"',
    "unknown ones": 'src="x" data-x="y" formaction="javascript:alert(1)" id="a"',
    "an address outside as paint": 'fill="url(https://evil.test/#a)" id="a"',
    "an address outside as paint, quoted": 'fill="url(\'//evil.test/#a\')" id="a"',
    "an address outside behind an escape": r'fill="u\72l(https://evil.test/#a)" id="a"',
    "an address outside behind a comment": 'fill="url/**/(https://evil.test/#a)" id="a"',
    "an address outside in another function": 'fill="src(\'https://evil.test\')" id="a"',
    "an address outside as filter": 'filter="url(#a) url(https://evil.test/#a)" id="a"',
    "an address outside as cursor": 'cursor="url(x.cur), auto" id="a"',
    "an address outside as mask": 'mask="image-set(\'x.png\' 1x)" id="a"',
    "a function that doesn't end": 'fill="rgb(1,2,3" id="a"',
    "a style of nothing": 'style=" ; " id="a"',
}


@pytest.mark.parametrize("given", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_that_do_more_than_draw_go(given: str) -> None:
    assert left_of(drawing(f"<path {given}/>")) == '<path id="a"/>'


@pytest.mark.parametrize(
    "attribute",
    [
        'd="M0 0L9,9z"',
        'fill="url(#paint) red"',
        "fill=\"url('#paint')\"",
        'stroke="rgb(1, 2, 3)"',
        'stroke="var(--line, #fff)"',
        'transform="translate (1 2) rotate(30)"',
        "font-family=\"'Noto Sans', sans-serif\"",
        'font="x"',
        'class="a b"',
        'id="größe"',
        'xml:space="preserve"',
        'xml:lang="de"',
        'viewBox="0 0 9 9"',
    ],
)
def test_attributes_that_draw_stay_as_they_are(attribute: str) -> None:
    left = "<text/>" if attribute.startswith("font=") else f"<text {attribute}/>"
    assert left_of(drawing(f"<text {attribute}/>")) == left


def test_characters_that_mean_something_are_escaped_again() -> None:
    given = '<path id="&lt;&amp;&quot;&#9;&#10;&#13;"/><text>&lt;&amp;&gt;"&#13;</text>'
    assert left_of(drawing(given)) == (
        '<path id="&lt;&amp;&quot;&#9;&#10;&#13;"/><text>&lt;&amp;&gt;"&#13;</text>'
    )


OUTSIDE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java&#9;script:alert(1)",
    "java&#10;script:alert(1)",
    "&#106;avascript&#58;alert(1)",
    "&#x6A;avascript:alert(1)",
    "vbscript:x",
    "https://evil.test/x.svg#a",
    "//evil.test/x.svg#a",
    "x.svg#a",
    "file:///etc/passwd",
    "#",
    "#a b",
    "",
    "data:text/html,&lt;script>alert(1)&lt;/script>",
    "data:image/svg+xml,&lt;svg/>",
    "data:image/svg+xml;base64,PHN2Zy8+PHN2Zy8+",
    "data:image/png;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
    "data:image/webp;base64,PHN2ZyBhPVdFQlAiaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
    "data:image/png;base64,iVBO",
    "data:image/png,x",
    f"data:image/png;charset=utf-8;base64,{PNG}",
    f"data:image/png;base64,{PNG}&lt;",
    "data:image/png;base64,\u017f\u212a" + PNG,
]


@pytest.mark.parametrize("name", ["href", "xlink:href"])
@pytest.mark.parametrize("element", ["image", "use", "linearGradient"])
@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_that_lead_elsewhere_go(element: str, name: str, address: str) -> None:
    assert left_of(drawing(f'<{element} {name}="{address}"/>')) == f"<{element}/>"


@pytest.mark.parametrize("name", ["href", "xlink:href", "l:href"])
@pytest.mark.parametrize("element", ["image", "use", "linearGradient", "textPath", "pattern"])
def test_addresses_of_elements_stay(element: str, name: str) -> None:
    given = f'<{element} xmlns:l="{XLINK}" {name}=" #part-1 "/>'
    assert left_of(drawing(given)) == f'<{element} href="#part-1"/>'


def test_an_address_of_another_namespace_is_none() -> None:
    assert left_of(drawing('<use xmlns:xlink="urn:x" xlink:href="#a"/>')) == "<use/>"
    assert left_of(drawing('<use x:href="#a"/>')) == "<use/>"


def test_of_two_addresses_the_plain_one_counts() -> None:
    assert left_of(drawing('<use xlink:href="#a" href="#b"/>')) == '<use href="#b"/>'
    assert left_of(drawing('<use xlink:href="#a" href="https://x.test"/>')) == "<use/>"


@pytest.mark.parametrize(
    ("claimed", "content", "format"),
    [("png", PNG, "png"), ("jpg", JPEG, "jpeg"), ("JPEG", JPEG, "jpeg"), ("gif", PNG, "png")],
)
def test_a_picture_inside_stays_under_its_true_name(
    claimed: str, content: str, format: str
) -> None:
    wrapped = "\n ".join(content[at : at + 60] for at in range(0, len(content), 60))
    given = drawing(f'<image xlink:href="data:image/{claimed};base64,{wrapped}"/>')
    assert left_of(given) == f'<image href="data:image/{format};base64,{content}"/>'


@pytest.mark.parametrize("name", ["webp", "two-frames"])
def test_pictures_inside_of_other_formats_stay(name: str) -> None:
    content = base64.b64encode(sample(name)).decode()
    format = "gif" if name == "two-frames" else name
    given = f'<image href="data:image/{format};base64,{content}"/>'
    assert left_of(drawing(given)) == given


def test_a_picture_inside_is_for_elements_that_show_one() -> None:
    assert left_of(drawing(f'<use href="data:image/png;base64,{PNG}"/>')) == "<use/>"


STYLES = {
    "plain": ("fill:red", "fill:red"),
    "several, with spaces": (" fill : red ; stroke-width : 2px ;", "fill:red;stroke-width:2px"),
    "properties in another case": ("FILL:Red", "fill:Red"),
    "a variable": ("--Line:#fff;stroke:var(--Line)", "--Line:#fff;stroke:var(--Line)"),
    "important": ("fill:red !important", "fill:red !important"),
    "an element of the drawing": ("fill:url( '#a' )", "fill:url( '#a' )"),
    "an address outside": ("fill:red;filter:url(https://evil.test)", "fill:red"),
    "an address outside, quoted": ("fill:url('https://evil.test');stroke:red", "stroke:red"),
    "an address with a semicolon": (
        "fill:url(data:image/png;base64,AAAA);stroke:red",
        "stroke:red",
    ),
    "an address of an image set": ("background:image-set('x.png' 1x);fill:red", "fill:red"),
    "expression": ("width:expression(alert(1));fill:red", "fill:red"),
    "bindings": ("-moz-binding:url(#a);behavior:url(#a);fill:red", "fill:red"),
    "a scheme": ("fill:javascript:alert(1);stroke:red", "stroke:red"),
    "an escape": (r"fill:\75rl(https://evil.test);stroke:red", "stroke:red"),
    "an escape in a name": (r"fi\6cl:red;stroke:red", "stroke:red"),
    "a comment that hides": ("fill:u/**/rl(https://evil.test);stroke:red", "stroke:red"),
    "a comment between": ("fill/* x */:/* y */red", "fill:red"),
    "a comment that appears": ("fill:red //**/* x;stroke:red", "fill:red / * x;stroke:red"),
    "a comment that doesn't end": ("fill:red;stroke/*:red", "fill:red"),
    "brackets of HTML": ("fill:red&lt;/style>;stroke:red", "stroke:red"),
    "braces": ("fill:red}*{fill:blue;stroke:red", "stroke:red"),
    "a string that doesn't end": ("font-family:'x;fill:red", "fill:red"),
    "unknown properties": ("position:fixed;animation:x 1s;fill:red", "fill:red"),
    "wide letters": ("fill:\uff55\uff52\uff4c(x);stroke:red", "stroke:red"),
}


@pytest.mark.parametrize(("given", "left"), STYLES.values(), ids=STYLES)
def test_declarations_of_an_attribute(given: str, left: str) -> None:
    assert left_of(drawing(f'<path style="{given}"/>')) == f'<path style="{left}"/>'


SHEETS = {
    "rules": (".a, #b > c { fill : red } d{}", ".a, #b &gt; c{fill:red}"),
    "import": ("@import url(https://evil.test/x.css); a{fill:red}", "a{fill:red}"),
    "import of a string": ("@import 'https://evil.test/x.css';a{fill:red}", "a{fill:red}"),
    "import behind an escape": (r"@\69mport 'https://evil.test';a{fill:red}", "a{fill:red}"),
    "import with letters between": ("@im/**/port 'https://evil.test';a{fill:red}", "a{fill:red}"),
    "import split by an element": ("@im<x/>port 'https://evil.test';a{fill:red}", "a{fill:red}"),
    "a font from elsewhere": ("@font-face{src:url(https://evil.test)}a{fill:red}", "a{fill:red}"),
    "rules for paper": ("@media print{a{fill:red}b{fill:blue}}c{fill:red}", "c{fill:red}"),
    "rules in rules": ("a{fill:red;b{fill:red}}c{fill:red}", "c{fill:red}"),
    "an address outside": (
        "a{fill:url(//evil.test);stroke:red}b{fill:url(//evil.test)}",
        "a{stroke:red}",
    ),
    "a sheet in CDATA": ("<![CDATA[a>b{fill:red}]]>", "a&gt;b{fill:red}"),
    "CDATA that ends the element": ("<![CDATA[</style><script>x</script>a{fill:red}]]>", None),
    "comments of HTML": ("<![CDATA[<!-- a{fill:red} -->]]>", "a{fill:red}"),
    "selectors": (
        "a:not(.b):nth-child(2n+1)[id='c']{fill:red}",
        "a:not(.b):nth-child(2n+1)[id='c']{fill:red}",
    ),
    "an escape in a selector": (r".\61{fill:red}b{fill:red}", "b{fill:red}"),
    "a rule that doesn't end": ("a{fill:red", "a{fill:red}"),
    "a brace too many": ("}a{fill:red}b{fill:red}", "a{fill:red}\nb{fill:red}"),
    "nothing": ("@charset 'utf-8';", None),
}


@pytest.mark.parametrize(("given", "left"), SHEETS.values(), ids=SHEETS)
def test_rules_of_a_sheet(given: str, left: str | None) -> None:
    expected = "<path/>" if left is None else f"<style>{left}</style><path/>"
    assert left_of(drawing(f"<style>{given}</style><path/>")) == expected


def test_a_sheet_of_another_language_goes() -> None:
    assert left_of(drawing('<style type="text/x">a{fill:red}</style><path/>')) == "<path/>"
    given = '<style type="text/css" media="screen">a{fill:red}</style>'
    assert left_of(drawing(given)) == given


def test_instructions_and_comments_before_the_drawing_go() -> None:
    before = b'<?xml version="1.0"?><?xml-stylesheet href="https://evil.test/x.xsl"?><!-- x -->'
    assert clean(before + drawing("") + b"<!-- y --><?z?>").data == f"{START}/>\n".encode()


def test_the_namespace_becomes_the_default_one() -> None:
    given = f'<s:svg xmlns:s="{SVG}"><s:g><s:path/></s:g><path/></s:svg>'
    assert left_of(given.encode()) == "<g><path/></g>"


def test_a_drawing_cut_out_of_a_page_gets_its_namespace() -> None:
    assert left_of(b"<svg><g><path/></g></svg>") == "<g><path/></g>"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_any_language_stays(codec: str) -> None:
    given = drawing("<text>Grüße 世界 🎨</text><title>Ж</title>").decode().encode(codec)
    assert left_of(given) == "<text>Grüße 世界 🎨</text><title>Ж</title>"


def test_both_orders_of_bytes_are_read() -> None:
    text = drawing("<script>alert(1)</script><text>é</text>").decode()
    big = codecs.BOM_UTF16_BE + f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16-be")
    little = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    assert left_of(big) == left_of(little) == "<text>é</text>"


@pytest.mark.parametrize(
    ("claimed", "codec"),
    [("UTF-8", "utf-8"), ("utf8", "utf-8"), ("ISO-8859-1", "latin-1")],
)
def test_an_encoding_that_is_claimed_is_used(claimed: str, codec: str) -> None:
    text = f"<?xml version='1.0' encoding='{claimed}'?>{drawing('<text>é</text>').decode()}"
    assert left_of(text.encode(codec)) == "<text>é</text>"


def bomb(levels: int) -> bytes:
    entities = ""
    for level in range(levels):
        more = f"&e{level};" * 10
        entities += f'<!ENTITY e{level + 1} "{more}">'
    return f'<!DOCTYPE svg [<!ENTITY e0 "ha">{entities}]><svg>&e{levels};</svg>'.encode()


NO_DRAWINGS: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "line 1 is not well-formed"),
    "text": (b"hello", "line 1 is not well-formed"),
    "a page": (b"<html><body/></html>", "expected a root element 'svg'"),
    "a drawing inside of a page": (
        b'<html xmlns="http://www.w3.org/1999/xhtml">' + drawing("") + b"</html>",
        "expected a root element 'svg'",
    ),
    "svg of another namespace": (b'<svg xmlns="urn:x"/>', "expected a root element 'svg'"),
    "another element of SVG": (b"<a><svg/></a>", "expected a root element 'svg'"),
    "a cut end": (drawing("<g>")[:-6], "line 1 is not well-formed"),
    "a wrong end": (b"<svg>\n<g></svg>", "line 2 is not well-formed"),
    "two roots": (b"<svg/><svg/>", "line 1 is not well-formed"),
    "the same attribute twice": (b'<svg id="a" id="b"/>', "line 1 is not well-formed"),
    "an attribute without quotes": (b"<svg onload=alert(1)/>", "line 1 is not well-formed"),
    "an entity of HTML": (b"<svg>&nbsp;</svg>", "line 1 is not well-formed"),
    "a zero byte": (b"<svg>\0</svg>", "expected UTF-8, or UTF-16"),
    "a document type with something in it": (b"<!DOCTYPE svg []><svg/>", "declares entities"),
    "an entity": (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "declares entities"),
    "an external entity": (
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg><text>&a;</text></svg>',
        "declares entities",
    ),
    "an external parameter entity": (
        b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "https://evil.test/x.dtd">%a;]><svg/>',
        "declares entities",
    ),
    "entities of entities": (bomb(12), "declares entities"),
    "UTF-7": (
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-svg+AD4APA-script+AD4-x+ADw-/script+AD4-',
        "expected UTF-8, or UTF-16",
    ),
    "an encoding of mainframes": (
        b"<?xml version='1.0' encoding='cp037'?><svg/>",
        "expected UTF-8, or UTF-16",
    ),
    "UTF-16 without a mark": ("<svg/>".encode("utf-16-le"), "expected UTF-8, or UTF-16"),
    "half a pair of UTF-16": (codecs.BOM_UTF16_LE + b"<\0\0\xd8", "expected UTF-8, or UTF-16"),
    "UTF-32": ("<svg/>".encode("utf-32"), "expected UTF-8, or UTF-16"),
    "Latin without saying so": ("<svg>é</svg>".encode("latin-1"), "expected UTF-8, or UTF-16"),
}


@pytest.mark.parametrize(
    "type",
    [
        "<!DOCTYPE svg>",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/1/svg11.dtd">',
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">',
    ],
)
def test_a_document_type_that_only_names_itself_is_left_out(type: str) -> None:
    assert left_of(type.encode() + drawing("<g>x</g>")) == "<g/>"


def test_what_a_document_type_refers_to_is_not_read() -> None:
    type = b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">'
    assert left_of(type + drawing("<text>a&root;b</text>")) == "<text>ab</text>"


@pytest.mark.parametrize(("data", "words"), NO_DRAWINGS.values(), ids=NO_DRAWINGS)
def test_what_is_no_drawing_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidImage, match=words) as refused:
        clean(data)
    assert (refused.value.status, refused.value.code) == (400, "INVALID_IMAGE")


def test_a_compressed_drawing_is_refused() -> None:
    with pytest.raises(FormatNotSupported, match="received svgz") as refused:
        clean(gzip.compress(drawing("")))
    assert (refused.value.status, refused.value.code) == (422, "FORMAT_NOT_SUPPORTED")


def many_attributes(count: int) -> bytes:
    return ("<svg " + " ".join(f"a{at}=''" for at in range(count)) + "/>").encode()


def nested(depth: int) -> bytes:
    return b"<svg>" + b"<g>" * (depth - 1) + b"</g>" * (depth - 1) + b"</svg>"


def many_elements(count: int) -> bytes:
    return b"<svg>" + b"<g/>" * (count - 1) + b"</svg>"


def many_dropped(count: int) -> bytes:
    return b"<svg><script>" + b"<g/>" * (count - 2) + b"</script></svg>"


def long_text(size: int) -> bytes:
    shell = drawing("<text></text>")
    return shell.replace(b"></", b">" + b"x" * (size - len(shell)) + b"</", 1)


def many_declarations(count: int) -> bytes:
    return (
        b"<svg style='"
        + b"d:;" * (count // 2)
        + b"'><g style='"
        + b";" * (count - count // 2)
        + b"'/></svg>"
    )


@pytest.mark.parametrize(
    ("make", "limit", "words"),
    [
        (many_attributes, limits.MAX_ATTRIBUTES, "an element of 1001 attributes"),
        (nested, limits.MAX_DEPTH, "nested too deep"),
        (many_elements, limits.MAX_ELEMENTS, "too many elements"),
        (many_dropped, limits.MAX_ELEMENTS, "too many elements"),
        (many_declarations, limits.MAX_DECLARATIONS, "too many declarations of style"),
        (long_text, limits.MAX_BYTES, "10000001 bytes"),
    ],
)
def test_each_limit_at_its_edge(make: Callable[[int], bytes], limit: int, words: str) -> None:
    assert clean(make(limit)).data.startswith(START.encode())
    with pytest.raises(TooComplex, match=f"{words}: expected at most {limit}") as refused:
        clean(make(limit + 1))
    assert (refused.value.status, refused.value.code) == (422, "TOO_COMPLEX")


def test_what_would_be_too_large_when_it_is_read_again_is_refused() -> None:
    with pytest.raises(TooComplex, match="bytes as UTF-8"):
        clean(drawing("<text>" + ">" * 4_000_000 + "</text>"))


IN_LITTLE_MEMORY = """
import resource, sys
from ashim_core.errors import AshimError
from ashim_core.svg import clean
data = {data}
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
try:
    print(len(clean(data).data))
except AshimError as error:
    print(error.code)
"""

LARGE = {
    "a million elements": ("b'<svg>' + b'<g/>' * 1_000_000 + b'</svg>'", "TOO_COMPLEX"),
    "two million elements, cut": ("b'<svg>' + b'<g/>' * 2_000_000", "TOO_COMPLEX"),
    "a depth of 100,000": ("b'<svg>' + b'<g>' * 100_000 + b'</g>' * 100_000", "TOO_COMPLEX"),
    "a depth of three million": ("b'<svg>' + b'<g>' * 3_000_000", "TOO_COMPLEX"),
    "a million attributes": (
        "b'<svg ' + b' '.join(b'a%d=\"\"' % at for at in range(900_000)) + b'/>'",
        "TOO_COMPLEX",
    ),
    "a long namespace for many elements": (
        "b'<svg xmlns:a=\"' + b'u' * 9_000_000 + b'\">' + b'<a:g a:a=\"\"/>' * 60_000 + b'</svg>'",
        str(len(START) + 3),
    ),
    "a long attribute": (
        "b'<svg d=\"' + b'9' * 9_000_000 + b'\"/>'",
        str(len(START) + 9_000_000 + 8),
    ),
    "entities of entities": (repr(bomb(12)), "INVALID_IMAGE"),
    "rules without end": ("b'<svg><style>' + b'{}' * 4_900_000", "INVALID_IMAGE"),
}


@pytest.mark.parametrize(("data", "answer"), LARGE.values(), ids=LARGE)
def test_what_is_large_needs_little_memory(data: str, answer: str) -> None:
    """Ten megabytes of elements would be gigabytes as a tree."""
    code = IN_LITTLE_MEMORY.format(data=data)
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert result.stdout.strip() == answer


SIZES: dict[str, tuple[str, tuple[int | None, int | None]]] = {
    "nothing": ("", (None, None)),
    "plain numbers": ('width="40" height="30.2"', (40, 31)),
    "pixels": ('width=" 40px " height="3e1PX"', (40, 30)),
    "inches and centimetres": ('width="1in" height="2.54cm"', (96, 96)),
    "millimetres and their quarters": ('width="25.4mm" height="101.6Q"', (96, 96)),
    "points and picas": ('width="72pt" height="6pc"', (96, 96)),
    "rounded up": ('width="10mm" height="0.01"', (38, 1)),
    "the view box": ('viewBox="-5 -5 10.5 20"', (11, 20)),
    "the view box with commas": ('viewBox="0,0, 10 ,20"', (10, 20)),
    "relative to the page": ('width="100%" height="2em" viewBox="0 0 10 20"', (10, 20)),
    "one side of the ratio": ('width="100" viewBox="0 0 200 50"', (100, 25)),
    "the other side of the ratio": ('height="100" viewBox="0 0 200 50"', (400, 100)),
    "both sides beat the view box": ('width="1" height="2" viewBox="0 0 9 9"', (1, 2)),
    "one side alone": ('width="100"', (100, None)),
    "nothing to show": ('width="0" height="-3"', (None, None)),
    "an empty view box": ('width="5" viewBox="0 0 0 9"', (5, None)),
    "no numbers": ('width="wide" height="1.2.3" viewBox="0 0 9"', (None, None)),
    "too large for a number": ('width="1e999" height="1e300mm"', (None, int(1e300 * 9.6 / 2.54))),
    "letters that look like units": ('width="1\u0131n" height="1Ω"', (None, None)),
    "very long": (f'width="{"9" * 300}" viewBox="{"9" * 300}"', (None, None)),
}


@pytest.mark.parametrize(("attributes", "size"), SIZES.values(), ids=SIZES)
def test_the_size_that_a_drawing_says(attributes: str, size: tuple[int | None, int | None]) -> None:
    cleaned = clean(drawing("", f" {attributes}"))
    assert (cleaned.width, cleaned.height) == size


RENDER = """
import json, sys, pyvips
images = [pyvips.Image.svgload_buffer(text.encode()) for text in json.load(sys.stdin)]
pixels = [bytes(image.write_to_memory()) for image in images]
print(json.dumps({
    "sizes": [[image.width, image.height] for image in images],
    "equal": pixels[0] == pixels[1],
    "drawn": max(pixels[0]) > 0,
}))
"""

GRADIENT = '<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/>'
DRAWINGS = {
    "paths": '<path d="M5 5h50v40z" fill="#08f" stroke="black" stroke-width="3"/>'
    '<circle cx="60" cy="40" r="20" fill="lime" opacity=".5"/><ellipse rx="9" ry="5"/>'
    '<line x2="90" y2="70" stroke="red"/><polyline points="1,1 50,60 9,70"/>',
    "gradients": f'<defs>{GRADIENT}</linearGradient><linearGradient id="h" xlink:href="#g" '
    'gradientTransform="rotate (90)"/><radialGradient id="r" href="#g" fx="0.2"/></defs>'
    '<rect width="50" height="80" fill="url(#h)"/>'
    "<rect x='50' width='50' height='80' style=\"fill:url('#r')\"/>",
    "filters": '<filter id="f"><feGaussianBlur in="SourceAlpha" stdDeviation="3"/>'
    '<feOffset dx="4" dy="4" result="o"/><feComponentTransfer in="o"><feFuncA type="linear" '
    'slope=".5"/></feComponentTransfer><feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/>'
    '</feMerge></filter><rect x="9" y="9" width="60" height="40" fill="red" filter="url(#f)"/>',
    "turbulence": '<filter id="f"><feTurbulence baseFrequency=".05" numOctaves="2" seed="3"/>'
    '<feColorMatrix values="1 0 0 0 0 0 1 0 0 0 0 0 1 0 0 0 0 0 0 1"/></filter>'
    '<rect width="100" height="80" filter="url(#f)"/>',
    "clips and masks": '<clipPath id="c"><circle cx="40" cy="40" r="30"/></clipPath>'
    '<mask id="m"><rect width="100" height="40" fill="white"/></mask>'
    '<rect width="100" height="80" fill="red" clip-path="url(#c)"/>'
    '<rect width="100" height="80" fill="blue" mask="url(#m)" opacity=".5"/>',
    "patterns and markers": '<pattern id="p" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="red"/></pattern><marker id="k" markerWidth="9" '
    'markerHeight="9" refX="2" refY="2" orient="auto"><path d="M0 0L4 2L0 4z"/></marker>'
    '<rect width="60" height="60" fill="url(#p)"/>'
    '<path d="M5 70L90 20" stroke="black" marker-end="url(#k)"/>',
    "symbols": '<symbol id="s" viewBox="0 0 10 10"><path d="M0 0h10v10z"/></symbol>'
    '<use xlink:href="#s" width="30" height="30" fill="red"/>'
    '<use href="#s" x="40" width="50" height="50"/>',
    "style classes": "<style><![CDATA[ /* colours */ .a, rect.b { fill : red; stroke:#00f }"
    "\n#c{opacity:.4}]]></style>"
    '<rect class="a" width="40" height="40"/><rect class="b" x="50" width="40" height="40"/>'
    '<circle id="c" cx="50" cy="60" r="15"/>',
    "text": '<text x="5" y="40" font-size="20" font-family="\'DejaVu Sans\', serif">Grüße'
    '<tspan dy="20" fill="red"> 世界</tspan></text><rect y="70" width="9" height="9"/>'
    '<path id="w" d="M5 20Q50 0 95 20" fill="none"/><text><textPath href="#w">round</textPath>'
    "</text>",
    "embedded pictures": f'<image width="90" height="70" href="data:image/png;base64,{PNG}"/>',
    "nested drawings": '<svg x="10" y="10" width="50" height="50" viewBox="0 0 5 5">'
    '<rect width="9" height="2" fill="red"/></svg>',
    "links": '<a xlink:href="https://x.test" fill="red" transform="translate(9 9)">'
    '<rect width="50" height="50"/></a><a href="#x"><circle cx="80" cy="60" r="9"/></a>',
    "switches": '<switch><foreignObject requiredExtensions="urn:x"/><g fill="red">'
    '<rect width="50" height="50"/></g></switch>',
    "an editor's leftovers": '<metadata><x/></metadata><sodipodi:namedview xmlns:sodipodi="urn:s"/>'
    '<g xmlns:i="urn:i" i:groupmode="layer" style="display:inline;-inkscape-x:y">'
    '<rect width="50" height="50" style="fill:#f80;fill-rule:evenodd"/></g>',
}


def rendered(before: str, after: str) -> dict[str, object]:
    """Render in a process of its own: where uploads are read, libvips refuses to open SVG."""
    if not pyvips.type_find("VipsOperation", "svgload_buffer"):
        pytest.skip("This libvips was built without SVG.")
    result = subprocess.run(
        [sys.executable, "-c", RENDER],
        check=True,
        capture_output=True,
        text=True,
        input=json.dumps([before, after]),
        timeout=PATIENCE_S,
    )
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("content", DRAWINGS.values(), ids=DRAWINGS)
def test_a_harmless_drawing_looks_the_same(content: str) -> None:
    before = drawing(content, ' width="100" height="80"')
    after = clean(before)
    assert clean(after.data) == after
    assert (after.width, after.height) == (100, 80)
    assert rendered(before.decode(), after.data.decode()) == {
        "sizes": [[100, 80], [100, 80]],
        "equal": True,
        "drawn": True,
    }


def test_a_drawing_without_its_hostile_parts_looks_the_same() -> None:
    harmless = '<rect width="50" height="50" fill="red"/>'
    hostile = (
        f'<script>alert(1)</script><a href="javascript:alert(1)">{harmless}</a>'
        '<image href="file:///etc/passwd" width="9" height="9"/><style>@import "x";</style>'
    )
    size = ' width="100" height="80"'
    after = clean(drawing(hostile, size)).data.decode()
    assert rendered(drawing(harmless, size).decode(), after) == {
        "sizes": [[100, 80], [100, 80]],
        "equal": True,
        "drawn": True,
    }


def test_a_drawing_becomes_pixels() -> None:
    half = '<rect width="50%" height="80" fill="#ff0000"/>'
    image = draw(drawing(half, ' width="100" height="80"'))
    assert (image.width, image.height, image.bands, image.interpretation) == (100, 80, 4, "srgb")
    assert [image(10, 10), image(90, 10)] == [[255, 0, 0, 255], [0, 0, 0, 0]]


def test_a_drawing_is_drawn_at_any_scale() -> None:
    image = draw(drawing('<rect width="20" height="20"/>', ' width="40" height="20"'), 1.5)
    assert (image.width, image.height) == (60, 30)
    assert [image(28, 15)[3], image(32, 15)[3]] == [255, 0]


def test_files_are_not_drawn_because_something_else_was(tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(drawing("", ' width="1" height="1"'))
    draw(path.read_bytes())
    with pytest.raises(pyvips.Error, match="operation is blocked"):
        pyvips.Image.svgload(str(path))
