"""PDF documents written by hand, object by object.

Source: ISO 32000-1, sections 7.5 (structure), 7.6 (encryption with RC4 of 40 bits), 8, 12.5, 12.7.
"""

import hashlib
import zlib
from collections.abc import Sequence

import pyvips

from ashim_core.testing.samples import scene

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ID = b"0123456789abcdef"
_PERMISSIONS = -4
FIRST_PAGE = 3
"""Number of the object that is the first page, in what `document` writes."""


def assembled(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Write objects, numbered from 1, of which the first is the catalogue, with their table."""
    data = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R%s>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, trailer, len(data))
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Write a stream, compressed."""
    packed = zlib.compress(content)
    head = b"<</Length %d/Filter/FlateDecode%s>>" % (len(packed), entries)
    return head + b"stream\n" + packed + b"\nendstream"


def document(
    *contents: bytes,
    box: tuple[float, float] = (200, 100),
    page: bytes = b"",
    resources: bytes = b"",
    others: Sequence[bytes] = (),
    catalogue: bytes = b"",
) -> bytes:
    """Write pages with some content each.

    page, resources, catalogue: further entries of their dictionaries. others: further objects,
    whose numbers begin behind those of the pages and their contents.
    """
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (FIRST_PAGE + 2 * index) for index in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
    ]
    for index, content in enumerate(contents):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R"
            b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>%s>>%s>>"
            % (*box, FIRST_PAGE + 1 + 2 * index, resources, page)
        )
        objects.append(stream(content))
    return assembled([*objects, *others])


def next_object(pages: int) -> int:
    """Give the number of the first of the other objects of a document of so many pages."""
    return FIRST_PAGE + 2 * pages


MARK = b"1 0 0 rg 0 50 100 50 re f 0 0 1 rg 100 0 100 50 re f"
"""Red at the top left, blue at the bottom right, of a page of 200 x 100."""


def scanned() -> bytes:
    """Give a page that is a picture and nothing else."""
    picture = scene(400, 200).jpegsave_buffer(Q=90)
    image = (
        b"<</Type/XObject/Subtype/Image/Width 400/Height 200/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
        % (len(picture), picture)
    )
    resources = b"/XObject<</I %d 0 R>>" % next_object(1)
    return document(b"q 200 0 0 100 0 0 cm /I Do Q", resources=resources, others=[image])


def filled_in() -> bytes:
    """Give a page with a field that is filled in, and a note on it, each as it shall look."""
    first = next_object(1)
    look = b"/Type/XObject/Subtype/Form/BBox[0 0 80 30]/Resources<<>>"
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Ada)/F 4/Rect[10 10 90 40]"
        b"/AP<</N %d 0 R>>>>" % (first + 2)
    )
    note = b"<</Type/Annot/Subtype/Square/F 4/Rect[110 10 190 40]/AP<</N %d 0 R>>>>" % (first + 3)
    return document(
        MARK,
        page=b"/Annots[%d 0 R %d 0 R]" % (first, first + 1),
        catalogue=b"/AcroForm<</Fields[%d 0 R]>>" % first,
        others=[
            field,
            note,
            stream(b"0 .6 0 rg 0 0 80 30 re f", look),
            stream(b"1 .8 0 rg 0 0 80 30 re f", look),
        ],
    )


def see_through() -> bytes:
    """Give a page of layers that can be seen through, and that multiply."""
    resources = b"/ExtGState<</A<</ca .5>>/B<</ca .7/BM/Multiply>>>>"
    content = (
        b"1 0 0 rg 20 20 100 60 re f /A gs 0 0 1 rg 60 10 100 60 re f /B gs 0 1 0 rg "
        b"100 30 80 60 re f"
    )
    return document(content, resources=resources)


def typed(count: int = 1) -> bytes:
    """Give pages of text and lines, each with its number."""
    pages = (
        b"BT /F 24 Tf 20 50 Td (Page %d) Tj ET 2 w 20 30 m 180 30 l S" % number
        for number in range(1, count + 1)
    )
    return document(*pages)


def locked(password: bytes) -> bytes:
    """Give a page that needs a password."""
    padded = (password + _PADDING)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(
        padded + owner + (_PERMISSIONS & 0xFFFFFFFF).to_bytes(4, "little") + _ID
    ).digest()[:5]
    user = rc4(key, _PADDING)
    own_key = hashlib.md5(key + b"\x04\0\0\0\0").digest()[:10]  # of object 4
    content = rc4(own_key, MARK)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Filter/Standard/V 1/R 2/Length 40/P %d/O<%s>/U<%s>>>"
        % (_PERMISSIONS, owner.hex().encode(), user.hex().encode()),
    ]
    name = _ID.hex().encode()
    return assembled(objects, b"/Encrypt 5 0 R/ID[<%s><%s>]" % (name, name))


def rc4(key: bytes, data: bytes) -> bytes:
    """Encrypt, or decrypt."""
    state = [*range(256)]
    other = 0
    for index in range(256):
        other = (other + state[index] + key[index % len(key)]) % 256
        state[index], state[other] = state[other], state[index]
    made = bytearray()
    index = other = 0
    for byte in data:
        index = (index + 1) % 256
        other = (other + state[index]) % 256
        state[index], state[other] = state[other], state[index]
        made.append(byte ^ state[(state[index] + state[other]) % 256])
    return bytes(made)


def drawn_mark(width: int, height: int) -> pyvips.Image:
    """Draw what `MARK` looks like."""
    white = pyvips.Image.black(width, height, bands=3) + 255
    image = white.cast("uchar").copy(interpretation="srgb")
    image = image.draw_rect([255, 0, 0], 0, 0, width // 2, height // 2, fill=True)
    return image.draw_rect([0, 0, 255], width // 2, height // 2, width, height, fill=True)
