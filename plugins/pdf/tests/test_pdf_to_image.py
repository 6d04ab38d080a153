"""PDF to Image: pages, sizes, colours, passwords, its actions, and hostile documents."""

import base64
import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import ashim_essentials.resize
import ashim_pdf.pdf_to_image
import pytest
import pyvips
from ashim_pdf.selection import selected

from ashim_core.plugin import ToolError
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.client import make_client
from tests import documents
from tests.documents import MARK, document, drawn_mark
from tests.patience import PATIENCE_S

TOOL = "pdf-to-image"
MODULES = (ashim_pdf.pdf_to_image, ashim_essentials.resize)
LETTER = Path(__file__).with_name("data") / "letter.pdf"
"""Written by LibreOffice Writer 7.4: text in three styles, a table, a list, a coloured ground."""
RENDERER = shutil.which("pdftoppm")
CLOSE = 2.5
"""Levels of 255 in the mean of all pixels: of letters that are smoothed in another way."""


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Real worker processes with all limits; nothing may stay."""
    with closing(make_client(tmp_path_factory.mktemp("pdf"), *MODULES, workers=True)) as client:
        yield client
        assert not client.job_folders()


def pages(client: ToolClient, data: bytes, **settings: Any) -> dict[str, pyvips.Image]:
    """Give the pictures of an answer by their names, in their order."""
    response = client.post(TOOL, data, **settings)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        return {
            name: pyvips.Image.new_from_buffer(archive.read(name), "")
            for name in archive.namelist()
        }


def page(client: ToolClient, data: bytes, **settings: Any) -> pyvips.Image:
    """Give the picture of the first page, at 72 pixels an inch if nothing else is said."""
    return client.run(TOOL, data, pages="1", **{"dpi": 72, **settings})


def test_every_page_in_order(client: ToolClient) -> None:
    found = pages(client, documents.typed(12), dpi=36)
    assert [*found] == [f"page-{number}.png" for number in range(1, 13)]
    assert {(image.width, image.height) for image in found.values()} == {(100, 50)}
    assert len({bytes(image.write_to_memory()) for image in found.values()}) == 12


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ("all", [1, 2, 3, 4, 5]),
        ("", [1, 2, 3, 4, 5]),
        ("2-3", [2, 3]),
        ("4,1", [1, 4]),
        ("1, 3-5 ,4-5,1", [1, 3, 4, 5]),
        ("2-2", [2]),
    ],
)
def test_pages_that_are_asked_for(client: ToolClient, wanted: str, numbers: list[int]) -> None:
    response = client.post(
        TOOL, documents.typed(5), pages=wanted, dpi=36, accept="application/json"
    )
    answer = response.get_json()
    assert [item["name"] for item in answer["outputs"]] == [f"page-{n}.png" for n in numbers]
    assert answer["facts"] == {"pageCount": 5, "selectedPages": numbers}


def test_one_number_gives_a_picture(client: ToolClient) -> None:
    response = client.post(TOOL, documents.typed(3), pages="2", name="a b.pdf")
    assert response.mimetype == "image/png"
    assert "a b_page-2.png" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "wanted", ["0", "3-1", "a", "1-", "1,,2", "-1", "1;2", "9" * 10, "1" * 1001]
)
def test_pages_that_are_no_pages(client: ToolClient, wanted: str) -> None:
    assert client.refusal(TOOL, documents.typed(2), pages=wanted) == (400, "INVALID_SETTINGS")


def test_a_page_that_is_not_there(client: ToolClient) -> None:
    response = client.post(TOOL, documents.typed(2), pages="1,3")
    assert (response.status_code, response.get_json()["code"]) == (422, "PAGE_NOT_FOUND")
    assert "There is no page 3: the document has 2." in response.get_json()["error"]


@pytest.mark.parametrize("wanted", ["all", "1-999999999", "1-999999,1-999999", "1-150,200-260"])
def test_too_many_pages_cost_nothing(wanted: str) -> None:
    with pytest.raises(ToolError, match="more than 200 pages") as refusal:
        selected(wanted, 10**9, 200)
    assert refusal.value.code == "TOO_MANY_PAGES"
    assert selected("1-150,100-200", 10**9, 200) == [*range(1, 201)]


@pytest.mark.parametrize(("dpi", "size"), [(72, (200, 100)), (150, (417, 208)), (36, (100, 50))])
def test_the_density(client: ToolClient, dpi: int, size: tuple[int, int]) -> None:
    result = page(client, document(MARK), dpi=dpi)
    assert (result.width, result.height) == size
    assert_image_close(result, drawn_mark(*size), within=3)


def test_a_size_that_is_no_whole_number(client: ToolClient) -> None:
    result = page(client, document(MARK, box=(100.4, 50.6)))
    assert (result.width, result.height) == (100, 51)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "avif", "tiff", "gif"])
def test_formats(client: ToolClient, format: str) -> None:
    response = client.post(TOOL, document(MARK), pages="1", dpi=72, format=format)
    assert response.mimetype == f"image/{format}"
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert [abs(a - b) < 12 for a, b in zip(result(50, 25), (255, 0, 0), strict=False)] == [
        True
    ] * 3
    (name,) = pages(client, document(MARK), dpi=36, format=format)
    assert name.startswith("page-1.")


def test_quality_decides_about_bytes(client: ToolClient) -> None:
    sizes = [
        len(client.post(TOOL, documents.scanned(), pages="1", format="jpeg", quality=quality).data)
        for quality in (5, 95)
    ]
    assert sizes[0] < sizes[1] / 1.5


def test_color_modes(client: ToolClient) -> None:
    assert page(client, document(MARK), colorMode="color")(50, 25) == [255, 0, 0]
    grey = page(client, document(MARK), colorMode="grayscale")
    assert (grey.bands, 40 < grey(50, 25)[0] < 140, grey(50, 75)) == (1, True, [255])
    shades = document(b".45 g 0 0 100 100 re f .55 g 100 0 100 100 re f")
    black = page(client, shades, colorMode="bw")
    assert [black(50, 50), black(150, 50)] == [[0], [255]]


def test_the_background(client: ToolClient) -> None:
    assert page(client, document(MARK), background="#00ff00")(50, 75) == [0, 255, 0]
    clear = page(client, document(MARK), background="transparent")
    assert [clear(50, 75), clear(50, 25)] == [[0, 0, 0, 0], [255, 0, 0, 255]]
    faint = page(client, documents.see_through(), background="transparent")
    assert faint(70, 85)[3] < 255
    grey = page(client, document(MARK), background="transparent", colorMode="grayscale")
    assert (grey.bands, grey(50, 75)[1]) == (2, 0)


@pytest.mark.parametrize(
    ("turned", "size", "red"),
    [
        (0, (200, 100), (10, 10)),
        (90, (100, 200), (90, 10)),
        (180, (200, 100), (190, 90)),
        (270, (100, 200), (10, 190)),
    ],
)
def test_a_page_that_is_turned(
    client: ToolClient, turned: int, size: tuple[int, int], red: tuple[int, int]
) -> None:
    result = page(client, document(MARK, page=b"/Rotate %d" % turned))
    assert (result.width, result.height) == size
    assert result(*red) == [255, 0, 0]


def test_a_page_that_is_cropped_and_one_of_larger_units(client: ToolClient) -> None:
    cropped = page(client, document(MARK, page=b"/CropBox[100 0 200 50]"))
    assert (cropped.width, cropped.height, cropped(50, 25)) == (100, 50, [0, 0, 255])
    larger = page(client, document(MARK, page=b"/UserUnit 2"))
    assert larger.width in (200, 400)


def test_forms_and_annotations(client: ToolClient) -> None:
    field, note = (50, 75), (150, 75)
    whole = page(client, documents.filled_in())
    assert [whole(*field), whole(*note)] == [[0, 153, 0], [255, 204, 0]]
    without = page(client, documents.filled_in(), annotations=False)
    assert without(*note) == [0, 0, 255]
    plain = page(client, documents.filled_in(), annotations=False, forms=False)
    assert [plain(*field), plain(*note)] == [[255, 255, 255], [0, 0, 255]]


def test_a_password(client: ToolClient) -> None:
    data = documents.locked(b"correct horse")
    result = page(client, data, password="correct horse")
    assert_image_close(result, drawn_mark(200, 100), within=3)
    for settings, words in (({}, "needs a password"), ({"password": "wrong"}, "not the password")):
        for tool in (TOOL, f"{TOOL}/info", f"{TOOL}/preview"):
            response = client.post(tool, data, **settings)
            assert (response.status_code, response.get_json()["code"]) == (422, "PDF_ENCRYPTED")
            assert words in response.get_json()["error"]
            assert "wrong" not in response.text


def test_info(client: ToolClient) -> None:
    report = client.post(f"{TOOL}/info", documents.filled_in(), name="form.pdf").get_json()
    assert report["pages"] == [{"page": 1, "width": 200.0, "height": 100.0, "rotation": 0}]
    assert (report["pageCount"], report["version"], report["hasForms"]) == (1, "1.7", True)
    assert (report["filename"], report["fileSize"]) == ("form.pdf", len(documents.filled_in()))
    letter = client.post(f"{TOOL}/info", LETTER).get_json()
    assert letter["metadata"]["Producer"] == "LibreOffice 7.4"
    turned = client.post(f"{TOOL}/info", document(MARK, page=b"/Rotate 90")).get_json()
    assert turned["pages"] == [{"page": 1, "width": 100.0, "height": 200.0, "rotation": 90}]


def test_preview(client: ToolClient) -> None:
    data = document(MARK, MARK, MARK)
    report = client.post(f"{TOOL}/preview", data, pages="1,3", width=120).get_json()
    assert report["pageCount"] == 3
    assert [item["page"] for item in report["thumbnails"]] == [1, 3]
    for item in report["thumbnails"]:
        kind, _, text = item["dataUrl"].partition(",")
        image = pyvips.Image.jpegload_buffer(base64.b64decode(text))
        assert kind == "data:image/jpeg;base64"
        assert (image.width, image.height) == (item["width"], item["height"]) == (120, 60)
        assert image(30, 15)[0] > 240
    usual = client.post(f"{TOOL}/preview", data).get_json()
    assert [item["width"] for item in usual["thumbnails"]] == [300, 300, 300]


def test_in_a_batch_and_as_the_first_step_of_a_pipeline(client: ToolClient) -> None:
    form = {"file": [(io.BytesIO(documents.typed(2)), f"{n}.pdf") for n in "ab"]}
    with client.http.post(
        f"/api/v1/tools/{TOOL}/batch", data=form, content_type="multipart/form-data"
    ) as response:
        assert response.status_code == 200, response.data
        names = zipfile.ZipFile(io.BytesIO(response.data)).namelist()
        assert len(names) == 4
    steps = (
        '[{"toolId":"pdf-to-image","settings":{"pages":"2"}},'
        '{"toolId":"resize","settings":{"width":50}}]'
    )
    sent = {"pipeline": steps, "file": (io.BytesIO(documents.typed(2)), "a.pdf")}
    with client.http.post(
        "/api/v1/pipeline/execute", data=sent, content_type="multipart/form-data"
    ) as response:
        assert response.status_code == 200, response.data
        assert pyvips.Image.pngload_buffer(response.data).width == 50


ORDINARY = {
    "written in a word processor": LETTER.read_bytes(),
    "scanned": documents.scanned(),
    "filled in": documents.filled_in(),
    "turned": document(MARK, page=b"/Rotate 90"),
    "see-through": documents.see_through(),
}


@pytest.mark.skipif(RENDERER is None, reason="poppler is not installed: apt install poppler-utils")
@pytest.mark.parametrize("name", ORDINARY)
def test_pages_look_as_poppler_draws_them(client: ToolClient, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(ORDINARY[name])
    command = [str(RENDERER), "-r", "100", "-png", "-singlefile", str(path), str(tmp_path / "a")]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    theirs = pyvips.Image.pngload(str(tmp_path / "a.png")).colourspace("srgb")
    ours = page(client, path.read_bytes(), dpi=100)
    assert max(abs(ours.width - theirs.width), abs(ours.height - theirs.height)) <= 1
    width, height = min(ours.width, theirs.width), min(ours.height, theirs.height)
    ours, theirs = ours.crop(0, 0, width, height), theirs.crop(0, 0, width, height)
    assert float((ours.cast("short") - theirs).abs().avg()) < CLOSE
    assert ours.avg() < 255 - CLOSE / 2


def tree_of(kids: bytes, count: int, *others: bytes) -> bytes:
    return documents.assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            *others,
        ]
    )


_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]"
HOSTILE: dict[str, bytes] = {
    "a billion pages": tree_of(b"", 10**9),
    "a billion pages, one of them there": tree_of(
        b"3 0 R", 10**9, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    ),
    "pages below zero": tree_of(b"", -5),
    "pages in themselves": tree_of(b"2 0 R", 5),
    "pages in each other": tree_of(b"3 0 R", 5, b"<</Type/Pages/Kids[2 0 R]/Count 5>>"),
    "a page of a million by a million points": document(MARK, box=(1e6, 1e6)),
    "a page without a size": document(MARK, box=(0, 0)),
    "a page of less than nothing": document(MARK, box=(-100, -100)),
    "a page beyond numbers": document(MARK, page=b"/UserUnit 1e30"),
    "a form that draws itself": document(
        b"/X Do",
        resources=b"/XObject<</X %d 0 R>>" % documents.next_object(1),
        others=[documents.stream(b"/X Do", _FORM + b"/Resources<</XObject<</X 5 0 R>>>>")],
    ),
    "forms that draw each other tenfold": document(
        b"/X Do",
        resources=b"/XObject<</X 5 0 R>>",
        others=[
            documents.stream(
                b"/X Do " * 10, _FORM + b"/Resources<</XObject<</X %d 0 R>>>>" % (6 + level)
            )
            for level in range(10)
        ]
        + [documents.stream(b"0 0 9 9 re f", _FORM)],
    ),
    "a stream of many zeros": document(b"0 " * 20_000_000),
    "a stream in a stream in a stream": document(documents.stream(documents.stream(MARK))),
    "a picture that is said to be huge": document(
        b"q 200 0 0 100 0 0 cm /I Do Q",
        resources=b"/XObject<</I %d 0 R>>" % documents.next_object(1),
        others=[
            documents.stream(
                b"",
                b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB"
                b"/BitsPerComponent 8",
            )
        ],
    ),
    "a script": document(MARK, catalogue=b"/OpenAction<</S/JavaScript/JS(app.launchURL('x'))>>"),
    "a launch": document(MARK, catalogue=b"/OpenAction<</S/Launch/F(/bin/sh)>>"),
    "nested arrays": documents.assembled([b"[" * 100_000 + b"]" * 100_000]),
    "cut in half": documents.scanned()[:600],
    "only its beginning": b"%PDF-1.7\n",
    "its end at its beginning": b"%PDF-1.7\nstartxref\n0\n%%EOF",
    "a table that leads to itself": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \n"
    b"trailer<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
}
DUST = document(
    b"/Pattern cs /P scn 0 0 200 100 re f",
    resources=b"/Pattern<</P %d 0 R>>" % documents.next_object(1),
    others=[
        documents.stream(
            b"0 0 1 1 re f",
            b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]"
            b"/XStep .0001/YStep .0001/Resources<<>>",
        )
    ],
)
"""A pattern of so many tiles that nobody sees its end."""
CODES = {
    *("DECODE_FAILED", "TOO_MANY_PIXELS", "TOO_MANY_PAGES", "PAGE_NOT_FOUND", "INVALID_IMAGE"),
    *("TIMEOUT", "OUT_OF_MEMORY", "TOO_COMPLEX"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("action", ["", "/info", "/preview"])
def test_hostile_documents_end_in_an_answer(server: ToolClient, name: str, action: str) -> None:
    response = server.post(f"{TOOL}{action}", HOSTILE[name])
    assert response.status_code in {200, 400, 413, 422, 504}, response.text
    if response.status_code != 200:
        assert response.get_json()["code"] in CODES
        assert response.get_json()["error"]


def test_a_page_without_end_is_ended(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("hasty")
    made = make_client(folder, *MODULES, workers=True, processing_timeout_s=2)
    with closing(made) as client:
        assert client.refusal(TOOL, DUST, dpi=36) == (504, "TIMEOUT")
        assert not client.job_folders()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a page of a million by a million points", (413, "TOO_MANY_PIXELS")),
        ("cut in half", (422, "DECODE_FAILED")),
        ("pages in themselves", (422, "DECODE_FAILED")),
        ("a billion pages", (422, "DECODE_FAILED")),
    ],
)
def test_what_is_said_of_them(client: ToolClient, name: str, expected: tuple[int, str]) -> None:
    assert client.refusal(TOOL, HOSTILE[name]) == expected


def test_other_files_are_refused(client: ToolClient) -> None:
    response = client.post(TOOL, sample("rgb"))
    assert (response.status_code, response.get_json()["code"]) == (400, "INVALID_IMAGE")
    assert "takes application/pdf, received image/png" in response.get_json()["error"]


def test_the_largest_page_fits_into_the_memory_of_a_worker(server: ToolClient) -> None:
    result = server.run(TOOL, document(MARK, box=(720, 720)), pages="1", dpi=999, format="jpeg")
    assert (result.width, result.height) == (9990, 9990)
    assert server.refusal(TOOL, document(MARK, box=(720, 720)), dpi=1001) == (
        413,
        "TOO_MANY_PIXELS",
    )
