"""Tools that make files smaller: never more bytes than came in, and no metadata."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ashim_essentials.compress
import ashim_essentials.convert
import ashim_formats.apng
import ashim_formats.bmp
import ashim_heif.heif
import ashim_optimization.optimize_for_web
import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageSequence, PngImagePlugin

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.samples import oriented, scene

SECRET = b"Where we live"
SIZE = 160
KEPT = "size: the picture was kept as it came, as its encoding is no smaller"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(
        ashim_essentials.compress,
        ashim_essentials.convert,
        ashim_formats.apng,
        ashim_formats.bmp,
        ashim_heif.heif,
        ashim_optimization.optimize_for_web,
    )


@pytest.fixture(scope="module")
def piece(photos: Path) -> pyvips.Image:
    """A piece of a photograph, without metadata."""
    image = pyvips.Image.new_from_file(str(photos / "rocket.jpg"))
    return pyvips.Image.new_from_buffer(image.crop(240, 80, SIZE, SIZE).pngsave_buffer(keep=0), "")


def told(image: pyvips.Image) -> pyvips.Image:
    """Give a picture metadata of both kinds that say where it was taken."""
    image = image.copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", SECRET.decode())
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x>" + SECRET + b"</x>")  # type: ignore[arg-type]
    return image


def pillow(image: pyvips.Image) -> Image.Image:
    return Image.fromarray(image.numpy())


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = SECRET.decode()
    return found


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _png(image: pyvips.Image) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    return saved(pillow(image).quantize(16), "png", pnginfo=text, exif=exif(), compress_level=9)


def _heif(image: pyvips.Image) -> bytes:
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(pillow(image))
    file.save(buffer, quality=10, exif=exif().tobytes(), xmp=b"<x>" + SECRET + b"</x>")
    return buffer.getvalue()


def _gif(image: pyvips.Image) -> bytes:
    frames = [pillow(image).quantize(n) for n in (4, 3, 2)]
    return saved(frames[0], "gif", save_all=True, append_images=frames[1:], comment=SECRET)


def _apng(image: pyvips.Image) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    frames = [pillow(image).quantize(n) for n in (4, 3, 2)]
    return saved(frames[0], "png", save_all=True, append_images=frames[1:], pnginfo=text)


def _tiff(mode: str, **options: object) -> Callable[[pyvips.Image], bytes]:
    def make(image: pyvips.Image) -> bytes:
        tags = {270: SECRET.decode(), 315: SECRET.decode(), 700: b"<x>" + SECRET + b"</x>"}
        picture = pillow(image).resize((4 * SIZE, 4 * SIZE)).convert(mode, dither=Image.Dither.NONE)
        return saved(picture, "tiff", tiffinfo=tags, **options)

    return make


def _noise(image: pyvips.Image) -> bytes:
    """Write what can't be made smaller, with directories for EXIF and for GPS."""
    told = exif()
    told.get_ifd(0x8769)[0x9286] = SECRET
    told.get_ifd(0x8825)[29] = SECRET.decode()
    noise = random.Random(1).randbytes(SIZE * SIZE)
    return saved(Image.frombytes("L", (SIZE, SIZE), noise), "tiff", exif=told)


MAKERS: dict[str, Callable[[pyvips.Image], bytes]] = {
    "jpeg": lambda image: told(image).jpegsave_buffer(Q=30),
    "jpeg that is turned": lambda image: told(oriented(image, 6)).jpegsave_buffer(Q=30),
    "webp": lambda image: told(image).webpsave_buffer(Q=10, effort=6),
    "png": _png,
    "avif": lambda image: told(image).heifsave_buffer(compression="av1", Q=10, effort=6),
    "heif": _heif,
    "gif": _gif,
    "apng": _apng,
    "tiff": _tiff("RGB", compression="jpeg", quality=20),
    "tiff of one bit": _tiff("1", compression="group4"),
    "tiff of noise": _noise,
    "bmp of one bit": lambda image: saved(pillow(image).convert("1"), "bmp"),
}


