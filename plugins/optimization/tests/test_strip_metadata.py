"""Strip Metadata: what goes is gone, what stays is as it was, and no pixel is touched."""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ashim_optimization.strip_metadata
import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None,
    reason="exiftool is not installed: apt-get install libimage-exiftool-perl",
)

SECRET = b"Jane Doe"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'exif:GPSLatitude="48,30.0N"><exif:GPSLongitude>11,15.0E</exif:GPSLongitude>'
    b"<dc:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li></rdf:Seq></dc:creator>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
IIM = b"\x1c\x02\x50" + len(SECRET).to_bytes(2, "big") + SECRET
IRB = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(IIM).to_bytes(4, "big") + IIM + b"\0"


def profile(name: str) -> bytes:
    """Give a colour profile that libvips brings along."""
    image = pyvips.Image.black(8, 8, bands=3).copy(interpretation="srgb")
    kept = image.icc_transform(name, input_profile="srgb").tiffsave_buffer(profile=name)
    found: Any = pyvips.Image.new_from_buffer(kept, "").get("icc-profile-data")
    return bytes(found)


def exif(orientation: int = 6, order: str = "<", gps_at: int | None = None) -> bytes:
    """Build EXIF with a maker, an orientation and a place."""
    make, gps = 8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + len(SECRET) + 2
    entries = struct.pack(f"{order}HHII", 0x010F, 2, len(SECRET) + 1, make)
    entries += struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(f"{order}HHII", 0x8825, 4, 1, gps if gps_at is None else gps_at)
    degrees = gps + 2 + 2 * 12 + 4
    place = struct.pack(f"{order}HHHI4s", 2, 1, 2, 2, b"N\0\0\0")
    place += struct.pack(f"{order}HHII", 2, 5, 3, degrees) + bytes(4)
    place += struct.pack(f"{order}6I", 48, 1, 30, 1, 0, 1)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    head = magic + struct.pack(f"{order}IH", 8, 3)
    return head + entries + bytes(4) + SECRET + b"\0\0" + place


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return len(content).to_bytes(4, "big") + name + content + check.to_bytes(4, "big")


def riff(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def bare(picture: pyvips.Image, suffix: str) -> bytes:
    return bytes(picture.write_to_buffer(f"{suffix}[keep=none]"))


def scene() -> pyvips.Image:
    return pyvips.Image.new_from_buffer(sample("rgb"), "")


def jpeg(*segments: bytes, behind: bytes = b"", options: str = "") -> bytes:
    data = bytes(scene().write_to_buffer(f".jpg[keep=none{options}]"))
    return data[:2] + b"".join(segments) + data[2:] + behind


def png(*chunks: bytes, behind: bytes = b"") -> bytes:
    data = bare(scene(), ".png")
    header = 8 + 25
    return data[:header] + b"".join(chunks) + data[header:] + behind


def webp(*chunks: bytes, flags: int = 0x0C, behind: bytes = b"") -> bytes:
    data = bytes(scene().write_to_buffer(".webp[lossless,keep=none]"))
    picture = data[data.index(b"VP8L") :]
    size = struct.pack("<I", 47)[:3] + struct.pack("<I", 31)[:3]
    body = b"WEBP" + riff(b"VP8X", bytes([flags, 0, 0, 0]) + size) + picture + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body + behind


def gif(*extensions: bytes, behind: bytes = b"") -> bytes:
    data = sample("two-frames")
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    return data[:at] + b"".join(extensions) + data[at:] + behind


def full_jpeg(orientation: int = 6) -> bytes:
    """Give a JPEG with everything that a JPEG can say."""
    return jpeg(
        segment(0xE1, b"Exif\0\0" + exif(orientation)),
        segment(0xE1, XMP_HEAD + XMP),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 40 + SECRET),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01" + profile("p3")),
        segment(0xE2, b"MPF\0" + SECRET),
        segment(0xEB, b"JP" + SECRET),
        segment(0xED, IRB),
        segment(0xFE, SECRET),
        behind=b"\xff\xd8\xff" + SECRET,
    )


XMP_TEXT = b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
GIF_XMP = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"


def full_png() -> bytes:
    """Give a PNG with everything that a PNG can say."""
    return png(
        chunk(b"iCCP", b"p3\0\0" + zlib.compress(profile("p3"))),
        chunk(b"gAMA", (45455).to_bytes(4, "big")),
        chunk(b"eXIf", exif()),
        chunk(b"tEXt", b"Author\0" + SECRET),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(SECRET)),
        chunk(b"iTXt", XMP_TEXT),
        chunk(b"tIME", b"\x07\xe8\x01\x02\x03\x04\x05"),
        chunk(b"iDOT", SECRET),
        behind=SECRET,
    )


