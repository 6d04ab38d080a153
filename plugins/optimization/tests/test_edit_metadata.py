"""Edit Metadata: what is written is read again, by another program too, and no pixel is touched."""

import io
import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ashim_optimization.edit_metadata
import ashim_optimization.strip_metadata
import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None,
    reason="exiftool is not installed: apt-get install libimage-exiftool-perl",
)

FORMATS = {"jpeg": "jpeg", "png": "rgb", "webp": "webp", "tiff": "tiff", "avif": "avif", "heif": ""}
WITH_IPTC = ("jpeg", "tiff")
TEXTS = [
    "plain",
    "commas, and \"quotes\" and 'others'",
    "-overwrite_original",
    "@/etc/passwd",
    "#comment",
    "<$FileName",
    "=<x",
    "a\nb\n-Artist=other",
    "  spaces at both ends\t",
    "&amp; &#60; \\n %d $1 {x} `x`",
    "emoji 😀👩‍🚀",
    "עברית and العربية",
    "\U0001f600" * 50,
]

Read = Callable[[bytes], dict[str, Any]]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_optimization.edit_metadata, ashim_optimization.strip_metadata)


@pytest.fixture
def read(exiftool: Callable[..., str], tmp_path: Path) -> Read:
    """Give what ExifTool reads: group and name to value."""

    def reading(data: bytes) -> dict[str, Any]:
        path = tmp_path / "read"
        path.write_bytes(data)
        values: dict[str, Any] = json.loads(exiftool("-json", "-a", "-G1", "-n", str(path)))[0]
        return values

    return reading


def edit(client: ToolClient, data: bytes, **settings: Any) -> bytes:
    response = client.post("edit-metadata", data, **settings)
    assert response.status_code == 200, response.text
    return bytes(response.data)


def pixels(data: bytes) -> bytes:
    if data[8:12] == b"heic":
        library = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
        return bytes(library.open_heif(io.BytesIO(data)).data)
    options: dict[str, Any] = {"n": -1} if data[:3] == b"GIF" or data[8:12] == b"WEBP" else {}
    return bytes(pyvips.Image.new_from_buffer(data, "", **options).write_to_memory())


def picture(format: str) -> bytes:
    """Give a picture in a format; a HEIC where something here makes one."""
    if format != "heif":
        return sample(FORMATS[format])
    library = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    made = io.BytesIO()
    library.from_bytes("RGB", (48, 32), bytes(48 * 32 * 3)).save(made)
    return made.getvalue()


@needs_exiftool
@pytest.mark.parametrize("format", FORMATS)
def test_all_of_it_is_written_where_it_belongs(client: ToolClient, read: Read, format: str) -> None:
    data = picture(format)
    words = ["a, b", 'say "so"', "😀", "עברית", "-x", "@y", "<z"]
    result = edit(
        client,
        data,
        title="T",
        description="D",
        author="A",
        copyright="C",
        software="S",
        headline="H",
        city="Köln",
        state="NRW",
        country="Germany",
        keywords=words,
        gps={"lat": -33.8568, "lon": 151.2153, "alt": 5},
        dateTime="2024-02-29T10:11:12.5+02:00",
    )
    assert pixels(result) == pixels(data)
    found = read(result)
    assert found["XMP-dc:Title"] == "T"
    assert found["XMP-dc:Description"] == found["IFD0:ImageDescription"] == "D"
    assert found["XMP-dc:Creator"] == found["IFD0:Artist"] == "A"
    assert found["XMP-dc:Rights"] == found["IFD0:Copyright"] == "C"
    assert found["XMP-xmp:CreatorTool"] == found["IFD0:Software"] == "S"
    assert found["XMP-photoshop:Headline"] == "H"
    assert found["XMP-photoshop:City"] == "Köln"
    assert found["XMP-photoshop:State"] == "NRW"
    assert found["XMP-photoshop:Country"] == "Germany"
    assert found["XMP-dc:Subject"] == words
    assert found["XMP-photoshop:DateCreated"] == "2024:02:29 10:11:12.5+02:00"
    for name in ("DateTimeOriginal", "CreateDate"):
        assert found[f"ExifIFD:{name}"] == "2024:02:29 10:11:12"
    assert found["IFD0:ModifyDate"] == "2024:02:29 10:11:12"
    assert found["ExifIFD:OffsetTimeOriginal"] == "+02:00"
    assert found["GPS:GPSLatitudeRef"] == "S"
    assert found["GPS:GPSLatitude"] == pytest.approx(33.8568, abs=1e-6)
    assert found["XMP-exif:GPSLatitude"] == pytest.approx(-33.8568, abs=1e-6)
    assert found["XMP-exif:GPSLongitude"] == pytest.approx(151.2153, abs=1e-6)
    assert (found["GPS:GPSAltitude"], found["GPS:GPSAltitudeRef"]) == (5, 0)
    if format in WITH_IPTC:
        assert found["IPTC:ObjectName"] == "T"
        assert found["IPTC:Keywords"] == words
        assert found["IPTC:City"] == "Köln"
        assert found["IPTC:TimeCreated"] == "10:11:12+02:00"
    else:
        assert not [name for name in found if name.startswith("IPTC")]


