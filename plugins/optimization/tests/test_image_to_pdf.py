"""Image to PDF: what another program reads in the PDF, page by page, pixel by pixel."""

import io
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ashim_optimization.image_to_pdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import pyvips
from ashim_optimization.pdf.document import Document, Stream, number
from ashim_optimization.pdf.jpeg import read_jpeg
from PIL import Image

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, plain, sample

TOOL = "image-to-pdf"
A4 = (595.28, 841.89)


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_optimization.image_to_pdf)


def encoded(picture: pyvips.Image | bytes | Path) -> bytes:
    if isinstance(picture, pyvips.Image):
        return picture.pngsave_buffer()
    return picture.read_bytes() if isinstance(picture, Path) else picture


def pdf(client: ToolClient, *pictures: pyvips.Image | bytes | Path, **settings: Any) -> bytes:
    response = client.post(TOOL, *(encoded(picture) for picture in pictures), **settings)
    assert (response.status_code, response.mimetype) == (200, "application/pdf"), response.text
    assert "images.pdf" in response.headers["Content-Disposition"]
    return bytes(response.data)


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(data)
    try:
        yield document
    finally:
        document.close()


def sizes(data: bytes) -> list[tuple[float, float]]:
    with opened(data) as document:
        return [
            (round(page.get_width(), 2), round(page.get_height(), 2)) for page in pages(document)
        ]


def pages(document: Any) -> Iterator[Any]:
    for index in range(len(document)):
        page = document[index]
        yield page
        page.close()


def rendered(data: bytes, index: int = 0, scale: float = 1) -> pyvips.Image:
    """Draw a page on white, one pixel for each point."""
    with opened(data) as document:
        page = document[index]
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        image = bitmap.to_pil().convert("RGB")
        page.close()
    memory = pyvips.Image.new_from_memory(image.tobytes(), image.width, image.height, 3, "uchar")
    return memory.copy(interpretation="srgb").copy_memory()


def places(data: bytes) -> list[tuple[float, ...]]:
    """Say where the picture of each page is: left, bottom, right, top."""
    with opened(data) as document:
        return [
            tuple(round(value, 2) for value in item.get_bounds())
            for page in pages(document)
            for item in page.get_objects()
        ]


def stored(data: bytes) -> list[Any]:
    """Give the pictures of a PDF as they are stored, as Pillow images with all their bands."""
    with opened(data) as document:
        return [
            item.get_bitmap(render=False).to_pil().copy()
            for page in pages(document)
            for item in page.get_objects()
        ]


def scene() -> pyvips.Image:
    return pyvips.Image.new_from_buffer(sample("rgb"), "")


@pytest.mark.parametrize("count", [1, 2, 30])
def test_what_it_makes_can_be_kept_in_the_library(client: ToolClient, count: int) -> None:
    data = pdf(client, *[sample("rgb")] * count)
    response = client.http.post(
        "/api/v1/upload",
        data={"file": (io.BytesIO(data), "pages.pdf")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 201, response.text
    assert response.json is not None
    assert response.json["files"][0]["mimeType"] == "application/pdf"


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, A4),
        ({"pageSize": "A3"}, (841.89, 1190.55)),
        ({"pageSize": "A5"}, (419.53, 595.28)),
        ({"pageSize": "Letter"}, (612, 792)),
        ({"pageSize": "Legal"}, (612, 1008)),
        ({"pageSize": "Tabloid"}, (792, 1224)),
        ({"pageSize": "Letter", "orientation": "landscape"}, (792, 612)),
        ({"orientation": "landscape"}, (841.89, 595.28)),
        ({"pageSize": "Original", "margin": 0}, (48, 32)),
        ({"pageSize": "Original", "margin": 10.5}, (69, 53)),
    ],
)
def test_page_size(client: ToolClient, settings: Any, size: tuple[float, float]) -> None:
    (found,) = sizes(pdf(client, sample("rgb"), **settings))
    assert found == pytest.approx(size, abs=0.01)


def test_auto_turns_the_page_to_the_picture(client: ToolClient) -> None:
    data = pdf(client, scene(), scene().rot90(), plain(9, 9, 1, 2, 3), orientation="auto")
    upright, lying = pytest.approx(A4, abs=0.01), pytest.approx(A4[::-1], abs=0.01)
    assert sizes(data) == [lying, upright, upright]


