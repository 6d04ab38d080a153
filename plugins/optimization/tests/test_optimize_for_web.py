"""Optimize for Web: format, size, quality, scans and metadata, each seen in the result."""

import io
import json
from pathlib import Path
from typing import Any

import ashim_essentials.crop
import ashim_essentials.resize
import ashim_optimization.optimize_for_web
import pytest
import pyvips
from ashim_optimization.optimize_for_web import OptimizeForWebSettings, accepted
from PIL import Image

from ashim_core.testing import (
    MakeClient,
    ToolClient,
    assert_image_close,
    sample,
    samples,
)

TOOL = "optimize-for-web"
BLOB = pyvips.GValue.blob_type
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(
        ashim_optimization.optimize_for_web, ashim_essentials.crop, ashim_essentials.resize
    )


def plain(width: int, height: int, values: list[float]) -> pyvips.Image:
    image = pyvips.Image.black(width, height, bands=len(values)).linear([1], values).cast("uchar")
    return image.copy(interpretation="srgb")


def drawing(width: int = 400, height: int = 300) -> pyvips.Image:
    """Draw circles in flat colours."""
    image = plain(width, height, [250, 240, 200])
    for index in range(8):
        image = image.draw_circle([index * 30, 90, 200 - index * 20], 40 * index, 150, 18 + index)
        image = image.draw_rect([10, index * 20, 99], 20 + 40 * index, 20, 25, 40, fill=True)
    return image.copy_memory()


def photograph(photos: Path) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(photos / "astronaut.png"))


def fading(image: pyvips.Image) -> pyvips.Image:
    ramp = pyvips.Image.identity().resize(image.width / 256, vscale=image.height).cast("uchar")
    return image.bandjoin(255 - ramp)


def post(client: ToolClient, path: str, picture: pyvips.Image | bytes, **fields: Any) -> Any:
    """Post a picture and fields of JSON: `accept` means something else to `client.post`."""
    data = picture if isinstance(picture, bytes) else picture.pngsave_buffer()
    response = client.http.post(
        f"/api/v1/{path}",
        data={
            **{name: json.dumps(value) for name, value in fields.items()},
            "file": (io.BytesIO(data), "sample.png"),
        },
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    response.request.environ["wsgi.input"].close()
    return response


def result_of(client: ToolClient, picture: pyvips.Image | bytes, **settings: Any) -> Any:
    response = post(client, f"tools/{TOOL}", picture, settings=settings)
    assert response.status_code == 200, response.text
    return response


def mimetype(client: ToolClient, picture: pyvips.Image | bytes, **settings: Any) -> str:
    return str(result_of(client, picture, **settings).mimetype)


def described() -> bytes:
    """Make a JPEG, lying on its side, with all the metadata that a JPEG can have."""
    exif = Image.Exif()
    exif[0x010E] = "A description"
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    data = io.BytesIO()
    Image.new("RGB", (64, 32), "teal").save(data, "JPEG", exif=exif)
    image = pyvips.Image.new_from_buffer(data.getvalue(), "").copy()
    image.set_type(BLOB, "xmp-data", XMP)  # type: ignore[arg-type]
    image.set_type(BLOB, "iptc-data", IPTC)  # type: ignore[arg-type]
    return image.icc_transform("srgb", input_profile="srgb").jpegsave_buffer()


def details(data: bytes) -> set[str]:
    """Name the kinds of metadata in a file."""
    fields = pyvips.Image.new_from_buffer(data, "").get_fields()
    return {"exif-data", "xmp-data", "iptc-data", "icc-profile-data"} & set(fields)


def report(client: ToolClient, picture: bytes, **settings: Any) -> dict[str, Any]:
    response = client.post(TOOL, picture, accept="application/json", **settings)
    assert response.status_code == 200, response.text
    assert response.json is not None
    return dict(response.json)


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("jpeg", "image/jpeg"),
        ("jpg", "image/jpeg"),
        ("webp", "image/webp"),
        ("avif", "image/avif"),
        ("png", "image/png"),
        ("PNG", "image/png"),
    ],
)
def test_the_format_that_was_asked_for(client: ToolClient, format: str, media_type: str) -> None:
    assert mimetype(client, sample("rgb"), format=format) == media_type


@pytest.mark.parametrize("item", list(samples()), ids=lambda item: item.name)
def test_auto_takes_every_kind_of_picture(client: ToolClient, item: Any) -> None:
    result = client.run(TOOL, item.data, format="auto")
    assert (result.width, result.get_page_height()) in ((48, 32), (1, 1))