def full_webp() -> bytes:
    return webp(riff(b"EXIF", exif()), riff(b"XMP ", XMP), riff(b"ZZZZ", SECRET), behind=SECRET)


def full_gif() -> bytes:
    comment = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    control = b"\x21\xf9\x04\0\0\0\0\0"
    text = b"\x21\x01\x0c" + bytes(12) + bytes([len(SECRET)]) + SECRET + b"\0"
    return gif(comment, GIF_XMP, control + text, behind=SECRET)


FULL: dict[str, Callable[[], bytes]] = {
    "jpeg": full_jpeg,
    "png": full_png,
    "webp": full_webp,
    "gif": full_gif,
}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_optimization.strip_metadata)


def strip(client: ToolClient, data: bytes, **settings: Any) -> bytes:
    response = client.post("strip-metadata", data, **settings)
    assert response.status_code == 200, response.text
    return bytes(response.data)


def inspect(client: ToolClient, data: bytes, **settings: Any) -> dict[str, Any]:
    answer: Any = client.post("strip-metadata", data, inspect=True, **settings).json
    assert isinstance(answer, dict)
    return answer


def decoded(data: bytes) -> bytes:
    options: dict[str, Any] = {"n": -1} if data[:3] == b"GIF" or data[8:12] == b"WEBP" else {}
    return bytes(pyvips.Image.new_from_buffer(data, "", **options).write_to_memory())


Said = Callable[[bytes], set[str]]


@pytest.fixture
def said(exiftool: Callable[..., str], tmp_path: Path) -> Said:
    """Give the names of all metadata that ExifTool finds."""
    wanted = ["-EXIF:all", "-XMP:all", "-IPTC:all", "-Photoshop:all", "-MPF:all", "-Comment"]
    wanted += ["-ICC_Profile:ProfileDescription", "-GPS:all", "-PNG:Author", "-Trailer:all"]

    def reading(data: bytes) -> set[str]:
        path = tmp_path / "said"
        path.write_bytes(data)
        lines = exiftool("-a", "-G0", "-s", "-s", *wanted, str(path)).splitlines()
        return {line.partition("] ")[2].partition(":")[0] for line in lines}

    return reading


@pytest.mark.parametrize("format", FULL)
def test_everything_goes_and_no_pixel_changes(client: ToolClient, format: str) -> None:
    full = FULL[format]()
    assert SECRET in full
    result = strip(client, full)
    assert decoded(result) == decoded(full)
    assert SECRET not in result
    assert b"GPS" not in result


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_stays_and_pixels_are_identical(
    client: ToolClient, orientation: int, tmp_path: Path
) -> None:
    full = full_jpeg(orientation)
    result = strip(client, full)
    image = pyvips.Image.new_from_buffer(result, "")
    assert decoded(result) == decoded(full)
    kept = image.get("orientation") if image.get_typeof("orientation") else 1
    assert kept == orientation
    assert (b"Exif" in result) == (orientation != 1)


@pytest.mark.parametrize("format", ["png", "webp"])
def test_the_orientation_stays_in_other_formats(client: ToolClient, format: str) -> None:
    result = pyvips.Image.new_from_buffer(strip(client, FULL[format]()), "")
    assert result.get("orientation") == 6


def test_the_orientation_of_an_old_png_profile_stays(client: ToolClient) -> None:
    raw = (b"Exif\0\0" + exif(3)).hex().encode()
    text = b"\nexif\n" + str(len(raw) // 2).encode() + b"\n" + raw + b"\n"
    old = png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)))
    result = pyvips.Image.new_from_buffer(strip(client, old), "")
    assert result.get("orientation") == 3


@needs_exiftool
@pytest.mark.parametrize("format", FULL)
def test_another_program_finds_nothing_but_what_stays(
    client: ToolClient, said: Said, format: str
) -> None:
    before, after = (said(data) for data in (FULL[format](), strip(client, FULL[format]())))
    assert len(before) > 3
    assert after <= {"Orientation", "ProfileDescription"}


