"""Info: what is reported of size, format, colours, animation, metadata and levels."""

import io
from pathlib import Path
from typing import Any

import numpy
import pytest
import pyvips
from ashim_utilities.facts.density import density
from ashim_utilities.facts.histogram import binned
from ashim_utilities.facts.progressive import is_progressive
from PIL import Image

from ashim_core.testing import ToolClient, plain, sample
from ashim_core.testing.samples import scene

TOOL = "info"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rgb", ("png", 3, False, "rgb", 8)),
        ("rgba", ("png", 4, True, "rgb", 8)),
        ("grey", ("png", 1, False, "grey", 8)),
        ("grey-alpha", ("png", 2, True, "grey", 8)),
        ("16-bit", ("png", 3, False, "rgb", 16)),
        ("cmyk", ("jpeg", 4, False, "cmyk", 8)),
        ("webp", ("webp", 3, False, "rgb", 8)),
        ("avif", ("avif", 3, False, "rgb", 8)),
        ("tiff", ("tiff", 3, False, "rgb", 8)),
    ],
)
def test_format_and_colours(reported: Any, name: str, expected: tuple[Any, ...]) -> None:
    report = reported(TOOL, sample(name), bins=0)
    found = [report[key] for key in ("format", "channels", "hasAlpha", "colorSpace", "bitDepth")]
    assert tuple(found) == expected
    assert (report["width"], report["height"], report["megapixels"]) == (48, 32, 0.0)
    assert report["fileSize"] == len(sample(name))
    assert report["mediaType"] == f"image/{expected[0]}"


def test_size_is_that_of_the_upright_picture(reported: Any) -> None:
    report = reported(TOOL, sample("orientation-6"))
    assert (report["width"], report["height"], report["orientation"]) == (48, 32, 6)


def test_an_animation(reported: Any) -> None:
    report = reported(TOOL, sample("two-frames"))
    assert (report["frames"], report["pages"], report["loop"]) == (2, 2, 3)
    assert (report["delays"], report["duration"]) == ([70, 130], 200)
    still = reported(TOOL, sample("rgb"))
    assert (still["frames"], still["delays"], still["loop"], still["duration"]) == (1, [], None, 0)


def test_pages_are_no_frames(reported: Any) -> None:
    strip = pyvips.Image.arrayjoin([scene(), scene()], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 32)
    report = reported(TOOL, strip.tiffsave_buffer())
    assert (report["frames"], report["pages"], report["delays"]) == (1, 2, [])


def test_metadata_is_there_with_its_values(reported: Any) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif.get_ifd(0x8825).update({1: "N", 2: (10.0, 30.0, 0.0), 3: "W", 4: (1.0, 0.0, 0.0)})
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "jpeg", exif=exif)
    report = reported(TOOL, buffer.getvalue())
    assert report["exif"]["Make"] == "Acme"
    assert (report["gps"]["latitude"], report["gps"]["longitude"]) == (10.5, -1.0)
    kinds = ("Exif", "Icc", "Xmp", "Iptc", "Profile")
    assert [report[f"has{kind}"] for kind in kinds] == [True, False, False, False, False]
    assert report["xmp"] is report["iptc"] is report["icc"] is None


def test_the_profile_is_named(reported: Any) -> None:
    data = scene().icc_transform("p3").jpegsave_buffer(profile="p3")
    report = reported(TOOL, data)
    assert report["hasIcc"]
    assert report["hasProfile"]
    assert "P3" in report["icc"]["description"]


def test_levels_are_counted(reported: Any) -> None:
    left, right = plain(30, 10, 10, 0, 200), plain(10, 10, 250, 0, 200)
    report = reported(TOOL, left.join(right, "horizontal"), bins=2)
    red, green, blue = report["histogram"]
    assert red == {
        "channel": "red",
        "min": 10,
        "max": 250,
        "mean": 70.0,
        "stdev": round(240 * (0.75 * 0.25) ** 0.5, 2),
        "bins": [300, 100],
    }
    assert (green["min"], green["max"], green["bins"]) == (0, 0, [400, 0])
    assert (blue["mean"], blue["stdev"], blue["bins"]) == (200.0, 0.0, [0, 400])


