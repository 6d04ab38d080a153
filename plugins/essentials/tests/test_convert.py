"""Convert: the format changes, the pixels stay."""

from pathlib import Path
from typing import Any

import ashim_essentials.convert
import pytest
import pyvips

from ashim_core.plugin import Encoding
from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample

FORMATS = {
    "jpeg": ("image/jpeg", "jpg"),
    "png": ("image/png", "png"),
    "webp": ("image/webp", "webp"),
    "avif": ("image/avif", "avif"),
    "tiff": ("image/tiff", "tiff"),
    "gif": ("image/gif", "gif"),
}
LOADERS = {"image/avif": "heifload", "image/tiff": "tiffload"}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.convert)


def notes(client: ToolClient, picture: bytes, **settings: Any) -> list[str]:
    response = client.post("convert", picture, accept="application/json", **settings)
    assert response.json is not None
    return list(response.json["notes"])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["rgb", "rgba", "grey", "grey-alpha", "palette", "cmyk", "16-bit"])
def test_every_kind_of_picture_to_every_format(client: ToolClient, format: str, name: str) -> None:
    media_type, extension = FORMATS[format]
    response = client.post("convert", sample(name), format=format)
    assert (response.status_code, response.mimetype) == (200, media_type)
    assert f"sample_convert.{extension}" in response.headers["Content-Disposition"]
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert str(result.get("vips-loader")).startswith(LOADERS.get(media_type, f"{format}load"))
    assert (result.width, result.height) == (48, 32)
    # GIF has no half transparent pixels, and the grey ones are all that.
    transparent = format not in {"rgba": ["jpeg"], "grey-alpha": ["jpeg", "gif"]}.get(name, FORMATS)
    assert (result.hasalpha() and (result[result.bands - 1] < 255).avg() > 0) == transparent


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("name", ["chelsea.png", "camera.png", "logo.png"])
def test_lossless_formats_keep_every_pixel(
    client: ToolClient, photos: Path, name: str, format: str
) -> None:
    picture = pyvips.Image.new_from_file(str(photos / name))
    picture = pyvips.Image.new_from_buffer(picture.write_to_buffer(".png[keep=none]"), "")
    result = client.run("convert", picture, format=format)
    assert_image_close(result, picture, within=0)


@pytest.mark.parametrize(("format", "within"), [("jpeg", 6), ("webp", 6), ("avif", 6), ("gif", 8)])
@pytest.mark.parametrize("name", ["chelsea.png", "astronaut.png", "rocket.jpg"])
def test_lossy_formats_stay_close(
    client: ToolClient, photos: Path, name: str, format: str, within: float
) -> None:
    lossless = client.run("convert", photos / name, format="png")
    assert_image_close(client.run("convert", photos / name, format=format), lossless, within=within)


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_quality(client: ToolClient, photos: Path, format: str) -> None:
    def size(**settings: Any) -> int:
        response = client.post("convert", photos / "chelsea.png", format=format, **settings)
        return len(response.data)

    usual = {"jpeg": 80, "webp": 80, "avif": 50}[format]
    sizes = [size(quality=quality) for quality in (5, usual, 95)]
    assert sizes[0] * 2 < sizes[1] < sizes[2] / 2
    assert size() == sizes[1]


@pytest.mark.parametrize("wanted", ["4:4:4", "4:2:0"])
def test_how_fine_colour_is_stored(client: ToolClient, wanted: str) -> None:
    settings: dict[str, Any] = {"format": "jpeg", "quality": 95, "chromaSubsampling": wanted}
    response = client.post("convert", sample("rgb"), **settings)
    stored = pyvips.Image.new_from_buffer(response.data, "").get("jpeg-chroma-subsample")
    assert stored == wanted


@pytest.mark.parametrize("format", ["png", "tiff", "gif"])
def test_lossless_formats_ignore_quality_and_say_so(client: ToolClient, format: str) -> None:
    assert notes(client, sample("rgb"), format=format, quality=5) == [
        f"quality: ignored, {format} is lossless"
    ]
    assert notes(client, sample("rgb"), format=format) == []
    with_quality = client.post("convert", sample("rgb"), format=format, quality=5)
    assert with_quality.data == client.post("convert", sample("rgb"), format=format).data