@needs_exiftool
@pytest.mark.parametrize(
    ("settings", "gone", "kept"),
    [
        ({"stripExif": True}, {"Make", "GPSLatitudeRef"}, {"Creator", "By-line", "Comment"}),
        ({"stripGps": True}, {"GPSLatitude", "GPSLongitude"}, {"Make", "Creator", "Orientation"}),
        ({"stripIcc": True}, {"ProfileDescription"}, {"Make", "Creator", "GPSLatitude"}),
        ({"stripXmp": True}, {"Creator"}, {"Make", "By-line", "GPSLatitude", "Comment"}),
        ({"stripXmp": True, "stripExif": True}, {"Make", "Creator"}, {"By-line", "Comment"}),
    ],
)
def test_only_what_is_named_goes(
    client: ToolClient, said: Said, settings: dict[str, bool], gone: set[str], kept: set[str]
) -> None:
    before = said(full_jpeg())
    assert gone | kept <= before
    result = strip(client, full_jpeg(), **settings)
    after = said(result)
    assert not gone & after
    assert kept | {"Orientation"} <= after
    assert decoded(result) == decoded(full_jpeg())


@pytest.mark.parametrize("order", ["<", ">"])
def test_gps_goes_and_the_rest_of_exif_stays_where_it_was(client: ToolClient, order: str) -> None:
    data = jpeg(segment(0xE1, b"Exif\0\0" + exif(order=order)))
    result = strip(client, data, stripGps=True)
    assert len(result) == len(data)
    report = inspect(client, result)
    assert report["gps"] is None
    assert report["exif"]["values"] == {"Make": "Jane Doe", "Orientation": 6}
    degrees = struct.pack(f"{order}6I", 48, 1, 30, 1, 0, 1)
    assert degrees in data
    assert degrees not in result


def test_gps_goes_from_xmp_and_the_rest_of_it_stays(client: ToolClient) -> None:
    for data in (full_jpeg(), full_png(), full_webp(), full_gif()):
        report = inspect(client, strip(client, data, stripGps=True))
        assert report["xmp"]["values"] == {"dc:creator": ["Jane Doe"]}
        assert report["gps"] is None


def test_an_unclosed_place_takes_all_of_xmp_with_it(client: ToolClient) -> None:
    broken = XMP.replace(b"</exif:GPSLongitude>", b"")
    data = jpeg(segment(0xE1, XMP_HEAD + broken), segment(0xFE, SECRET))
    result = strip(client, data, stripGps=True)
    assert b"11,15" not in result
    assert SECRET in result


def test_strip_all_false_leaves_the_file_as_it_is(client: ToolClient) -> None:
    assert strip(client, full_jpeg(), stripAll=False) == full_jpeg()


def test_strip_all_with_strip_icc_takes_the_profile_too(client: ToolClient) -> None:
    assert inspect(client, strip(client, full_jpeg()))["icc"] is not None
    assert inspect(client, strip(client, full_jpeg(), stripAll=True, stripIcc=True))["icc"] is None


@pytest.mark.parametrize(("name", "stays"), [("srgb", False), ("p3", True)])
def test_only_a_profile_that_changes_colours_stays(
    client: ToolClient, name: str, stays: bool
) -> None:
    icc = profile(name)
    pictures = [
        jpeg(segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc)),
        png(chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))),
    ]
    for data in pictures:
        report = inspect(client, strip(client, data))
        assert (report["icc"] is not None) == stays
    assert (b"sRGB" in strip(client, pictures[1])) == (not stays)


@pytest.mark.parametrize("setting", ["stripExif", "stripGps", "stripIcc", "stripXmp"])
def test_further_pictures_go_with_anything(client: ToolClient, setting: str) -> None:
    further = b"\xff\xd8\xff\xe1 taken at 48.5 N"
    data = jpeg(segment(0xE2, b"MPF\0" + SECRET), segment(0xFE, b"kept"), behind=further)
    assert strip(client, data, **{setting: True}) == jpeg(segment(0xFE, b"kept"))


def test_a_webp_header_says_what_is_left(client: ToolClient) -> None:
    data = webp(riff(b"EXIF", exif(1)), riff(b"XMP ", XMP))
    assert strip(client, data)[20] == 0
    assert strip(client, data, stripXmp=True)[20] == 0x08
    turned = webp(riff(b"EXIF", exif(6)), riff(b"XMP ", XMP))
    assert strip(client, turned)[20] == 0x08


def test_animations_keep_their_frames_and_timing(client: ToolClient) -> None:
    for name, extra in (("two-frames", full_gif()), ("two-frames-webp", sample("two-frames-webp"))):
        result = pyvips.Image.new_from_buffer(strip(client, extra), "", n=-1)
        original = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
        assert result.get("delay") == original.get("delay")
        assert result.get("loop") == original.get("loop") == 3
        assert result.write_to_memory() == original.write_to_memory()