LOSSLESS = ("png", "gif", "apng")
"""What is encoded anew in fewer bytes, and looks the same all the same."""


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("settings", [{}, {"quality": 95}, {"targetSizeKB": 1000}], ids=str)
def test_compress_never_answers_more_bytes(
    client: ToolClient, piece: pyvips.Image, kind: str, settings: dict[str, Any]
) -> None:
    given = MAKERS[kind](piece)
    response = client.post("compress", given, **settings)
    assert response.status_code == 200, response.data
    assert len(response.data) <= len(given)
    assert SECRET not in response.data
    assert (SECRET in given) == ("bmp" not in kind)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_picture_that_is_kept_looks_as_it_came(
    client: ToolClient, piece: pyvips.Image, kind: str
) -> None:
    given = MAKERS[kind](piece)
    response = client.post("compress", given, quality=95)
    if kind not in LOSSLESS:
        assert KEPT in json.loads(response.headers["X-Ashim-Notes"])
    frames = []
    for data in (given, response.data):
        # Any other tool sees both as the same picture.
        shown = client.post("convert", data, format="webp" if "apng" in kind else "png")
        with Image.open(io.BytesIO(shown.data)) as image:
            every = ImageSequence.Iterator(image)
            frames.append([frame.convert("RGBA").tobytes() for frame in every])
    assert frames[0] == frames[1]


@pytest.mark.parametrize(
    ("kind", "format"), [("jpeg", "jpeg"), ("webp", "webp"), ("png", "png"), ("avif", "avif")]
)
@pytest.mark.parametrize("strip", [True, False])
def test_optimize_for_web_never_answers_more_bytes(
    client: ToolClient, piece: pyvips.Image, kind: str, format: str, strip: bool
) -> None:
    given = MAKERS[kind](piece)
    response = client.post(
        "optimize-for-web", given, format=format, quality=95, stripMetadata=strip
    )
    assert response.status_code == 200
    assert len(response.data) <= len(given)
    assert (SECRET in response.data) != strip


def test_another_format_or_size_may_need_more(client: ToolClient, piece: pyvips.Image) -> None:
    given = MAKERS["jpeg"](piece)
    assert len(client.post("compress", given, format="png").data) > len(given)
    half = client.post("optimize-for-web", given, format="jpeg", maxWidthPx=SIZE // 2)
    with Image.open(io.BytesIO(half.data)) as image:
        assert image.size == (SIZE // 2, SIZE // 2)


def test_a_step_before_makes_another_picture(client: ToolClient, piece: pyvips.Image) -> None:
    """What came in is no answer where something was done to it."""
    given = piece.jpegsave_buffer(Q=20)
    steps = [
        {"toolId": "optimize-for-web", "settings": {"maxWidthPx": 60, "format": "jpeg"}},
        {"toolId": "compress", "settings": {"quality": 100}},
    ]
    response = client.http.post(
        "/api/v1/pipeline/execute",
        data={"pipeline": json.dumps({"steps": steps}), "file": (io.BytesIO(given), "a.jpg")},
    )
    with response, Image.open(io.BytesIO(response.data)) as image:
        assert image.size == (60, 60)


def test_cmyk_is_no_answer_where_srgb_is_due(client: ToolClient) -> None:
    given = scene(200, 150).colourspace("cmyk").jpegsave_buffer(Q=20)
    response = client.post("compress", given, quality=95)
    assert len(response.data) <= len(given)
    with Image.open(io.BytesIO(response.data)) as image:
        assert image.mode == "RGB"


def test_what_is_kept_has_lost_no_depth(client: ToolClient) -> None:
    """Of a few pixels 16 bits are as small as 8."""
    given = saved(Image.new("I;16", (4, 4), 40_000), "png")
    response = client.post("compress", given)
    notes = json.loads(response.headers["X-Ashim-Notes"])
    assert KEPT in notes
    assert not [note for note in notes if note.startswith(("profile", "colours", "depth"))]
    assert pyvips.Image.new_from_buffer(response.data, "").format == "ushort"
