"""What files of every format say besides their pixels, written by Pillow or libvips."""

import struct
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ashim_core.discovery import Sources, discover
from ashim_core.imaging.pictures import Pictures
from ashim_core.limits import Limits

FORMATS = discover(Sources())[0].formats
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
MAKE, ARTIST, TIFF_XMP, TIFF_IPTC = 0x010F, 0x013B, 700, 33_723
LONG, UNDEFINED = 4, 7
ENTRY = struct.Struct("<HHI")
"""Tag, type and count of a value in a TIFF."""
IIM = b"\x1c\x02\x19\x00\x04leaf"
IPTC = (
    b"Photoshop 3.0\0"
    + b"8BIM\x04\x04\x00\x00"
    + len(IIM).to_bytes(4, "big")
    + IIM
    + bytes(len(IIM) % 2)
)


def exif() -> Image.Exif:
    found = Image.Exif()
    found[MAKE], found[ARTIST] = "Acme", "Ada"
    place = found.get_ifd(0x8825)
    place.update({1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (151.0, 0.0, 0.0)})
    return found


def described(format: str) -> dict[str, Any]:
    """Give what has Pillow write EXIF and XMP."""
    found = exif()
    if format == "tiff":
        found[TIFF_XMP] = XMP
        return {"exif": found}
    if format == "png":
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return {"exif": found, "pnginfo": texts}
    return {"exif": found, "xmp": XMP}


def said(path: Path) -> dict[str, dict[str, Any]]:
    return Pictures(Limits(), FORMATS).metadata(path)


def written(folder: Path, format: str, **options: Any) -> Path:
    path = folder / f"picture.{format}"
    Image.new("RGB", (16, 12), "teal").save(path, format, **options)
    return path


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "heif", "tiff"])
def test_exif_and_xmp(tmp_path: Path, format: str) -> None:
    if format == "heif":
        pillow_heif = pytest.importorskip("pillow_heif")
        path = tmp_path / "picture.heic"
        file = pillow_heif.from_pillow(Image.new("RGB", (64, 64), "teal"))
        file.save(path, exif=exif().tobytes(), xmp=XMP)
    else:
        path = written(tmp_path, format, **described(format))
    found = said(path)
    assert (found["exif"]["Make"], found["exif"]["Artist"]) == ("Acme", "Ada")
    assert found["xmp"]["xmp:Rating"] == "4"
    if format != "tiff":  # in which Pillow writes no place
        assert (found["gps"]["latitude"], found["gps"]["longitude"]) == (-33.5, 151.0)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_the_profile(tmp_path: Path, format: str) -> None:
    found = said(written(tmp_path, format, icc_profile=PROFILE))
    assert found["icc"]["colourSpace"] == "Lab"
    assert "exif" not in found or format == "tiff"


def test_iptc_of_a_jpeg(tmp_path: Path) -> None:
    image = pyvips.Image.black(8, 8).copy()
    image.set_type(pyvips.GValue.blob_type, "iptc-data", IPTC)  # type: ignore[arg-type]
    path = tmp_path / "picture.jpg"
    image.jpegsave(str(path))
    assert said(path)["iptc"] == {"Keywords": ["leaf"]}


@pytest.mark.parametrize("of_numbers", [True, False])
def test_iptc_of_a_tiff(tmp_path: Path, of_numbers: bool) -> None:
    """It lies there as bytes, or as numbers of four bytes each."""
    tags = ImageFileDirectory_v2()
    tags.tagtype[TIFF_IPTC] = UNDEFINED
    tags[TIFF_IPTC] = IIM.ljust(12, b"\0")
    path = written(tmp_path, "tiff", tiffinfo=tags)
    if of_numbers:
        as_bytes, as_numbers = (ENTRY.pack(TIFF_IPTC, *one) for one in ((UNDEFINED, 12), (LONG, 3)))
        path.write_bytes(path.read_bytes().replace(as_bytes, as_numbers))
    assert said(path)["iptc"] == {"Keywords": ["leaf"]}


def test_a_comment_alone_says_nothing(tmp_path: Path) -> None:
    assert said(written(tmp_path, "gif", comment=b"made by hand")) == {}


def test_damaged_exif_is_there_and_says_nothing(tmp_path: Path) -> None:
    good = written(tmp_path, "jpeg", exif=exif()).read_bytes()
    path = tmp_path / "damaged.jpg"
    path.write_bytes(good.replace(b"Exif\0\0MM\0*", b"Exif\0\0QQ\0*"))
    assert said(path) == {"exif": {}}