@pytest.mark.parametrize(("name", "format"), [("jpg", "jpeg"), ("tif", "tiff"), ("JPEG", "jpeg")])
def test_other_names_of_formats(client: ToolClient, name: str, format: str) -> None:
    response = client.post("convert", sample("rgb"), format=name)
    assert response.mimetype == f"image/{format}"


@pytest.mark.parametrize("format", ["heif", "heic"])
def test_a_format_without_a_codec_names_the_package(client: ToolClient, format: str) -> None:
    response = client.post("convert", sample("rgb"), format=format)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (422, "FORMAT_NOT_SUPPORTED")
    assert "ashim-heif" in response.json["message"]


def test_jpeg_shows_white_through_transparency(client: ToolClient) -> None:
    picture = pyvips.Image.black(32, 32, bands=4).copy(interpretation="srgb").cast("uchar")
    result = client.run("convert", picture, format="jpeg")
    assert (result > 250).avg() == 255


def test_alpha_is_kept(client: ToolClient) -> None:
    original = pyvips.Image.new_from_buffer(sample("rgba"), "")
    for format in ("webp", "avif", "tiff"):
        result = client.run("convert", sample("rgba"), format=format)
        assert_image_close(result[3], original[3], within=3)


def test_animations_keep_their_frames_and_timing(client: ToolClient) -> None:
    for name, format in (("two-frames", "webp"), ("two-frames-webp", "gif")):
        result = client.run("convert", sample(name), format=format, quality=95)
        assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
        assert result.get("delay") == [70, 130]
        assert result.get("loop") == 3
        original = pyvips.Image.new_from_buffer(sample(name), "", n=-1)
        for top in (2, 34):
            now, before = (image.crop(2, top, 18, 10)[:3] for image in (result, original))
            assert_image_close(now, before, within=3)


def test_the_frames_of_an_animation_become_pages(client: ToolClient) -> None:
    data = client.post("convert", sample("two-frames"), format="tiff").data
    result = pyvips.Image.new_from_buffer(data, "", n=-1)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (48, 32, 2)
    original = pyvips.Image.new_from_buffer(sample("two-frames"), "", n=-1)
    assert_image_close(result, original, within=0)


@pytest.mark.parametrize("format", ["png", "jpeg", "avif"])
def test_still_formats_get_the_first_frame_and_say_so(client: ToolClient, format: str) -> None:
    result = client.run("convert", sample("two-frames"), format=format)
    assert (result.width, result.height) == (48, 32)
    assert_image_close(result.crop(2, 2, 8, 8)[0], pyvips.Image.black(8, 8) + 255, within=6)
    lost = ["animation: only the first of 2 frames was kept"]
    if format == "jpeg":
        lost.append("alpha: flattened on #ffffff, jpeg has none")
    assert notes(client, sample("two-frames"), format=format) == lost


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_result_is_upright(client: ToolClient, orientation: int) -> None:
    result = client.run("convert", sample(f"orientation-{orientation}"), format="png")
    assert_image_close(result, pyvips.Image.new_from_buffer(sample("rgb"), ""), within=6)


@pytest.mark.parametrize("format", ["webp", "avif"])
def test_a_side_too_long_for_the_format_is_refused(client: ToolClient, format: str) -> None:
    picture = pyvips.Image.black(17_000, 2)
    assert client.refusal("convert", picture, format=format) == (422, "FORMAT_NOT_SUPPORTED")
    assert client.run("convert", picture, format="jpeg").width == 17_000


def test_an_earlier_target_does_not_outlive_the_conversion() -> None:
    settings = ashim_essentials.convert.ConvertSettings(format="webp", quality=70)
    current = Encoding("png", max_bytes=100)
    assert ashim_essentials.convert.encoding(settings, current) == Encoding("webp", 70)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"format": "bmp"},
        {"format": ""},
        {"format": None},
        {"format": 3},
        {"format": "webp", "quality": 0},
        {"format": "webp", "quality": 101},
        {"format": "webp", "quality": 80.5},
        {"format": "webp", "quality": "80"},
        {"format": "webp", "lossless": True},
    ],
)
def test_wrong_settings_are_refused(client: ToolClient, settings: dict[str, Any]) -> None:
    assert client.refusal("convert", sample("rgb"), **settings) == (400, "INVALID_SETTINGS")
