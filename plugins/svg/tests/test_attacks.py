"""Hostile drawings, through a real worker: nothing is fetched, no file is read, all of it ends.

What an attack draws by itself may be drawn; what it reaches for must not be: the colour of a file
beside it, or a connection to where it points.
"""

import base64
import codecs
import gzip
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from ashim_core.testing import ToolClient, plain
from tests.drawings import SVG, XLINK, drawing

TOOL = "svg-to-raster"
MAGENTA = [255, 0, 255]
REFUSED = {400, 413, 422}
_BOX = 'width="160" height="120"'
_DRAWN = '<rect width="9" height="9" fill="#0a0"/>'


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[object]]]:
    """A server on this machine that nobody may connect to: its address, and who did."""
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        closing = threading.Event()

        def listen() -> None:
            while not closing.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                callers.append(address)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", callers
        closing.set()
        thread.join()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that lies on this machine and is all magenta."""
    path = tmp_path_factory.mktemp("secret") / "secret.png"
    plain(64, 64, *MAGENTA).pngsave(str(path))
    return path


REACHING: dict[str, str] = {
    "image by path": f'<image {_BOX} href="{{path}}"/>',
    "image by xlink": f'<image {_BOX} xlink:href="{{path}}"/>',
    "image by file address": f'<image {_BOX} href="file://{{path}}"/>',
    "image by file address of this machine": f'<image {_BOX} href="file://localhost{{path}}"/>',
    "image by address": f'<image {_BOX} href="http://{{host}}/a.png"/>',
    "image without a scheme": f'<image {_BOX} href="//{{host}}/a.png"/>',
    "image by a scheme in capitals": f'<image {_BOX} href="HTTP://{{host}}/a.png"/>',
    "image with spaces before": f'<image {_BOX} href="  &#10;http://{{host}}/a.png"/>',
    "image by a relative path": f'<image {_BOX} href="../../../../../../../../{{path}}"/>',
    "image by a name beside": f'<image {_BOX} href="secret.png"/>',
    "image by xml:base": f'<g xml:base="file://{{folder}}/"><image {_BOX} href="secret.png"/></g>',
    "image by a percent sign": f'<image {_BOX} href="file://%2F{{path}}"/>',
    "two addresses": f'<image {_BOX} href="#a" xlink:href="{{path}}"/>',
    "use of a file": '<use href="{path}#a"/>',
    "use of an address": '<use href="http://{host}/a.svg#a"/>',
    "filter image": '<filter id="f"><feImage href="{path}"/></filter>'
    f'<rect {_BOX} filter="url(#f)"/>',
    "filter image by address": '<filter id="f"><feImage href="http://{host}/a.png"/></filter>'
    f'<rect {_BOX} filter="url(#f)"/>',
    "fill by address": f'<rect {_BOX} fill="url(http://{{host}}/a.svg#a)"/>',
    "fill by file": f'<rect {_BOX} fill="url({{path}})"/>',
    "mask by address": f'<rect {_BOX} mask="url(http://{{host}}/a.svg#a)"/>',
    "clip by address": f'<rect {_BOX} clip-path="url(http://{{host}}/a.svg#a)"/>',
    "filter by address": f'<rect {_BOX} filter="url(http://{{host}}/a.svg#a)"/>',
    "marker by address": '<path d="M0 0h9v9" marker-mid="url(http://{host}/a.svg#a)"/>',
    "cursor by address": f'<rect {_BOX} cursor="url(http://{{host}}/a.cur)"/>',
    "style that imports": '<style>@import "http://{host}/a.css";</style>',
    "style that imports by url": "<style>@import url(http://{host}/a.css);</style>",
    "style with escapes": "<style>@\\69mport url(http://{host}/a.css);</style>",
    "style with a comment": "<style>@imp/**/ort url(http://{host}/a.css);</style>",
    "font by address": "<style>@font-face{{font-family:x;src:url(http://{host}/a.ttf)}}</style>"
    '<text y="60" font-family="x">a</text>',
    "font by file": "<style>@font-face{{font-family:x;src:url({path})}}</style>"
    '<text y="60" font-family="x">a</text>',
    "background by address": f'<rect {_BOX} style="background:url(http://{{host}}/a.png)"/>',
    "fill in a style": f'<rect {_BOX} style="fill:url(http://{{host}}/a.svg#a)"/>',
    "fill in a style sheet": "<style>rect{{fill:url(http://{host}/a#a)}}</style>"
    f"<rect {_BOX}/>",
    "profile by address": '<color-profile name="p" xlink:href="http://{host}/a.icc"/>',
    "script by address": '<script href="http://{host}/a.js"/>',
    "frame of HTML": f'<foreignObject {_BOX}><iframe xmlns="http://www.w3.org/1999/xhtml" '
    'src="http://{host}/"/></foreignObject>',
    "picture of HTML": f'<foreignObject {_BOX}><img xmlns="http://www.w3.org/1999/xhtml" '
    'src="{path}"/></foreignObject>',
    "animated address": f'<image {_BOX}><set attributeName="href" to="http://{{host}}/a.png"/></image>',
    "link": '<a href="http://{host}/"><rect width="9" height="9"/></a>',
    "event": f"<rect {_BOX} onload=\"fetch('http://{{host}}/')\"/>",
    "text of another file": '<text y="60"><tref xlink:href="{path}"/></text>',
    "XInclude": '<g xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{path}"/></g>',
    "drawing in a data address": f'<image {_BOX} href="data:image/svg+xml;base64,{{nested}}"/>',
    "drawing that says it is PNG": f'<image {_BOX} href="data:image/png;base64,{{nested}}"/>',
}
PROLOGUES: dict[str, str] = {
    "entity of a file": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{path}">]>',
    "entity of an address": '<!DOCTYPE svg [<!ENTITY x SYSTEM "http://{host}/x">]>',
    "entity of parameters": '<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://{host}/x.dtd">%x;]>',
    "type by address": '<!DOCTYPE svg SYSTEM "http://{host}/svg.dtd">',
    "style sheet of XML": '<?xml-stylesheet href="http://{host}/a.css" type="text/css"?>',
    "style sheet of a file": '<?xml-stylesheet href="{path}" type="text/xsl"?>',
}


def filled(text: str, host: str, secret: Path) -> str:
    """Put in where an attack points."""
    inner = f'<svg xmlns="{SVG}" {_BOX}><image {_BOX} href="{secret}"/></svg>'
    nested = base64.b64encode(inner.encode()).decode()
    return text.format(host=host, path=secret, folder=secret.parent, nested=nested)


@pytest.mark.parametrize("name", REACHING)
def test_nothing_is_reached(
    server: ToolClient, listener: tuple[str, list[object]], secret: Path, name: str
) -> None:
    content = filled(REACHING[name], listener[0], secret)
    response = server.post(TOOL, drawing(_DRAWN + content), name="a.svg")
    assert response.status_code == 200, response.text
    image = pyvips.Image.pngload_buffer(response.data)
    assert image(4, 4)[:3] == [0, 170, 0] or image(4, 4)[3] == 255
    assert magenta(image) == 0
    assert listener[1] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", PROLOGUES)
def test_no_prologue_reaches_anything(
    server: ToolClient, listener: tuple[str, list[object]], secret: Path, name: str, encoding: str
) -> None:
    text = filled(PROLOGUES[name], listener[0], secret) + drawing("<text>&x;</text>").decode()
    response = server.post(TOOL, text.encode(encoding), name="a.svg")
    assert response.status_code in {200, *REFUSED}, response.text
    if response.status_code == 200:
        assert magenta(pyvips.Image.pngload_buffer(response.data)) == 0
    assert listener[1] == []


def magenta(image: pyvips.Image) -> int:
    """Count the pixels that have the colour of the secret."""
    same = ((image[:3] - MAGENTA).abs() < 40).bandand()
    return round(float(same.avg()) / 255 * image.width * image.height)


def doubled(levels: int, element: str = "use", begin: str = "") -> str:
    """Have each level use the one before ten times."""
    parts = [f'<g id="l0"><rect width="1" height="1"/>{begin}</g>']
    parts += [
        f'<g id="l{level}">' + f'<{element} href="#l{level - 1}"/>' * 10 + "</g>"
        for level in range(1, levels)
    ]
    return f"<defs>{''.join(parts)}</defs><use href='#l{levels - 1}'/>"


def patterns(levels: int) -> str:
    """Have each pattern be filled with the one before, ten times."""
    parts = [
        f'<pattern id="p{level}" width="9" height="9" patternUnits="userSpaceOnUse">'
        + f'<rect width="9" height="9" fill="url(#p{level - 1})"/>' * 10
        + "</pattern>"
        for level in range(levels)
    ]
    return "".join(parts) + f'<rect {_BOX} fill="url(#p{levels - 1})"/>'


def referring(property: str, element: str, levels: int) -> str:
    """Have masks, clips or markers each refer to the one before, ten times."""
    parts = [
        f'<{element} id="r{level}">'
        + f'<path d="M0 0h9v9" {property}="url(#r{level - 1})"/>' * 10
        + f"</{element}>"
        for level in range(levels)
    ]
    return "".join(parts) + f'<path d="M0 0h9v9" {property}="url(#r{levels - 1})"/>'


def picture_of(width: int, height: int) -> str:
    """Give an address that holds a picture that is all black: few bytes, and many pixels."""
    data = pyvips.Image.black(width, height).pngsave_buffer(bitdepth=1)
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


TOO_MUCH: dict[str, str] = {
    "a billion uses": doubled(10),
    "a billion uses of a symbol": doubled(10, begin="<symbol id='s'/>"),
    "patterns in patterns": patterns(9),
    "masks in masks": referring("mask", "mask", 9),
    "clips in clips": referring("clip-path", "clipPath", 9),
    "markers in markers": referring("marker-mid", "marker", 9),
    "filters of uses": doubled(8) + '<rect width="9" height="9" filter="url(#l7)"/>',
    "a pattern for every element": patterns(4)
    + "<style>rect{fill:url(#p3)}</style>"
    + '<rect width="1" height="1"/>' * 100,
    "an embedded picture of 100 megapixels": f'<image {_BOX} href="{picture_of(10_000, 10_000)}"/>',
    "an embedded picture, often": f'<image id="i" {_BOX} href="{picture_of(3000, 3000)}"/>'
    + '<use href="#i"/>' * 20,
    "noise of a million octaves": '<feTurbulence numOctaves="1000000"/>',
    "noise of more octaves than there are atoms": '<feTurbulence numOctaves="1e300"/>',
    "text of 20,001 letters": f"<text>{'a' * 20_001}</text>",
    "100,001 elements": "<g/>" * 100_001,
    "nested too deep": "<g>" * 300 + "</g>" * 300,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_would_be_too_much_is_refused_before(server: ToolClient, name: str) -> None:
    response = server.post(TOOL, drawing(TOO_MUCH[name]))
    assert (response.status_code, response.get_json()["code"]) == (422, "TOO_COMPLEX")
    assert "expected" in response.get_json()["error"]


LOOPS: dict[str, str] = {
    "use of itself": '<use id="a" href="#a"/>',
    "use of what holds it": '<g id="a"><use href="#a"/></g>',
    "two uses of each other": '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
    "gradient of itself": f'<linearGradient id="a" href="#a"/><rect {_BOX} fill="url(#a)"/>',
    "gradients of each other": '<linearGradient id="a" href="#b"/><linearGradient id="b" '
    f'href="#a"/><rect {_BOX} fill="url(#a)"/>',
    "pattern filled with itself": f'<pattern id="a" width="9" height="9"><rect {_BOX} '
    f'fill="url(#a)"/></pattern><rect {_BOX} fill="url(#a)"/>',
    "clip that clips itself": f'<clipPath id="a" clip-path="url(#a)"><rect {_BOX}/></clipPath>'
    f'<rect {_BOX} clip-path="url(#a)"/>',
    "mask that masks itself": f'<mask id="a" mask="url(#a)"><rect {_BOX}/></mask>'
    f'<rect {_BOX} mask="url(#a)"/>',
    "mask of what it masks": f'<mask id="a"><use href="#b"/></mask><rect id="b" {_BOX} '
    'mask="url(#a)"/>',
    "marker with itself": '<marker id="a"><path d="M0 0h9v9" marker-mid="url(#a)"/></marker>'
    '<path d="M0 0h9v9" marker-mid="url(#a)"/>',
    "filter image of what it filters": f'<filter id="a"><feImage href="#b"/></filter><rect id="b" '
    f'{_BOX} filter="url(#a)"/>',
    "text on a path that isn't there": '<text><textPath href="#b">a</textPath></text>',
}
ODD: dict[str, str] = {
    "numbers without end": f'<rect width="1{"0" * 400}" height="1e999" x="-1e308"/>',
    "not a number": '<rect width="NaN" height="nan" transform="scale(nan)"/>',
    "a box of nothing": f'<svg viewBox="0 0 0 0" {_BOX}><rect {_BOX}/></svg>',
    "a huge blur": f'<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect {_BOX} '
    'filter="url(#f)"/>',
    "a huge kernel": '<filter id="f"><feConvolveMatrix order="100000" kernelMatrix="1"/></filter>'
    f'<rect {_BOX} filter="url(#f)"/>',
    "a huge morphology": '<filter id="f"><feMorphology radius="100000"/></filter>'
    f'<rect {_BOX} filter="url(#f)"/>',
    "a huge region": '<filter id="f" x="-1e6" y="-1e6" width="2e6" height="2e6"><feFlood/>'
    f"</filter>"
    f'<rect {_BOX} filter="url(#f)"/>',
    "fine dashes": '<path d="M0 9h1e7" stroke="#000" stroke-dasharray=".001"/>',
    "a tiny pattern": '<pattern id="p" width=".0001" height=".0001" patternUnits="userSpaceOnUse">'
    f'<rect {_BOX}/></pattern><rect {_BOX} fill="url(#p)"/>',
    "a huge font": '<text font-size="1e9" y="60">a</text>',
    "text of 18,000 letters": f"<text y='60'>{'ab ' * 6000}</text>",
    "noise": '<filter id="f"><feTurbulence baseFrequency="9" numOctaves="16"/></filter>'
    f'<rect {_BOX} filter="url(#f)"/>',
    "a million points": f'<path d="M0 0{"L9 9 0 9" * 200_000}"/>',
    "opacity on opacity": '<g opacity=".9">' * 200 + f"<rect {_BOX}/>" + "</g>" * 200,
    "invisible letters": "<text y='60'>\u202e\u200b\ufeff</text>",
}


@pytest.mark.parametrize("content", [*LOOPS.values(), *ODD.values()], ids=[*LOOPS, *ODD])
def test_all_of_it_ends(server: ToolClient, content: str) -> None:
    response = server.post(TOOL, drawing(content))
    known = {200, *REFUSED, 504}
    assert response.status_code in known, response.text
    if response.status_code != 200:
        assert response.get_json()["code"] in {
            *("TOO_COMPLEX", "DECODE_FAILED", "INVALID_IMAGE", "TIMEOUT", "OUT_OF_MEMORY"),
            "TOO_MANY_PIXELS",
        }
    after = pyvips.Image.pngload_buffer(server.post(TOOL, drawing(_DRAWN)).data)
    assert after(4, 4) == [0, 170, 0, 255]


SIZES = {
    "a million inches": 'width="1000000in" height="1in"',
    "a box of 10,000 by 10,000": 'viewBox="0 0 10000 10000"',
    "a side that no file has": 'width="9e9" height="1"',
}


@pytest.mark.parametrize("attributes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("tool", [TOOL, "resize"])
def test_what_says_that_it_is_too_large(server: ToolClient, tool: str, attributes: str) -> None:
    data = f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}" {attributes}/>'.encode()
    settings = {"width": 10} if tool == "resize" else {}
    assert server.refusal(tool, data, **settings) == (413, "TOO_MANY_PIXELS")


BAD: dict[str, bytes] = {
    "compressed": gzip.compress(drawing("")),
    "cut": drawing(_DRAWN)[:-9],
    "another root": b'<svgs xmlns="http://www.w3.org/2000/svg"/>',
    "a page with a drawing": b"<html><body>" + drawing("") + b"</body></html>",
    "a laugh": b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + drawing("<text>&b;</text>"),
    "UTF-7": b"<?xml version='1.0' encoding='utf-7'?>" + drawing("+ADw-script+AD4-"),
    "UTF-16 without a mark": drawing("").decode().encode("utf-16-be"),
    "half a character": codecs.BOM_UTF16_LE + b"<\0s",
    "zeros": drawing("\0"),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_sound_drawing(server: ToolClient, data: bytes) -> None:
    response = server.post(TOOL, data)
    assert response.status_code in REFUSED, response.text
    assert response.get_json()["error"]


def test_there_are_many() -> None:
    contents = {**REACHING, **PROLOGUES, **TOO_MUCH, **LOOPS, **ODD, **SIZES}
    assert len(contents) + len(BAD) >= 90