def test_auto_looks_at_the_upright_picture(client: ToolClient) -> None:
    for orientation in range(1, 9):
        (size,) = sizes(pdf(client, sample(f"orientation-{orientation}"), orientation="auto"))
        assert size == pytest.approx(A4[::-1], abs=0.01)


def test_pages_come_in_the_order_of_the_files(client: ToolClient) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    data = pdf(client, *(plain(50, 50, *colour) for colour in colours))
    assert [rendered(data, index)(297, 420) for index in range(3)] == [list(c) for c in colours]


def test_two_hundred_pages(client: ToolClient) -> None:
    data = pdf(client, *[sample("jpeg")] * 200)
    assert len(sizes(data)) == 200
    assert client.refusal(TOOL, *[sample("jpeg")] * 201) == (400, "TOO_MANY_FILES")


MIDDLE = (A4[0] / 2, A4[1] / 2)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (48, 32)),
        ({"fitMode": "actual"}, (48, 32)),
        ({"fitMode": "contain"}, (555.28, 370.19)),
        ({"fitMode": "contain", "margin": 0}, (595.28, 396.85)),
        ({"fitMode": "cover"}, (1202.84, 801.89)),
        ({"fitMode": "fill"}, (555.28, 801.89)),
        ({"fitMode": "fill", "margin": 100}, (395.28, 641.89)),
        ({"margin": 280}, (35.28, 23.52)),
    ],
)
@pytest.mark.parametrize("name", ["rgb", "jpeg", "orientation-6"])
def test_place_of_the_picture(
    client: ToolClient, name: str, settings: Any, size: tuple[float, float]
) -> None:
    ((left, bottom, right, top),) = places(pdf(client, sample(name), **settings))
    assert (right - left, top - bottom) == pytest.approx(size, abs=0.05)
    assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx(MIDDLE, abs=0.05)


def test_large_pictures_shrink_to_the_page(client: ToolClient) -> None:
    ((left, bottom, right, top),) = places(pdf(client, plain(2000, 1000, 1, 2, 3)))
    assert (left, right) == pytest.approx((20, 575.28), abs=0.05)
    assert top - bottom == pytest.approx(277.64, abs=0.05)


@pytest.mark.parametrize("fit", ["cover", "actual"])
def test_what_overhangs_is_cut_off_at_the_margins(client: ToolClient, fit: str) -> None:
    data = pdf(client, plain(2000, 2000, 200, 30, 40), fitMode=fit, margin=50)
    page = rendered(data)
    assert page(48, 400) == page(547, 400) == page(300, 48) == page(300, 793) == [255] * 3
    assert page(52, 400) == page(543, 400) == page(300, 52) == page(300, 789) == [200, 30, 40]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_upright_though_its_bytes_are_not(client: ToolClient, orientation: int) -> None:
    picture = sample(f"orientation-{orientation}")
    data = pdf(client, picture, pageSize="Original", margin=0)
    assert picture in data
    assert_image_close(rendered(data), scene(), within=4)


@pytest.mark.parametrize(
    "name", ["rgb", "grey", "palette", "16-bit", "tiff", "webp", "avif", "two-frames"]
)
def test_everything_but_jpeg_keeps_its_pixels(client: ToolClient, name: str) -> None:
    data = pdf(client, sample(name), pageSize="Original", margin=0)
    expected = pyvips.Image.new_from_buffer(sample(name), "")
    if expected.format != "uchar":
        expected = expected.colourspace("srgb")
    expected = expected.extract_band(0, n=3) if expected.bands > 3 else expected
    (picture,) = stored(data)
    assert len(picture.getbands()) == expected.bands
    assert picture.tobytes() == bytes(expected.write_to_memory())


def test_a_photograph_keeps_its_pixels(client: ToolClient, photos: Path) -> None:
    data = pdf(client, photos / "astronaut.png")
    expected = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    assert stored(data)[0].tobytes() == bytes(expected.write_to_memory())