@needs_exiftool
def test_a_gif_holds_it_as_xmp(client: ToolClient, read: Read) -> None:
    result = edit(client, sample("two-frames"), title="T", keywords=["k"], gps={"lat": 1, "lon": 2})
    assert pixels(result) == pixels(sample("two-frames"))
    found = read(result)
    assert (found["XMP-dc:Title"], found["XMP-dc:Subject"]) == ("T", "k")
    assert found["XMP-exif:GPSLatitude"] == 1
    assert "IFD0:Artist" not in found


@needs_exiftool
@pytest.mark.parametrize("text", TEXTS)
def test_no_text_means_anything_to_the_program(client: ToolClient, read: Read, text: str) -> None:
    result = edit(client, sample("jpeg"), description=text, keywords=[text])
    answer: Any = client.post("edit-metadata", result, inspect=True).json
    assert answer["xmp"]["Description"] == text
    assert answer["keywords"][0] == text
    assert answer["exif"]["ImageDescription"] == text
    assert "IFD0:Artist" not in read(result)


@needs_exiftool
def test_the_longest_texts_are_kept_and_cut_for_iptc_between_characters(
    client: ToolClient, read: Read
) -> None:
    result = edit(client, sample("jpeg"), title="ä" * 200, description="😀" * 5000)
    found = read(result)
    assert found["XMP-dc:Title"] == "ä" * 200
    assert found["IPTC:ObjectName"] == "ä" * 32
    assert found["IFD0:ImageDescription"] == "😀" * 5000
    assert found["IPTC:Caption-Abstract"] == "😀" * 500


@needs_exiftool
def test_keywords_replace_unless_they_are_added(client: ToolClient, read: Read) -> None:
    first = edit(client, sample("jpeg"), keywords=["a", "b", "a"])
    assert read(first)["IPTC:Keywords"] == ["a", "b"]
    assert read(edit(client, first, keywords=["c"]))["XMP-dc:Subject"] == "c"
    added = read(edit(client, first, keywords=["b", "c"], keywordsMode="add"))
    assert added["XMP-dc:Subject"] == added["IPTC:Keywords"] == ["a", "b", "c"]
    gone = read(edit(client, first, keywords=[]))
    assert not {"XMP-dc:Subject", "IPTC:Keywords"} & gone.keys()


