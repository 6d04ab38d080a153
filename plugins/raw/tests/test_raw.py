"""Raw pictures: told from TIFF, developed in the right colours, upright, and refused if damaged."""

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import ashim_essentials.convert
import ashim_essentials.rotate
import ashim_raw.raw
import pytest
import pyvips
from ashim_raw.cameras import is_raw

from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.testing.client import make_client

MakeDng = Callable[..., bytes]
MODULES = (ashim_raw.raw, ashim_essentials.convert, ashim_essentials.rotate)
TARGETS = ("png", "jpeg", "webp", "avif", "tiff", "gif")


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Real worker processes, which end what takes longer than two seconds; nothing may stay."""
    folder = tmp_path_factory.mktemp("raw")
    made = make_client(folder, *MODULES, workers=True, processing_timeout_s=2)
    with closing(made) as client:
        yield client
        assert not client.job_folders()


def corners(image: pyvips.Image) -> list[str]:
    """Name the colours of the four fields: top left, top right, bottom left, bottom right."""
    right, bottom = image.width * 3 // 4, image.height * 3 // 4
    left, top = image.width // 4, image.height // 4
    return [
        named(image(x, y)) for x, y in ((left, top), (right, top), (left, bottom), (right, bottom))
    ]


def named(colour: Sequence[float]) -> str:
    bright = "".join(name for name, value in zip("rgb", colour, strict=False) if value > 230)
    dark = [value for value in colour[:3] if value < 130]
    assert len(bright) + len(dark) == 3, f"expected a bright or a dark channel, got {colour}"
    return bright


def directory(
    *entries: tuple[int, int, int, int], behind: bytes = b"", magic: bytes = b"II*\0"
) -> bytes:
    """Give the beginning of a TIFF: tag, type, number of values and value of each entry."""
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return magic + struct.pack("<IH", 8, len(entries)) + table + bytes(4) + behind


def test_the_colours_are_those_of_the_scene(client: ToolClient, make_dng: MakeDng) -> None:
    result = client.run("convert", make_dng(), format="png")
    assert (result.width, result.height, result.bands) == (64, 48, 3)
    assert corners(result) == ["r", "g", "b", "rgb"]
    # 400 of 3000 parts of light, by the curve of sRGB.
    assert result(10, 10)[1] == pytest.approx(102, abs=3)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, ["r", "g", "b", "rgb"]),
        (2, ["g", "r", "rgb", "b"]),
        (3, ["rgb", "b", "g", "r"]),
        (4, ["b", "rgb", "r", "g"]),
        (5, ["r", "b", "g", "rgb"]),
        (6, ["b", "r", "rgb", "g"]),
        (7, ["rgb", "g", "b", "r"]),
        (8, ["g", "rgb", "r", "b"]),
    ],
)
def test_the_result_is_upright(
    client: ToolClient, make_dng: MakeDng, orientation: int, expected: list[str]
) -> None:
    result = client.run("convert", make_dng(orientation=orientation), format="png")
    assert (result.width, result.height) == ((48, 64) if orientation > 4 else (64, 48))
    assert corners(result) == expected


@pytest.mark.parametrize("target", TARGETS)
def test_to_every_format(client: ToolClient, make_dng: MakeDng, target: str) -> None:
    response = client.post("convert", make_dng(), format=target)
    assert (response.status_code, response.mimetype) == (200, f"image/{target}")
    assert corners(pyvips.Image.new_from_buffer(response.data, "")) == ["r", "g", "b", "rgb"]


def test_results_of_other_tools_are_png(client: ToolClient, make_dng: MakeDng) -> None:
    response = client.post("rotate", make_dng(), angle=180)
    assert (response.status_code, response.mimetype) == (200, "image/png")


def test_the_loss_of_depth_is_told(client: ToolClient, make_dng: MakeDng) -> None:
    answer: Any = client.post("convert", make_dng(), accept="application/json", format="png").json
    assert answer["notes"] == ["depth: 16 bits were reduced to 8"]


MAKE, SUBFILE, SUB_DIRECTORIES = 271, 254, 330


@pytest.mark.parametrize(
    ("name", "head", "raw"),
    [
        ("CR2", b"II*\0\x10\0\0\0CR\2\0", True),
        ("ORF", b"IIRO\x08\0\0\0", True),
        ("ORF of old cameras", b"MMOR\0\0\0\x08", True),
        ("RW2", b"IIU\0\x08\0\0\0", True),
        ("DNG", directory((50706, 1, 4, 0x0401)), True),
        (
            "NEF",
            directory(
                (SUBFILE, 4, 1, 1),
                (MAKE, 2, 18, 50),
                (SUB_DIRECTORIES, 4, 1, 99),
                behind=b"NIKON CORPORATION\0",
            ),
            True,
        ),
        (
            "ARW",
            directory(
                (SUBFILE, 4, 1, 1), (MAKE, 2, 5, 50), (SUB_DIRECTORIES, 4, 1, 99), behind=b"SONY\0"
            ),
            True,
        ),
        (
            "TIFF made of a NEF",
            directory(
                (SUBFILE, 4, 1, 0),
                (MAKE, 2, 18, 50),
                (SUB_DIRECTORIES, 4, 1, 99),
                behind=b"NIKON CORPORATION\0",
            ),
            False,
        ),
        ("TIFF of a Nikon", directory((MAKE, 2, 18, 26), behind=b"NIKON CORPORATION\0"), False),
        (
            "TIFF with previews",
            directory(
                (SUBFILE, 4, 1, 1), (MAKE, 2, 5, 50), (SUB_DIRECTORIES, 4, 1, 99), behind=b"Scan\0"
            ),
            False,
        ),
        ("TIFF whose directory lies far off", b"II*\0\xff\xff\xff\x7f", False),
        ("TIFF with a number for DNG's version", directory((50706, 4, 1, 1)), False),
        ("TIFF that ends", b"II*\0\x08\0\0\0\xff\xff", False),
        ("TIFF", sample("tiff")[:4096], False),
        ("nothing", b"", False),
    ],
)
def test_what_is_raw(name: str, head: bytes, raw: bool) -> None:
    assert is_raw(head) is raw, name


def test_a_tiff_stays_a_tiff(client: ToolClient, make_dng: MakeDng) -> None:
    response = client.post("rotate", sample("tiff"), angle=180)
    assert (response.status_code, response.mimetype) == (200, "image/tiff")
    assert not is_raw(make_dng(version=False)[:4096])


def test_what_is_cut_off_is_refused(server: ToolClient, make_dng: MakeDng) -> None:
    data = make_dng()
    wrong = []
    for part in range(1, 21):
        length = min(len(data) * part // 20, len(data) - 1)
        found = server.refusal("convert", data[:length], format="png")
        if found != (422, "DECODE_FAILED"):
            wrong.append(f"{length} of {len(data)} bytes: {found}")
    assert not wrong, "\n".join(wrong)


def lying(make_dng: MakeDng) -> Iterator[tuple[str, bytes, set[tuple[int, str]]]]:
    """Give a name, a file and the answers that are right."""
    damaged, few = {(422, "DECODE_FAILED")}, b"\1\2" * 50
    large = {(413, "TOO_MANY_PIXELS")}
    yield "huge", make_dng(65_535, 65_535, pixels=few), large | damaged
    yield "large", make_dng(20_000, 20_000, pixels=few), large
    yield "no columns", make_dng(0, 5, pixels=few), damaged
    yield "more rows", make_dng(4000, 3000, pixels=few), damaged
    plain = make_dng()
    yield (
        "a directory that follows itself",
        plain[:4] + b"\x08\0\0\0" + plain[8:262] + b"\x08\0\0\0" + plain[266:900],
        damaged,
    )
    own = directory((50706, 1, 4, 0x0401), (SUB_DIRECTORIES, 4, 1, 8))
    yield "a directory that contains itself", own + bytes(3000), damaged
    many = directory((50706, 1, 4, 0x0401), (SUB_DIRECTORIES, 4, 2**31, 8))
    yield "2^31 directories", many + bytes(3000), damaged
    noise = bytes(number * 167 % 251 for number in range(30_000))
    for magic in (
        b"IIRO\x08\0\0\0",
        b"MMOR\0\0\0\x08",
        b"IIU\0\x08\0\0\0",
        b"II*\0\x10\0\0\0CR\2\0",
    ):
        yield f"noise behind {magic!r}", magic + noise, damaged
    yield "noise in a DNG", plain[:10] + noise, damaged | large


def test_what_lies_is_refused(server: ToolClient, make_dng: MakeDng) -> None:
    wrong = []
    for name, data, answers in lying(make_dng):
        found = server.post("convert", data, format="png")
        answer = (found.status_code, found.json["code"] if found.json else "")
        if answer not in answers:
            wrong.append(f"{name}: expected {answers}, got {answer}")
    assert not wrong, "\n".join(wrong)
    assert server.refusal("convert", b"no picture", format="png") == (400, "INVALID_IMAGE")


def test_too_little_memory_is_said(
    client: ToolClient, make_dng: MakeDng, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What LibRaw says then, for there is no picture that needs more on every machine."""
    import rawpy

    class Full(rawpy.RawPy):
        def unpack(self) -> None:
            raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(rawpy, "RawPy", Full)
    assert client.refusal("convert", make_dng(), format="png") == (422, "OUT_OF_MEMORY")


def test_the_size_is_known_without_developing(make_dng: MakeDng, tmp_path: Path) -> None:
    path = tmp_path / "begun.dng"
    path.write_bytes(make_dng()[:2000])
    probe = ashim_raw.raw.probe(path)
    assert (probe.width, probe.height, probe.bands, probe.orientation) == (64, 48, 3, 1)