@pytest.mark.parametrize("name", ["rgba", "grey-alpha"])
def test_what_is_transparent_lets_the_page_through(client: ToolClient, name: str) -> None:
    data = pdf(client, sample(name), pageSize="Original", margin=0)
    expected = pyvips.Image.new_from_buffer(sample(name), "").flatten(background=[255])
    if expected.bands < 3:
        expected = expected.colourspace("srgb")
    assert_image_close(rendered(data), expected, within=1)
    assert data.count(b"/SMask") == 1


def test_jpegs_are_not_encoded_again(client: ToolClient, photo: Path, photos: Path) -> None:
    grey = pyvips.Image.new_from_file(str(photos / "camera.png")).jpegsave_buffer(Q=90)
    progressive = scene().jpegsave_buffer(Q=90, interlace=True)
    pictures = [photo.read_bytes(), grey, progressive, sample("cmyk")]
    data = pdf(client, *pictures)
    for picture in pictures:
        begin = data.index(picture)
        assert data[:begin].endswith(b"stream\n")
        assert data[begin + len(picture) :].startswith(b"\nendstream")
        length = re.findall(rb"/DCTDecode[^>]*/Length (\d+)>>\nstream\n$", data[:begin])
        assert length == [str(len(picture)).encode()]


def test_grey_jpegs_are_grey(client: ToolClient, photos: Path) -> None:
    camera = pyvips.Image.new_from_file(str(photos / "camera.png"))
    data = pdf(client, camera.jpegsave_buffer(Q=95), pageSize="Original", margin=0)
    assert b"/DeviceGray" in data
    assert_image_close(rendered(data), camera.colourspace("srgb"), within=2)


@pytest.mark.parametrize("inverted", [False, True])
def test_cmyk_shows_the_same_either_way(client: ToolClient, inverted: bool) -> None:
    inks = Image.new("CMYK", (40, 20), (0, 255, 255, 0))  # magenta and yellow make red
    data = io.BytesIO()
    inks.save(data, "JPEG", quality=95)
    picture = data.getvalue()
    assert b"Adobe\0" in picture  # so Pillow has inverted it, as Adobe does
    if not inverted:
        # Without the marker the same numbers are the other inks.
        begin = picture.index(b"\xff\xee")
        picture = picture[:begin] + picture[begin + 16 :]
    page = rendered(pdf(client, picture, pageSize="Original", margin=0))
    red, green, blue = page(20, 10)
    if inverted:
        assert red > 200
        assert max(green, blue) < 80
    else:
        assert red < 60


def with_profile(name: str) -> tuple[bytes, bytes]:
    image = scene().icc_transform(name, input_profile="srgb")
    data = image.jpegsave_buffer(Q=95)
    profile: object = pyvips.Image.new_from_buffer(data, "").get("icc-profile-data")
    assert isinstance(profile, bytes)
    return data, profile


def test_the_profile_of_a_jpeg_is_told_and_shared(client: ToolClient) -> None:
    wide, profile = with_profile("p3")
    other, usual = with_profile("srgb")
    data = pdf(client, wide, other, wide)
    assert data.count(b"/N 3 /Alternate /DeviceRGB") == 2
    assert data.count(b"stream\n" + profile + b"\nendstream") == 1
    assert data.count(b"stream\n" + usual + b"\nendstream") == 1
    assert data.count(b"[/ICCBased ") == 3
    assert rendered(data)(297, 420)  # it can be read


def test_a_profile_for_other_pictures_is_not_told(client: ToolClient) -> None:
    _, profile = with_profile("p3")
    grey = io.BytesIO()
    Image.new("L", (20, 20), 99).save(grey, "JPEG", icc_profile=profile)
    data = pdf(client, grey.getvalue())
    assert b"/ICCBased" not in data
    assert rendered(data)(297, 420) == [99] * 3


def test_a_long_profile_comes_in_parts(tmp_path: Path) -> None:
    profile = b"\0" * 16 + b"RGB " + b"\0" * 16 + b"acsp" + bytes(range(256)) * 600
    path = tmp_path / "long.jpg"
    Image.new("RGB", (8, 8)).save(path, "JPEG", icc_profile=profile)
    jpeg = read_jpeg(path)
    assert jpeg is not None
    assert (jpeg.width, jpeg.height, jpeg.components, jpeg.inverted) == (8, 8, 3, False)
    assert jpeg.profile == profile
    data = path.read_bytes()
    begin = data.index(b"\xff\xe2")
    cut = begin + 2 + int.from_bytes(data[begin + 2 : begin + 4])
    path.write_bytes(data[:begin] + data[cut:])  # the first part is missing
    jpeg = read_jpeg(path)
    assert jpeg is not None
    assert jpeg.profile is None