@needs_exiftool
def test_iptc_that_is_not_unicode_becomes_so(
    client: ToolClient, read: Read, exiftool: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "old.jpg"
    path.write_bytes(sample("jpeg"))
    told = ["-charset", "iptc=latin1", "-IPTC:City=Köln", "-IPTC:Keywords=grün"]
    exiftool("-overwrite_original", *told, str(path))
    found = read(edit(client, path.read_bytes(), title="Łódź"))
    assert found["IPTC:City"] == "Köln"
    assert found["IPTC:Keywords"] == "grün"
    assert found["IPTC:ObjectName"] == "Łódź"


@needs_exiftool
def test_an_empty_text_removes(client: ToolClient, read: Read) -> None:
    full = edit(client, sample("jpeg"), title="T", author="A")
    found = read(edit(client, full, title=""))
    assert not {"XMP-dc:Title", "IPTC:ObjectName"} & found.keys()
    assert found["IFD0:Artist"] == "A"


@needs_exiftool
def test_a_place_is_replaced_and_removed(client: ToolClient, read: Read) -> None:
    first = edit(client, sample("jpeg"), gps={"lat": 10, "lon": 20, "alt": -3})
    assert read(first)["GPS:GPSAltitudeRef"] == 1
    moved = read(edit(client, first, gpsLatitude=-1.5, gpsLongitude=-2.5))
    assert moved["XMP-exif:GPSLongitude"] == -2.5
    assert moved["GPS:GPSLongitudeRef"] == "W"
    assert "GPS:GPSAltitude" not in moved
    ways: list[dict[str, Any]] = [
        {"gps": None},
        {"clearGps": True},
        {"clearGps": True, "gps": {"lat": 1, "lon": 1}},
        {"clearGps": True, "gpsLatitude": 1, "gpsLongitude": 1},
    ]
    for settings in ways:
        assert not [name for name in read(edit(client, first, **settings)) if "GPS" in name]


@needs_exiftool
def test_dates(client: ToolClient, read: Read) -> None:
    both = read(
        edit(
            client,
            sample("jpeg"),
            dateTime="2024-05-06T07:08:09Z",
            dateTimeOriginal="2020:01:02 03:04:05",
        )
    )
    assert both["ExifIFD:DateTimeOriginal"] == "2020:01:02 03:04:05"
    assert both["IFD0:ModifyDate"] == "2024:05:06 07:08:09"
    assert both["ExifIFD:OffsetTime"] == "+00:00"
    assert "ExifIFD:OffsetTimeOriginal" not in both
    assert both["IPTC:DateCreated"] == "2020:01:02"
    assert "IPTC:TimeCreated" not in both
    assert read(edit(client, sample("jpeg"), dateTime="2024-05-06"))["XMP-xmp:CreateDate"] == (
        "2024:05:06 00:00:00"
    )


@needs_exiftool
@pytest.mark.parametrize(
    ("by", "expected"), [("+2:30", "2024:01:01 01:30:00"), ("-23:00", "2023:12:31 00:00:00")]
)
def test_dates_move(client: ToolClient, read: Read, by: str, expected: str) -> None:
    dated = edit(client, sample("jpeg"), dateTime="2023-12-31T23:00:00")
    found = read(edit(client, dated, dateShift=by))
    for name in ("ExifIFD:DateTimeOriginal", "IFD0:ModifyDate", "XMP-xmp:CreateDate"):
        assert found[name] == expected


@needs_exiftool
def test_fields_are_removed(client: ToolClient, read: Read) -> None:
    full = edit(client, sample("jpeg"), author="A", software="S", copyright="C")
    found = read(edit(client, full, fieldsToRemove=["Artist", "XMP-dc:Creator", "Software"]))
    assert not {"IFD0:Artist", "XMP-dc:Creator", "IFD0:Software"} & found.keys()
    assert found["IFD0:Copyright"] == "C"


@needs_exiftool
def test_the_names_of_other_clients(client: ToolClient, read: Read) -> None:
    found = read(
        edit(
            client,
            sample("jpeg"),
            artist="A",
            imageDescription="D",
            setAllDates="2024:01:02 03:04:05",
            title="T",
            iptcTitle="IT",
            iptcHeadline="H",
            iptcCity="City",
            iptcState="State",
            iptcCountry="Country",
        )
    )
    assert (found["IFD0:Artist"], found["IFD0:ImageDescription"]) == ("A", "D")
    assert (found["XMP-dc:Title"], found["IPTC:ObjectName"]) == ("T", "IT")
    assert found["IPTC:Headline"] == "H"
    assert found["IPTC:Province-State"] == found["XMP-photoshop:State"] == "State"
    assert found["IPTC:Country-PrimaryLocationName"] == "Country"
    assert found["ExifIFD:CreateDate"] == "2024:01:02 03:04:05"


@needs_exiftool
def test_a_title_of_iptc_goes_to_xmp_where_there_is_none(client: ToolClient, read: Read) -> None:
    assert read(edit(client, sample("rgb"), iptcTitle="T"))["XMP-dc:Title"] == "T"
    both = read(edit(client, sample("rgb"), title="A", iptcTitle="B"))
    assert both["XMP-dc:Title"] == "A"


@needs_exiftool
def test_nothing_to_change_gives_the_same_bytes(client: ToolClient) -> None:
    assert edit(client, sample("jpeg")) == sample("jpeg")
    assert edit(client, sample("jpeg"), keywords=[], keywordsMode="add") == sample("jpeg")


@needs_exiftool
def test_the_orientation_is_left_alone(client: ToolClient) -> None:
    result = edit(client, sample("orientation-6"), title="T")
    assert pyvips.Image.new_from_buffer(result, "").get("orientation") == 6
    assert pixels(result) == pixels(sample("orientation-6"))


@needs_exiftool
def test_the_report_is_grouped_and_says_nothing_of_the_server(client: ToolClient) -> None:
    full = edit(client, sample("jpeg"), author="A", keywords=["k"], gps={"lat": -1.5, "lon": 2})
    response = client.post("edit-metadata", full, name="photo.jpg", inspect=True)
    answer: Any = response.json
    assert (answer["filename"], answer["fileSize"]) == ("photo.jpg", len(full))
    assert answer["format"] == "jpeg"
    assert answer["exif"]["Artist"] == "A"
    assert answer["iptc"]["Keywords"] == "k"
    assert answer["keywords"] == ["k"]
    assert (answer["gps"]["latitude"], answer["gps"]["longitude"]) == (-1.5, 2)
    assert answer["icc"] is None
    for private in ("SourceFile", "Directory", "FileName", "FilePermissions"):
        assert private not in response.text


@needs_exiftool
def test_the_result_has_the_name_of_the_tool(client: ToolClient) -> None:
    response = client.post("edit-metadata", sample("jpeg"), name="a.jpeg", title="T")
    assert 'filename="a_edit-metadata.jpg"' in response.headers["Content-Disposition"]


@needs_exiftool
@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no picture at all", 400, "INVALID_IMAGE"),
        (b"BM" + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (b"#?RADIANCE\n\n-Y 1 +X 1\n", 422, "FORMAT_NOT_SUPPORTED"),
        (b"#?RGBE\n\n-Y 1 +X 1\n", 422, "FORMAT_NOT_SUPPORTED"),
        (b"8BPS" + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (b"\0\0\0\x0cJXL " + bytes(60), 422, "FORMAT_NOT_SUPPORTED"),
        (sample("jpeg")[:40], 422, "DECODE_FAILED"),
        (sample("rgb")[:60], 422, "DECODE_FAILED"),
        (sample("webp")[:40], 422, "DECODE_FAILED"),
    ],
)
def test_other_files_are_refused(client: ToolClient, data: bytes, status: int, code: str) -> None:
    assert client.refusal("edit-metadata", data, title="T") == (status, code)


@pytest.mark.usefixtures("debian")
def test_a_missing_program_is_named_with_its_remedy(client: ToolClient) -> None:
    response = client.post("edit-metadata", sample("jpeg"), title="T")
    answer: Any = response.json
    assert (response.status_code, answer["code"]) == (501, "DEPENDENCY_MISSING")
    assert "apt-get install libimage-exiftool-perl" in answer["message"]


@needs_exiftool
@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a\x1bb"}, "title"),
        ({"title": "a\ufffe"}, "title"),
        ({"description": "x" * 65_536}, "description"),
        ({"artist": "x" * 201}, "author"),
        ({"keywords": "a"}, "keywords"),
        ({"keywords": [""]}, "keywords.0"),
        ({"keywords": ["a", 1]}, "keywords.1"),
        ({"keywords": ["x"] * 101}, "keywords"),
        ({"keywordsMode": "replace"}, "keywordsMode"),
        ({"gps": {"lat": 91, "lon": 0}}, "gps.lat"),
        ({"gps": {"lat": 0, "lon": -181}}, "gps.lon"),
        ({"gps": {"lat": 0}}, "gps.lon"),
        ({"gps": {"lat": "1", "lon": 0}}, "gps.lat"),
        ({"gps": "1,2"}, "gps"),
        ({"gpsLatitude": 90.1, "gpsLongitude": 0}, "gpsLatitude"),
        ({"gpsLatitude": 1}, ""),
        ({"gpsAltitude": 1}, ""),
        ({"gps": {"lat": 1, "lon": 1}, "gpsLatitude": 1, "gpsLongitude": 1}, ""),
        ({"dateTime": "2024-13-01T00:00:00"}, "dateTime"),
        ({"dateTime": "2023-02-29"}, "dateTime"),
        ({"dateTime": "2024-01-01T25:00"}, "dateTime"),
        ({"dateTime": "2024-01-01T00:00+15:00"}, "dateTime"),
        ({"dateTime": "0000-01-01"}, "dateTime"),
        ({"dateTime": "yesterday"}, "dateTime"),
        ({"dateTimeOriginal": 20240101}, "dateTimeOriginal"),
        ({"dateShift": "2:30"}, "dateShift"),
        ({"dateShift": "+2:60"}, "dateShift"),
        ({"dateShift": "+1:00", "dateTime": "2024-01-01"}, ""),
        ({"fieldsToRemove": ["File:FileName"]}, "fieldsToRemove.0"),
        ({"fieldsToRemove": ["System:Directory"]}, "fieldsToRemove.0"),
        ({"fieldsToRemove": ["-ext"]}, "fieldsToRemove.0"),
        ({"fieldsToRemove": ["Artist<FileName"]}, "fieldsToRemove.0"),
        ({"fieldsToRemove": ["Artist\n-all="]}, "fieldsToRemove.0"),
        ({"titel": "T"}, "titel"),
    ],
)
def test_wrong_settings_are_refused(
    client: ToolClient, settings: dict[str, Any], field: str
) -> None:
    answer: Any = client.post("edit-metadata", sample("jpeg"), **settings).json
    assert (answer["statusCode"], answer["code"]) == (400, "INVALID_SETTINGS")
    assert [detail["field"] for detail in answer["details"]] == [field]


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def _crowded(count: int) -> dict[str, bytes]:
    """Write files that say something so many times."""
    png, jpeg, gif = sample("rgb"), sample("jpeg"), sample("two-frames")
    webp = sample("webp")
    more = b"ABCD\2\0\0\0ab" * count
    return {
        "png": png[:33] + _chunk(b"tEXt", b"a\0b") * count + png[33:],
        "jpeg": jpeg[:2] + b"\xff\xfe\0\3a" * count + jpeg[2:],
        "gif": gif.replace(b"\x21\xf9", b"\x21\xfe\1a\0" * count + b"\x21\xf9", 1),
        "webp": webp[:4] + struct.pack("<I", len(webp) - 8 + len(more)) + webp[8:] + more,
    }