def test_a_png_animation_keeps_its_chunks(client: ToolClient) -> None:
    control = chunk(b"acTL", (1).to_bytes(4, "big") + bytes(4))
    assert control in strip(client, png(control, chunk(b"tEXt", b"a\0b")))


def test_a_progressive_jpeg_with_a_comment_between_scans(client: ToolClient) -> None:
    data = jpeg(options=",interlace")
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    table = data.rindex(b"\xff\xc4", 0, second)
    hidden = data[:table] + segment(0xFE, SECRET) + data[table:]
    assert strip(client, hidden) == data


def test_thumbnail_and_tail_of_plain_segments_go(client: ToolClient) -> None:
    thumbnail = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x01" + b"abcdef")
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET)
    data = jpeg(thumbnail, adobe)
    result = strip(client, data)
    assert b"abcdef" not in result
    assert SECRET not in result
    assert segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01") in result


def test_the_report_names_what_goes_and_what_stays(client: ToolClient) -> None:
    report = inspect(client, full_jpeg())
    assert report["format"] == "jpeg"
    assert report["fileSize"] == len(full_jpeg())
    assert report["exif"]["values"] == {"Make": "Jane Doe", "Orientation": 6}
    assert report["gps"]["values"] == {
        "latitude": 48.5,
        "GPSLatitudeRef": "N",
        "GPSLatitude": [48.0, 30.0, 0.0],
    }
    assert report["iptc"]["values"] == {"By-line": "Jane Doe"}
    assert report["comments"]["values"] == {"comment": "Jane Doe"}
    assert report["icc"]["values"]["colourSpace"] == "RGB"
    assert report["stays"] == ["ICC profile"]
    assert {"EXIF", "XMP", "GPS", "comment", "data behind the end"} <= set(report["goes"])
    named = inspect(client, full_jpeg(), stripGps=True)
    assert "GPS" in named["goes"]
    assert {"EXIF", "XMP", "comment"} <= set(named["stays"])


def test_the_result_has_the_name_of_the_format(client: ToolClient) -> None:
    response = client.post("strip-metadata", full_jpeg(), name="my photo.jpeg")
    assert response.mimetype == "image/jpeg"
    assert 'filename="my photo_strip-metadata.jpg"' in response.headers["Content-Disposition"]


def looping_exif() -> bytes:
    """Build EXIF whose directory of EXIF is the main one again."""
    return b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 0)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


DAMAGED: dict[str, Callable[[], bytes]] = {
    **{f"jpeg cut at {n}": lambda n=n: cut(jpeg(), n / 10) for n in range(1, 10)},  # type: ignore[misc]
    **{f"png cut at {n}": lambda n=n: cut(png(), n / 10) for n in range(1, 10)},  # type: ignore[misc]
    **{f"webp cut at {n}": lambda n=n: cut(webp(), n / 10) for n in range(2, 10)},  # type: ignore[misc]
    **{f"gif cut at {n}": lambda n=n: cut(gif(), n / 10) for n in range(1, 10)},  # type: ignore[misc]
    "segment of length 0": lambda: jpeg(b"\xff\xe5\0\0"),
    "segment of length 1": lambda: jpeg(b"\xff\xe5\0\x01"),
    "segment beyond the end": lambda: jpeg(b"\xff\xe5\xff\xff"),
    "no marker": lambda: jpeg(segment(0xFE, b"a"), b"nothing"),
    "jpeg without an end": lambda: jpeg()[:-2],
    "jpeg without a picture": lambda: b"\xff\xd8\xff\xd9",
    "chunk of length 2^31-1": lambda: png(b"\x7f\xff\xff\xfftEXt"),
    "chunk of length 2^32-1": lambda: png(b"\xff\xff\xff\xfftEXt"),
    "png without an end": lambda: png()[:-12],
    "riff longer than the file": lambda: webp()[:4] + b"\xff\xff\xff\x7f" + webp()[8:],
    "riff shorter than its chunks": lambda: webp()[:4] + b"\x20\0\0\0" + webp()[8:],
    "webp chunk beyond the end": lambda: webp(b"EXIF\xff\xff\xff\xff"),
    "gif with stray bytes": lambda: gif(b"\x99"),
    "exif of two bytes": lambda: jpeg(segment(0xE1, b"Exif\0\0II")),
    "profile that doesn't inflate": lambda: png(chunk(b"iCCP", b"a\0\0nothing")),
    "profile of 100 MB": lambda: png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000)))),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("settings", [{}, {"inspect": True}], ids=["strip", "inspect"])