def test_a_photograph_becomes_webp(client: ToolClient, photos: Path) -> None:
    response = client.post(TOOL, photograph(photos))
    assert response.mimetype == "image/webp"
    assert b"VP8 " in response.data[:40]  # the lossy kind


def test_a_drawing_becomes_lossless_webp(client: ToolClient) -> None:
    response = client.post(TOOL, drawing())
    assert response.mimetype == "image/webp"
    assert b"VP8L" in response.data[:40]
    assert_image_close(pyvips.Image.new_from_buffer(response.data, ""), drawing(), within=0)


def test_a_large_drawing_is_known_by_parts_of_it(client: ToolClient) -> None:
    large = drawing().replicate(6, 6)
    response = client.post(TOOL, large)
    assert_image_close(pyvips.Image.new_from_buffer(response.data, ""), large, within=0)


def test_a_drawing_is_png_where_webp_is_not_accepted(client: ToolClient) -> None:
    assert mimetype(client, drawing(), accept=[]) == "image/png"
    response = result_of(client, drawing(), accept=["image/jpeg"])
    assert_image_close(pyvips.Image.new_from_buffer(response.data, ""), drawing(), within=0)


@pytest.mark.parametrize(
    ("accept", "opaque", "transparent"),
    [
        (None, "image/webp", "image/webp"),
        ([], "image/jpeg", "image/png"),
        (["image/jpeg", "text/html"], "image/jpeg", "image/png"),
        (["image/webp"], "image/webp", "image/webp"),
        (["image/avif"], "image/avif", "image/avif"),
        (["image/AVIF", "image/webp"], "image/avif", "image/avif"),
        (["*/*;q=0.8"], "image/webp", "image/webp"),
        (["image/avif;q=0", "image/*"], "image/webp", "image/webp"),
    ],
)
def test_a_photograph_becomes_what_is_accepted(
    client: ToolClient, photos: Path, accept: list[str] | None, opaque: str, transparent: str
) -> None:
    small = photograph(photos).crop(100, 50, 200, 200)
    given = {} if accept is None else {"accept": accept}
    assert mimetype(client, small, **given) == opaque
    assert mimetype(client, fading(small), **given) == transparent


def test_the_accept_header_of_the_request_counts(client: ToolClient, photos: Path) -> None:
    small = photograph(photos).crop(100, 50, 200, 200)
    for accept, media_type in {
        "image/avif,image/webp,*/*;q=0.8": "image/avif",
        "image/webp,*/*;q=0.8": "image/webp",
        "image/png": "image/jpeg",
        "*/*": "image/webp",
    }.items():
        assert client.post(TOOL, small, accept=accept).mimetype == media_type


@pytest.mark.parametrize(
    ("item", "formats"),
    [
        ("image/webp", {"webp"}),
        (" image/avif ; q=0.5", {"avif"}),
        ("image/avif;q=0.0", set()),
        ("image/avif; q=0.000", set()),
        ("image/avif;q=1", {"avif"}),
        ("image/avif;level=0", {"avif"}),
        ("image/png", set()),
        ("", set()),
        ("nonsense", set()),
    ],
)
def test_what_is_accepted(item: str, formats: set[str]) -> None:
    assert accepted(OptimizeForWebSettings(accept=[item])) == formats


@pytest.mark.parametrize("name", ["two-frames", "two-frames-webp"])
@pytest.mark.parametrize(("accept", "format"), [(["image/webp"], "webp"), ([], "gif")])
def test_an_animation_keeps_its_frames(
    client: ToolClient, name: str, accept: list[str], format: str
) -> None:
    response = result_of(client, sample(name), accept=accept)
    assert response.mimetype == f"image/{format}"
    result = pyvips.Image.new_from_buffer(response.data, "", n=-1)
    assert (result.get("n-pages"), result.get("delay")) == (2, [70, 130])


def test_a_side_that_webp_cannot_hold(client: ToolClient) -> None:
    long = pyvips.Image.black(16_500, 4, bands=3).copy(interpretation="srgb")
    assert mimetype(client, long) == "image/png"
    assert mimetype(client, long, accept=["image/avif"]) == "image/png"


def test_one_picture_gets_one_answer(client: ToolClient, photos: Path) -> None:
    for picture in (drawing(), photograph(photos)):
        assert client.post(TOOL, picture).data == client.post(TOOL, picture).data


def test_auto_looks_at_what_the_steps_before_made(ashim: MakeClient, photos: Path) -> None:
    client = ashim(ashim_optimization.optimize_for_web, ashim_essentials.crop)
    both = drawing(512, 400).join(photograph(photos), "vertical")
    region = {"left": 0, "top": 0, "width": 512, "height": 400}
    steps = [{"toolId": "crop", "settings": region}, {"toolId": TOOL, "settings": {}}]
    result = pipeline(client, both, steps)
    assert_image_close(result, drawing(512, 400), within=0)