@pytest.mark.parametrize("settings", [{"title": "T"}, {"inspect": True}, {"clearGps": True}])
@pytest.mark.parametrize("name", ["png", "jpeg", "gif", "webp"])
def test_what_says_too_much_is_refused_before_exiftool_is_asked(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, name: str, settings: dict[str, Any]
) -> None:
    monkeypatch.setattr("ashim_optimization.metadata.exiftool._run", None)
    answer = client.refusal("edit-metadata", _crowded(10_001)[name], **settings)
    assert answer == (422, "TOO_COMPLEX")


@pytest.mark.parametrize("pages", [1001, 10_000])
def test_a_tiff_of_too_many_pages_is_refused_before_exiftool_is_asked(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    monkeypatch.setattr("ashim_optimization.metadata.exiftool._run", None)
    page = struct.pack("<HHHIIHHII", 2, 256, 3, 1, 1, 257, 3, 1, 1)
    size = len(page) + 4
    data = b"II*\0" + struct.pack("<I", 8)
    data += b"".join(
        page + struct.pack("<I", 8 + size * number if number < pages else 0)
        for number in range(1, pages + 1)
    )
    for tool, settings in (("edit-metadata", {"title": "T"}), ("strip-metadata", {})):
        assert client.refusal(tool, data, **settings) == (422, "TOO_COMPLEX")