def test_damaged_files_are_refused(client: ToolClient, name: str, settings: dict[str, Any]) -> None:
    answer = client.refusal("strip-metadata", DAMAGED[name](), **settings)
    assert answer == (422, "DECODE_FAILED")


def cut_behind(data: bytes) -> bytes:
    """Cut EXIF off in the directory of places, which then can't be read."""
    return data[:-40]


HALF_READABLE = {
    "place outside": exif(gps_at=0x7FFFFFFF),
    "place that loops": exif(gps_at=8),
    "place cut off": cut_behind(exif()),
    "big-endian, place outside": exif(order=">", gps_at=0xFFFFFFFF),
}
"""EXIF whose main directory is whole, with orientation 6, and of which the rest is damaged."""
CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": lambda data: jpeg(segment(0xE1, b"Exif\0\0" + data)),
    "png": lambda data: png(chunk(b"eXIf", data)),
    "webp": lambda data: webp(riff(b"EXIF", data)),
}


@pytest.mark.parametrize(
    "settings",
    [{}, {"stripGps": True}, {"stripExif": True}, {"stripGps": True, "stripXmp": True}],
)
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("damage", HALF_READABLE)
def test_exif_that_is_damaged_behind_its_main_directory_goes(
    client: ToolClient, damage: str, container: str, settings: dict[str, bool]
) -> None:
    """A refusal would leave somebody's home in the file."""
    data = CONTAINERS[container](HALF_READABLE[damage])
    result = strip(client, data, **settings)
    assert SECRET not in result
    assert struct.pack("<2I", 48, 1) not in result
    assert struct.pack(">2I", 48, 1) not in result
    assert decoded(result) == decoded(data)
    assert pyvips.Image.new_from_buffer(result, "").get("orientation") == 6


@pytest.mark.parametrize("container", CONTAINERS)
def test_damaged_exif_that_says_nothing_of_the_orientation_leaves_nothing(
    client: ToolClient, container: str
) -> None:
    data = CONTAINERS[container](looping_exif())
    for settings in ({}, {"stripGps": True}, {"stripExif": True}):
        assert inspect(client, strip(client, data, **settings))["exif"] is None


@pytest.mark.parametrize("damage", HALF_READABLE)
def test_damaged_exif_is_reported_as_far_as_it_can_be_read(client: ToolClient, damage: str) -> None:
    report = inspect(client, CONTAINERS["jpeg"](HALF_READABLE[damage]))
    assert report["exif"]["values"]["Orientation"] == 6


@needs_exiftool
@pytest.mark.parametrize("settings", [{}, {"stripGps": True}, {"stripExif": True}])
@pytest.mark.parametrize(
    ("tag", "place"), [(0x8825, 0x7FFFFFFF), (0x8825, 8), (0x8769, 0x7FFFFFF0)]
)
def test_damaged_exif_of_a_tiff_goes(
    client: ToolClient, tag: int, place: int, settings: dict[str, bool]
) -> None:
    """ExifTool, which the format takes, refuses to go on behind such a directory."""
    data = bytearray(scene().tiffsave_buffer())
    last = data.rindex(struct.pack("<HH", 339, 3))  # the format of samples, which has a default
    data[last : last + 12] = struct.pack("<HHII", tag, 4, 1, place)
    result = strip(client, bytes(data), **settings)
    assert struct.pack("<HH", tag, 4) not in result
    assert decoded(result) == decoded(bytes(data))


@pytest.mark.parametrize("settings", [{"stripIcc": True}, {"stripXmp": True}])
def test_damaged_exif_that_nobody_speaks_of_stays(
    client: ToolClient, settings: dict[str, bool]
) -> None:
    data = CONTAINERS["jpeg"](HALF_READABLE["place outside"])
    assert strip(client, data, **settings) == data


def test_a_file_of_nothing_but_parts_is_refused(client: ToolClient) -> None:
    many = png(chunk(b"tEXt", b"a\0") * 150_000)
    assert client.refusal("strip-metadata", many) == (422, "TOO_COMPLEX")