def test_red_green_and_blue_as_such_are_written_anew(client: ToolClient, tmp_path: Path) -> None:
    plane = plain(16, 16, 200, 30, 40)
    data = bytearray(plane.jpegsave_buffer(Q=100, subsample_mode="off", keep=0))
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    for index, name in enumerate(b"RGB"):
        data[frame + 10 + 3 * index] = name
        data[scan + 5 + 2 * index] = name
    path = tmp_path / "rgb.jpg"
    path.write_bytes(data)
    assert read_jpeg(path) is None
    written = pdf(client, bytes(data), pageSize="Original", margin=0)
    assert bytes(data) not in written
    expected = pyvips.Image.new_from_buffer(bytes(data), "")
    assert stored(written)[0].tobytes() == bytes(expected.write_to_memory())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc0",
        b"\xff\xd8\xff\xc0\x00\x00",
        b"\xff\xd8\xff\xc0\x00\x05\x08\x00\x01",
        b"\xff\xd8\xff\xc0\x00\x08\x08\x00\x00\x00\x01\x03",
        b"\xff\xd8\xff\xc9\x00\x08\x08\x00\x01\x00\x01\x03",
        b"\xff\xd8\xff\xc0\x00\x08\x0c\x00\x01\x00\x01\x03",
        b"\xff\xd8\xff\xc0\x00\x08\x08\x00\x01\x00\x01\x02",
        b"\x89PNG",
        b"\xff\xd8" + b"\xff" * 10_000,
    ],
)
def test_headers_that_a_pdf_cannot_hold(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd.jpg"
    path.write_bytes(data)
    assert read_jpeg(path) is None


def test_the_same_pictures_give_the_same_bytes(client: ToolClient, photo: Path) -> None:
    pictures: list[Path | bytes] = [photo, sample("rgba"), sample("cmyk")]
    for settings in ({}, {"targetSize": {"value": 60, "unit": "KB"}}):
        assert pdf(client, *pictures, **settings) == pdf(client, *pictures, **settings)


def test_there_is_no_date_and_no_name_in_it(client: ToolClient) -> None:
    data = pdf(client, sample("rgb"))
    assert not re.search(rb"/(Info|ID|CreationDate|ModDate|Producer)\b", data)


def test_every_object_is_where_the_table_says(client: ToolClient, photo: Path) -> None:
    data = pdf(client, photo, sample("rgba"), with_profile("p3")[0])
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    table = data[start:].splitlines()
    assert table[0] == b"xref"
    count = int(table[1].split()[1])
    for object, line in enumerate(table[3 : 2 + count], start=1):
        place = int(line.split()[0])
        assert data[place:].startswith(b"%d 0 obj\n<<" % object)
    assert data.count(b" 0 obj\n") == count - 1
    assert data.endswith(b"%%EOF\n")


@pytest.mark.parametrize("target", [60, 100, 250])
def test_target_size(client: ToolClient, photo: Path, photos: Path, target: float) -> None:
    pictures = [photo, photos / "astronaut.png", photos / "logo.png", photos / "camera.png"]
    data = pdf(client, *pictures, targetSize={"value": target, "unit": "KB"})
    assert target * 1024 / 2 < len(data) <= target * 1024
    free = pdf(client, *pictures)
    assert len(data) < len(free)
    for index in range(4):
        assert_image_close(rendered(data, index), rendered(free, index), within=6)


@pytest.mark.parametrize(("count", "target"), [(20, 50), (80, 310)])
def test_many_pages_and_a_small_target(
    client: ToolClient, photos: Path, count: int, target: float
) -> None:
    pictures = [photos / "chelsea.png"] * count
    data = pdf(client, *pictures, targetSize={"value": target, "unit": "KB"})
    assert target * 900 < len(data) <= target * 1024
    assert len(sizes(data)) == count


def test_a_target_in_megabytes_keeps_jpegs_that_fit(client: ToolClient, photo: Path) -> None:
    data = pdf(client, photo, targetSize={"value": 1, "unit": "MB"})
    assert photo.read_bytes() in data


def test_what_the_target_took_is_said(client: ToolClient, photo: Path, photos: Path) -> None:
    def notes(target: float) -> Any:
        response = client.post(
            TOOL,
            photo.read_bytes(),
            (photos / "chelsea.png").read_bytes(),
            accept="application/json",
            targetSize={"value": target, "unit": "KB"},
        )
        assert response.json is not None
        return response.json["notes"]

    assert notes(100) == ["targetSize: met, 2 of 2 pictures were compressed"]
    assert notes(2000) == ["targetSize: met, 1 of 2 pictures were compressed"]


COLOURS = [(200, 30, 30), (30, 160, 30), (30, 30, 200)]


def scan(*pictures: tuple[int, int], compression: str | None = None) -> bytes:
    """Write a TIFF of pages of these sizes, each of a colour of its own."""
    pages = [Image.new("RGB", size, COLOURS[index % 3]) for index, size in enumerate(pictures)]
    buffer = io.BytesIO()
    options: dict[str, Any] = {"compression": compression} if compression else {}
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], **options)
    return buffer.getvalue()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize(
    "pictures",
    [[(60, 40)] * 3, [(60, 40), (40, 60), (60, 40)], [(60, 40), (61, 40)], [(9, 9)] * 7],
)
def test_every_page_of_a_tiff_becomes_a_page(
    client: ToolClient, pictures: list[tuple[int, int]], compression: str | None
) -> None:
    data = pdf(client, scan(*pictures, compression=compression), pageSize="Original", margin=0)
    assert sizes(data) == pictures
    for index, (width, height) in enumerate(pictures):
        page = rendered(data, index)
        assert page(width // 2, height // 2)[:3] == pytest.approx(COLOURS[index % 3], abs=2)


def test_pages_of_a_tiff_stand_among_those_of_other_files(client: ToolClient) -> None:
    data = pdf(
        client,
        sample("rgb"),
        scan((10, 20), (20, 10)),
        sample("jpeg"),
        pageSize="Original",
        margin=0,
    )
    assert sizes(data) == [(48, 32), (10, 20), (20, 10), (48, 32)]


def test_pages_of_a_tiff_come_upright(client: ToolClient) -> None:
    stored = scene().rot270()
    strip = stored.join(stored, "vertical").copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", stored.height)
    strip.set_type(pyvips.GValue.gint_type, "orientation", 6)
    data = pdf(client, strip.tiffsave_buffer(), pageSize="Original", margin=0)
    assert sizes(data) == [(scene().width, scene().height)] * 2
    for index in range(2):
        assert_image_close(rendered(data, index), scene(), within=4)


def test_pages_of_a_tiff_share_a_target(client: ToolClient) -> None:
    noise = pyvips.Image.gaussnoise(400, 300, sigma=60, mean=128, seed=2).cast("uchar")
    strip = pyvips.Image.arrayjoin([noise] * 4, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 300)
    response = client.post(
        TOOL,
        strip.tiffsave_buffer(),
        accept="application/json",
        targetSize={"value": 60, "unit": "KB"},
    )
    assert response.json is not None
    assert response.json["processedSize"] <= 60 * 1024
    assert "targetSize: met, 4 of 4 pictures were compressed" in response.json["notes"]


def test_frames_that_are_left_out_are_told(client: ToolClient) -> None:
    response = client.post(TOOL, sample("two-frames"), accept="application/json")
    assert response.json is not None
    assert response.json["notes"] == ["animation: only the first of 2 frames was used"]


def test_a_target_shows_white_through_transparency(client: ToolClient) -> None:
    picture = plain(64, 64, 0, 0, 0, 0)
    data = pdf(client, picture, targetSize={"value": 50}, fitMode="contain")
    assert rendered(data)(297, 420) == [255, 255, 255]
    assert b"/SMask" not in data


def test_a_target_that_cannot_be_met(client: ToolClient) -> None:
    settings: dict[str, Any] = {"targetSize": {"value": 50, "unit": "KB"}}
    response = client.post(TOOL, *[sample("rgb")] * 100, **settings)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "TARGET_UNREACHABLE")
    (detail,) = response.json["details"]
    assert (detail["field"], detail["received"]) == ("targetSize", "50 KB")
    least = int(detail["expected"].split()[2])
    pdf(client, *[sample("rgb")] * 100, targetSize={"value": least})