def test_auto_decides_for_the_steps_after(client: ToolClient) -> None:
    steps = [
        {"toolId": TOOL, "settings": {}},
        {"toolId": "resize", "settings": {"width": 100, "height": 100, "fit": "fill"}},
    ]
    result = pipeline(client, drawing(), steps)
    assert (result.width, result.height) == (100, 100)


def pipeline(
    client: ToolClient, picture: pyvips.Image, steps: list[dict[str, Any]]
) -> pyvips.Image:
    """Run steps; they are one fused run, so nothing is encoded in between."""
    response = post(client, "pipeline/execute", picture, pipeline=steps)
    assert (response.status_code, response.mimetype) == (200, "image/webp"), response.text
    return pyvips.Image.new_from_buffer(response.data, "")


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (400, 300)),
        ({"maxWidthPx": 200}, (200, 150)),
        ({"maxWidth": 200}, (200, 150)),
        ({"maxHeight": 100}, (133, 100)),
        ({"maxHeightPx": 100}, (133, 100)),
        ({"maxWidthPx": 200, "maxHeight": 30}, (40, 30)),
        ({"maxWidthPx": 20, "maxHeight": 30}, (20, 15)),
        ({"maxWidthPx": 400, "maxHeight": 300}, (400, 300)),
        ({"maxWidthPx": 5000, "maxHeight": 5000}, (400, 300)),
        ({"maxWidthPx": 1}, (1, 1)),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_greatest_sides(
    client: ToolClient, settings: dict[str, Any], size: tuple[int, int], suffix: str
) -> None:
    picture = drawing().write_to_buffer(suffix)
    result = client.run(TOOL, picture, format="png", **settings)
    assert (result.width, result.height) == size


def test_what_is_made_smaller_still_shows_the_same(client: ToolClient, photos: Path) -> None:
    result = client.run(TOOL, photograph(photos), format="png", maxWidthPx=128)
    assert_image_close(result, photograph(photos).resize(0.25), within=1)


@pytest.mark.parametrize(("height", "expected"), [(333, 33), (47, 5)])
def test_a_decoder_that_skips_detail_changes_no_size(
    client: ToolClient, photo: Path, height: int, expected: int
) -> None:
    odd = pyvips.Image.new_from_file(str(photo)).crop(200, 600, 1000, height)
    result = client.run(TOOL, odd.jpegsave_buffer(Q=95), format="png", maxWidthPx=100)
    assert (result.width, result.height) == (100, expected)
    assert_image_close(result, odd.resize(0.1, vscale=expected / height), within=4)


def test_what_is_invisible_does_not_bleed(client: ToolClient) -> None:
    both = plain(40, 40, [0, 255, 0, 255]).join(plain(40, 40, [255, 0, 0, 0]), "horizontal")
    result = client.run(TOOL, both, format="png", maxWidthPx=33)
    visible = result[3] > 8
    assert visible.ifthenelse(result[0], 0).avg() == 0
    assert (visible.ifthenelse(result[1], 255) > 250).avg() == 255


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_quality(client: ToolClient, photos: Path, format: str) -> None:
    def size(**settings: Any) -> int:
        return len(client.post(TOOL, photos / "chelsea.png", format=format, **settings).data)

    usual = {"jpeg": 80, "webp": 80, "avif": 50}[format]
    sizes = [size(quality=quality) for quality in (5, usual, 95)]
    assert sizes[0] * 2 < sizes[1] < sizes[2] / 2
    assert size() == sizes[1]


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, wanted: str) -> None:
    settings: dict[str, Any] = {"format": "jpeg", "quality": 95, "chromaSubsampling": wanted}
    response = client.post(TOOL, sample("rgb"), **settings)
    stored = pyvips.Image.new_from_buffer(response.data, "").get("jpeg-chroma-subsample")
    assert stored == wanted


def test_auto_gives_the_quality_to_what_is_lossy(client: ToolClient, photos: Path) -> None:
    picture = photograph(photos)
    auto = client.post(TOOL, picture, quality=30)
    assert auto.data == client.post(TOOL, picture, quality=30, format="webp").data
    assert report(client, drawing().pngsave_buffer(), quality=80)["notes"] == []


def scans(data: bytes) -> int:
    """Count the scans of a JPEG: each begins with a marker of its own."""
    return data.count(b"\xff\xda")