@pytest.mark.parametrize("opening", [b"<a:GPSx ", b"<a:GPSx>", b" a:GPSx=", b" a:GPSx='"])
def test_xmp_of_nothing_but_openings_is_read_once(client: ToolClient, opening: bytes) -> None:
    """If each one searched for its end to the end of the file, this would take minutes."""
    packet = opening * (900_000 // len(opening))
    data = png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))
    assert decoded(strip(client, data, stripGps=True)) == decoded(data)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no picture at all", 400, "INVALID_IMAGE"),
        (b"BM" + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (b"#?RADIANCE\n\n-Y 1 +X 1\n", 422, "FORMAT_NOT_SUPPORTED"),
        (b"#?RGBE\n\n-Y 1 +X 1\n", 422, "FORMAT_NOT_SUPPORTED"),
        (b"8BPS" + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (b"\0\0\0\x0cJXL " + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "FORMAT_NOT_SUPPORTED"),
    ],
)
def test_other_files_are_refused(client: ToolClient, data: bytes, status: int, code: str) -> None:
    assert client.refusal("strip-metadata", data) == (status, code)


@pytest.mark.usefixtures("debian")
@pytest.mark.parametrize("name", ["tiff", "avif"])
def test_a_missing_program_is_named_with_its_remedy(client: ToolClient, name: str) -> None:
    response = client.post("strip-metadata", sample(name))
    answer: Any = response.json
    assert (response.status_code, answer["code"]) == (501, "DEPENDENCY_MISSING")
    assert "apt-get install libimage-exiftool-perl" in answer["message"]


@needs_exiftool
@pytest.mark.parametrize("name", ["tiff", "avif"])
def test_formats_of_exiftool(
    client: ToolClient, said: Said, exiftool: Callable[..., str], tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"full.{name}"
    path.write_bytes(sample(name))
    told = ["-Artist=Jane Doe", "-XMP-dc:Title=Jane Doe", "-Orientation#=6", "-Make=Jane Doe"]
    told += ["-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-XMP-exif:GPSLatitude=48.5"]
    exiftool("-overwrite_original", *told, str(path))
    result = strip(client, path.read_bytes())
    assert decoded(result) == decoded(path.read_bytes())
    assert SECRET not in result
    assert not {"Artist", "Title", "GPSLatitude", "Make"} & said(result)
    if name == "tiff":
        assert pyvips.Image.new_from_buffer(result, "").get("orientation") == 6
    partly = said(strip(client, path.read_bytes(), stripGps=True))
    assert "GPSLatitude" not in partly
    assert {"Artist", "Title", "Make"} <= partly
    report = inspect(client, path.read_bytes())
    assert report["gps"]["values"]["GPSLatitude"] == 48.5
    assert {"exif", "gps", "xmp"} <= set(report["goes"])


@needs_exiftool
def test_a_tiff_keeps_all_of_its_pages(client: ToolClient) -> None:
    pages = pyvips.Image.arrayjoin([scene(), scene().invert(), scene()], across=1).copy()
    pages.set_type(pyvips.GValue.gint_type, "page-height", 32)
    data = bytes(pages.tiffsave_buffer())
    for settings in ({}, {"stripExif": True}):
        result = pyvips.Image.new_from_buffer(strip(client, data, **settings), "", n=-1)
        assert result.get("n-pages") == 3
        assert result.write_to_memory() == pages.write_to_memory()


@needs_exiftool
def test_heic_goes_the_way_of_avif(
    client: ToolClient, said: Said, exiftool: Callable[..., str], tmp_path: Path
) -> None:
    """There is no encoder of HEIC to test with; its boxes are those of AVIF under another brand."""
    path = tmp_path / "picture.heic"
    path.write_bytes(sample("avif").replace(b"avif", b"heic"))
    told = ["-Artist=Jane Doe", "-XMP-dc:Title=Jane Doe"]
    exiftool("-overwrite_original", *told, str(path))
    response = client.post("strip-metadata", path.read_bytes(), name="picture.heic")
    assert "picture_strip-metadata.heic" in response.headers["Content-Disposition"]
    assert not said(response.data)


@needs_exiftool
@pytest.mark.parametrize(("name", "stays"), [("srgb", False), ("p3", True)])
def test_a_tiff_keeps_a_profile_that_changes_colours(
    client: ToolClient, said: Said, name: str, stays: bool
) -> None:
    image = scene().icc_transform(name, input_profile="srgb")
    data = bytes(image.tiffsave_buffer(profile=name))
    assert ("ProfileDescription" in said(strip(client, data))) == stays


@pytest.mark.parametrize(
    "settings", [{"stripAll": 1}, {"stripExif": "yes"}, {"stripMakerNotes": True}]
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("strip-metadata", sample("jpeg"), **settings) == (400, "INVALID_SETTINGS")