def test_every_channel_has_its_name(reported: Any) -> None:
    def names(picture: bytes) -> list[str]:
        return [one["channel"] for one in reported(TOOL, picture)["histogram"]]

    assert names(sample("rgba")) == ["red", "green", "blue", "alpha"]
    assert names(sample("grey")) == ["grey"]
    assert names(sample("grey-alpha")) == ["grey", "alpha"]


def test_without_bins_there_is_no_histogram(reported: Any) -> None:
    assert reported(TOOL, sample("rgb"), bins=0)["histogram"] == []
    assert len(reported(TOOL, sample("rgb"))["histogram"][0]["bins"]) == 32


@pytest.mark.parametrize("bins", [1, 3, 7, 100, 256])
def test_bins_hold_all_levels_and_are_about_equal(bins: int) -> None:
    found = binned([1] * 256, bins)
    assert (sum(found), len(found)) == (256, bins)
    assert max(found) - min(found) <= 1


@pytest.mark.parametrize(
    ("format", "options", "expected"),
    [
        ("jpeg", {"dpi": (300, 150)}, (300, 150)),
        ("png", {"dpi": (300, 150)}, (300, 150)),
        ("bmp", {"dpi": (96, 96)}, (96, 96)),
        ("tiff", {"dpi": (240, 120)}, (240, 120)),
        ("tiff", {"resolution_unit": 3, "x_resolution": 100, "y_resolution": 50}, (254, 127)),
        ("png", {}, None),
        ("gif", {}, None),
    ],
)
def test_density(
    tmp_path: Path, format: str, options: dict[str, Any], expected: tuple[int, int] | None
) -> None:
    path = tmp_path / "picture"
    Image.new("RGB", (8, 8)).save(path, format, **options)
    exif: dict[str, Any] = {}
    if format == "tiff":
        x, y = options.get("dpi", (options.get("x_resolution"), options.get("y_resolution")))
        unit = options.get("resolution_unit", 2)
        exif = {"XResolution": float(x), "YResolution": float(y), "ResolutionUnit": unit}
    found = density(path, format, exif)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert numpy.allclose(found, expected, atol=0.1)


def test_a_tiff_and_exif_say_their_density(reported: Any) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "tiff", dpi=(240, 120))
    report = reported(TOOL, buffer.getvalue())
    assert (report["dpi"], report["density"]) == ({"x": 240.0, "y": 120.0}, 240.0)
    assert reported(TOOL, sample("two-frames"))["dpi"] is None


def test_progressive_pictures(tmp_path: Path) -> None:
    written = {
        "jpeg": (scene().jpegsave_buffer(interlace=True), scene().jpegsave_buffer()),
        "png": (scene().pngsave_buffer(interlace=True), scene().pngsave_buffer()),
    }
    path = tmp_path / "picture"
    for format, pair in written.items():
        for data, expected in zip(pair, (True, False), strict=True):
            path.write_bytes(data)
            assert is_progressive(path, format) is expected
    assert is_progressive(path, "webp") is None


@pytest.mark.parametrize(
    "data", [b"\xff\xd8", b"\xff\xd8\xff\xe0\0\0" * 50, b"\xff\xd8" + b"x" * 9]
)
def test_the_search_for_the_frame_ends_with_the_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(data)
    assert is_progressive(path, "jpeg") is False


def test_what_can_not_be_read_is_refused(client: ToolClient) -> None:
    assert client.refusal(TOOL, b"no picture") == (400, "INVALID_IMAGE")
    assert client.refusal(TOOL, sample("jpeg")[:200]) == (422, "DECODE_FAILED")
    assert client.refusal(TOOL, sample("rgb"), bins=257) == (400, "INVALID_SETTINGS")