def test_a_jpeg_is_progressive_unless_told_otherwise(client: ToolClient, photos: Path) -> None:
    progressive = client.post(TOOL, photos / "chelsea.png", format="jpeg").data
    plain = client.post(TOOL, photos / "chelsea.png", format="jpeg", progressive=False).data
    assert (scans(progressive) > 5, scans(plain)) == (True, 1)
    one, other = (pyvips.Image.new_from_buffer(data, "") for data in (progressive, plain))
    assert_image_close(one, other, within=0)


@pytest.mark.parametrize("format", ["auto", "jpeg", "png", "webp", "avif"])
def test_metadata_is_dropped(client: ToolClient, format: str) -> None:
    response = client.post(TOOL, described(), format=format)
    assert details(response.data) == set()


@pytest.mark.parametrize(
    ("format", "kept", "lost"),
    [
        ("jpeg", {"exif-data", "xmp-data", "iptc-data", "icc-profile-data"}, []),
        ("png", {"exif-data", "xmp-data", "icc-profile-data"}, ["metadata: IPTC dropped"]),
        ("webp", {"exif-data", "xmp-data", "icc-profile-data"}, ["metadata: IPTC dropped"]),
        ("avif", {"exif-data", "xmp-data", "icc-profile-data"}, ["metadata: IPTC dropped"]),
    ],
)
def test_metadata_stays_if_asked(
    client: ToolClient, format: str, kept: set[str], lost: list[str]
) -> None:
    settings: dict[str, Any] = {"format": format, "stripMetadata": False, "maxWidthPx": 20}
    response = client.post(TOOL, described(), **settings)
    assert details(response.data) == kept
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert str(result.get("exif-ifd0-ImageDescription")).startswith("A description")
    assert str(result.get("exif-ifd3-GPSLatitude")).startswith("52/1 30/1 0/1")
    assert result.get("xmp-data") == XMP
    assert report(client, described(), **settings)["notes"] == lost


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_metadata_that_stays_turns_nothing_twice(client: ToolClient, format: str) -> None:
    settings: dict[str, Any] = {"format": format, "stripMetadata": False, "quality": 95}
    response = client.post(TOOL, sample("orientation-6"), **settings)
    result = pyvips.Image.new_from_buffer(response.data, "").autorot()
    assert (result.width, result.height) == (48, 32)
    upright = pyvips.Image.new_from_buffer(sample("rgb"), "")
    assert_image_close(result, upright, within=6)


def test_what_was_cut_off_does_not_stay_in_the_thumbnail(client: ToolClient) -> None:
    image = pyvips.Image.new_from_buffer(described(), "").copy()
    thumbnail = image.jpegsave_buffer(keep=0)
    image.set_type(BLOB, "jpeg-thumbnail-data", thumbnail)  # type: ignore[arg-type]
    data = image.jpegsave_buffer()
    assert pyvips.Image.new_from_buffer(data, "").get_typeof("jpeg-thumbnail-data")
    result = client.post(TOOL, data, format="jpeg", stripMetadata=False)
    assert not pyvips.Image.new_from_buffer(result.data, "").get_typeof("jpeg-thumbnail-data")
    assert thumbnail[-40:] not in result.data


def test_a_wide_gamut_stays_either_way(client: ToolClient, photos: Path) -> None:
    wide = photograph(photos).icc_transform("p3", input_profile="srgb")
    data = wide.jpegsave_buffer(Q=95)
    profile = pyvips.Image.new_from_buffer(data, "").get("icc-profile-data")
    for strip in (True, False):
        response = client.post(TOOL, data, stripMetadata=strip)
        assert pyvips.Image.new_from_buffer(response.data, "").get("icc-profile-data") == profile


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "gif"},
        {"format": "tiff"},
        {"format": 3},
        {"quality": 0},
        {"quality": 101},
        {"quality": "80"},
        {"maxWidthPx": 0},
        {"maxWidthPx": 32_768},
        {"maxHeight": -1},
        {"maxHeight": 10**9},
        {"progressive": "yes"},
        {"stripMetadata": 1},
        {"accept": "image/webp"},
        {"accept": ["image/webp"] * 33},
        {"accept": ["x" * 256]},
        {"accept": [1]},
        {"choose": "png"},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    response = post(client, f"tools/{TOOL}", sample("rgb"), settings=settings)
    assert (response.status_code, response.json["code"]) == (400, "INVALID_SETTINGS")


def test_a_damaged_picture_is_refused(client: ToolClient, photo: Path) -> None:
    cut = photo.read_bytes()[:20_000]
    assert client.refusal(TOOL, cut) == (422, "DECODE_FAILED")
    assert client.refusal(TOOL, b"no picture") == (400, "INVALID_IMAGE")
