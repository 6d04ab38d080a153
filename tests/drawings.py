"""Thirty ordinary drawings, of what programs that draw write."""

import base64

from ashim_core.testing import sample

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
WIDTH, HEIGHT = 160, 120
_PNG = base64.b64encode(sample("rgb")).decode()
_JPEG = base64.b64encode(sample("jpeg")).decode()
_RAMP = '<stop offset="0" stop-color="#06c"/><stop offset="1" stop-color="#fc0"/>'
_STAR = "M80 10 98 55 146 58 109 88 121 112 80 92 39 112 51 88 14 58 62 55Z"
_TEXT = 'font-family="DejaVu Sans" font-size="24"'


def drawing(content: str, attributes: str = "") -> bytes:
    """Give a drawing of 160 x 120 with some content."""
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}" {size} {attributes}>{content}</svg>'.encode()


CONTENTS: dict[str, str] = {
    "shapes": '<rect x="10" y="10" width="60" height="40" rx="8" fill="#c33"/>'
    '<circle cx="110" cy="40" r="30" fill="#3a3"/><ellipse cx="60" cy="90" rx="50" ry="20"/>',
    "strokes": '<path d="M10 20H150M10 50H150" stroke="#06c" stroke-width="9" '
    'stroke-dasharray="20 6" stroke-linecap="round"/>'
    '<path d="M20 110 50 70 80 110 110 70" fill="none" stroke="#c33" stroke-width="10" '
    'stroke-linejoin="round"/>',
    "curves": '<path d="M10 60C40 0 60 120 80 60S130 0 150 60" fill="none" stroke="#333" '
    'stroke-width="6"/><path d="M20 100Q80 60 140 100T150 110" fill="none" stroke="#393"/>',
    "arcs": '<path d="M30 60A50 30 20 1 1 130 70L80 60Z" fill="#86c"/>',
    "polygons": '<polygon points="20,100 80,10 140,100" fill="#fc0" stroke="#333"/>'
    '<polyline points="10,110 40,70 70,115" fill="none" stroke="#c33" stroke-width="4"/>',
    "even odd": f'<path d="{_STAR}" fill-rule="evenodd" fill="#c36" transform="rotate(8 80 60)"/>',
    "transformed": '<g transform="translate(80 60) rotate(30) scale(1.2 .7) skewX(10)">'
    '<rect x="-40" y="-30" width="80" height="60" fill="#396"/></g>',
    "opacity": '<g opacity=".5"><rect x="10" y="10" width="90" height="70" fill="#c00"/>'
    '<rect x="50" y="40" width="90" height="70" fill="#00c" fill-opacity=".6"/></g>',
    "linear gradient": f'<linearGradient id="a" x2="1" y2="1">{_RAMP}</linearGradient>'
    '<rect width="160" height="120" fill="url(#a)"/>',
    "radial gradient": f'<radialGradient id="a" fx=".3" fy=".3">{_RAMP}</radialGradient>'
    '<circle cx="80" cy="60" r="55" fill="url(#a)"/>',
    "gradient in user space": f'<linearGradient id="a" gradientUnits="userSpaceOnUse" x1="40" '
    f'x2="90" spreadMethod="reflect">{_RAMP}</linearGradient>'
    '<rect width="160" height="120" fill="url(#a)"/>',
    "gradient of a gradient": f'<linearGradient id="b">{_RAMP}</linearGradient>'
    '<linearGradient id="a" xlink:href="#b" gradientTransform="rotate(90)"/>'
    '<rect x="10" y="10" width="140" height="100" fill="url(#a)"/>',
    "pattern": '<pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse">'
    '<rect width="10" height="10" fill="#c33"/><circle cx="15" cy="15" r="4" fill="#06c"/>'
    '</pattern><rect width="160" height="120" fill="url(#p)"/>',
    "turned pattern": '<pattern id="p" width="16" height="16" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="8" height="16" fill="#393"/></pattern>'
    '<circle cx="80" cy="60" r="50" fill="url(#p)" stroke="#333"/>',
    "clip": f'<clipPath id="c"><path d="{_STAR}"/></clipPath>'
    '<g clip-path="url(#c)"><rect width="160" height="120" fill="#06c"/>'
    '<rect y="60" width="160" height="60" fill="#fc0"/></g>',
    "clip of a box": '<clipPath id="c" clipPathUnits="objectBoundingBox">'
    '<circle cx=".5" cy=".5" r=".5"/></clipPath>'
    '<rect x="20" y="20" width="120" height="80" fill="#936" clip-path="url(#c)"/>',
    "mask": '<linearGradient id="g"><stop stop-color="#fff"/><stop offset="1"/></linearGradient>'
    '<mask id="m"><rect width="160" height="120" fill="url(#g)"/></mask>'
    '<rect x="10" y="10" width="140" height="100" fill="#c33" mask="url(#m)"/>',
    "mask of light": '<mask id="m" maskUnits="userSpaceOnUse" x="0" y="0" width="160" height="120">'
    '<circle cx="80" cy="60" r="50" fill="#888"/></mask>'
    '<rect width="160" height="120" fill="#039" mask="url(#m)"/>',
    "markers": '<marker id="m" markerWidth="6" markerHeight="6" refX="3" refY="3" orient="auto">'
    '<path d="M0 0 6 3 0 6Z" fill="#c33"/></marker><path d="M20 100 60 30 110 80 140 20" '
    'fill="none" stroke="#333" stroke-width="4" marker-mid="url(#m)" marker-end="url(#m)"/>',
    "symbols": '<symbol id="s" viewBox="0 0 10 10"><path d="M5 0 10 10H0Z"/></symbol>'
    '<use xlink:href="#s" x="10" y="20" width="50" height="50" fill="#393"/>'
    '<use href="#s" x="80" y="40" width="70" height="60" fill="#c33"/>',
    "uses": '<defs><g id="a"><rect width="20" height="20"/></g></defs>'
    '<use href="#a" x="10" y="10"/><use href="#a" x="60" y="50" transform="rotate(20 70 60)"/>',
    "style sheet": "<style>.a{fill:#06c;stroke:#333;stroke-width:4}g > circle{fill:#fc0}</style>"
    '<rect class="a" x="10" y="10" width="70" height="70"/>'
    '<g><circle cx="110" cy="80" r="30"/></g>',
    "styles": '<rect x="20" y="20" width="120" height="80" '
    'style="fill:rgb(200,40,90);stroke:black;stroke-width:6;opacity:.7"/>',
    "text": f'<text x="12" y="60" {_TEXT} fill="#333">Hello</text>',
    "centred text": f'<text x="80" y="50" {_TEXT} text-anchor="middle">Wave</text>'
    f'<text x="80" y="100" {_TEXT} text-anchor="middle" font-weight="bold">Bold</text>',
    "spans": f'<text x="10" y="60" {_TEXT}>A<tspan fill="#c33" dy="16">B</tspan>'
    '<tspan font-size="40">C</tspan></text>',
    "turned text": f'<g transform="translate(80 60)"><text {_TEXT} x="-60">one</text>'
    f'<text {_TEXT} transform="rotate(40)">two</text></g>',
    "embedded PNG": f'<image width="120" height="80" x="20" y="20" '
    f'href="data:image/png;base64,{_PNG}"/>',
    "embedded JPEG": '<image width="150" height="60" x="5" y="30" preserveAspectRatio="xMidYMid '
    f'slice" xlink:href="data:image/jpeg;base64,{_JPEG}"/>',
    "filters": '<filter id="f"><feGaussianBlur stdDeviation="4"/></filter>'
    '<filter id="s"><feOffset dx="6" dy="6" in="SourceAlpha"/><feMerge><feMergeNode/>'
    '<feMergeNode in="SourceGraphic"/></feMerge></filter>'
    '<circle cx="50" cy="60" r="30" fill="#06c" filter="url(#f)"/>'
    '<rect x="90" y="30" width="50" height="50" fill="#fc0" filter="url(#s)"/>',
    "inner drawing": '<svg x="40" y="20" width="80" height="80" viewBox="0 0 10 10">'
    '<rect width="10" height="10" fill="#396"/><circle cx="5" cy="5" r="3" fill="#fff"/></svg>',
}
DRAWINGS = {name: drawing(content) for name, content in CONTENTS.items()}