def test_the_last_and_smallest_pictures_get_their_part(client: ToolClient, photos: Path) -> None:
    whole = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    pictures = [whole.resize(2 / 2**power) for power in range(8)]
    data = pdf(client, *pictures, targetSize={"value": 50, "unit": "KB"}, fitMode="contain")
    assert len(data) <= 50 * 1024
    free = pdf(client, *pictures, fitMode="contain")
    for index in range(8):
        assert_image_close(rendered(data, index), rendered(free, index), within=9)


def test_pages_for_a_wall_are_no_larger_than_readers_take(client: ToolClient) -> None:
    long = plain(20_000, 10, 1, 2, 3)
    assert sizes(pdf(client, long, pageSize="Original", margin=0)) == [(14_400, 7.2)]
    assert sizes(pdf(client, plain(1, 1, 1, 2, 3), pageSize="Original", margin=0)) == [(3, 3)]


def test_a_document_holds_no_pictures_in_memory(tmp_path: Path) -> None:
    piece = bytes(64 * 1024)
    with (tmp_path / "large.pdf").open("wb") as file:
        tracemalloc.start()
        document = Document(file)
        for _ in range(50):
            picture = document.add({}, Stream(16 * len(piece), (piece for _ in range(16))))
            document.add_page(10, 10, b"/P Do", picture)
        document.finish()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "large.pdf").stat().st_size > 50 * 1024 * 1024
    assert most < 1024 * 1024


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-1, "-1"),
        (0.5, "0.5"),
        (14_400, "14400"),
        (1e-7, "0"),
        (595.28, "595.28"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    "settings",
    [
        {"pageSize": "A6"},
        {"pageSize": 4},
        {"orientation": "upside-down"},
        {"margin": -1},
        {"margin": 501},
        {"margin": "20"},
        {"margin": 298},
        {"margin": 210, "pageSize": "A5"},
        {"fitMode": "crop"},
        {"targetSize": 100},
        {"targetSize": {"value": 0, "unit": "MB"}},
        {"targetSize": {"value": 49.9, "unit": "KB"}},
        {"targetSize": {"value": 100, "unit": "GB"}},
        {"targetSize": {"value": 1e12, "unit": "KB"}},
        {"targetSize": {"unit": "KB"}},
        {"title": "A"},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal(TOOL, sample("rgb"), **settings) == (400, "INVALID_SETTINGS")


def test_what_cannot_be_read_is_refused(client: ToolClient, photo: Path, photos: Path) -> None:
    cut = photo.read_bytes()[:100_000]
    assert client.refusal(TOOL, sample("rgb"), cut) == (422, "DECODE_FAILED")
    half = (photos / "astronaut.png").read_bytes()[:100_000]
    assert client.refusal(TOOL, half) == (422, "DECODE_FAILED")
    target = {"value": 1, "unit": "MB"}
    assert client.refusal(TOOL, half, targetSize=target) == (422, "DECODE_FAILED")
    assert client.refusal(TOOL, sample("rgb"), b"no picture") == (400, "INVALID_IMAGE")
    assert client.refusal(TOOL) == (400, "NO_FILE")


def test_programs_are_told_how_many_pages_there_are(client: ToolClient) -> None:
    def told(**settings: Any) -> dict[str, Any]:
        pictures = [sample("jpeg"), sample("rgb")]
        response = client.post(TOOL, *pictures, accept="application/json", **settings)
        assert response.json is not None
        answer: dict[str, Any] = response.json
        return {name: answer.get(name) for name in ("pages", "compression")}

    assert told() == {"pages": 2, "compression": None}
    compressed = told(targetSize={"value": 100, "unit": "KB"})
    assert compressed["pages"] == 2
    quality = compressed["compression"].pop("jpegQuality")
    assert compressed["compression"] == {"targetRequested": 102_400, "targetMet": True}
    assert 1 <= quality <= 95
