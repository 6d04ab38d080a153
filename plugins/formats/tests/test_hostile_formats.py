"""Files made to hurt a decoder: refused with a code by real workers, which live on."""

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping

import pytest

Refusal = Callable[[bytes], tuple[int, str]]
Case = tuple[str, bytes, set[tuple[int, str]]]
NAMES = ("apng", "bmp", "exr", "hdr", "ico", "jp2", "pnm", "psd", "tga")
TOO_LARGE = {(413, "TOO_MANY_PIXELS")}
DAMAGED = {(422, "DECODE_FAILED")}
NO_PICTURE = {(400, "INVALID_IMAGE")}
TOO_COMPLEX = {(422, "TOO_COMPLEX")}
UNKNOWN = {(422, "FORMAT_NOT_SUPPORTED")}


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def apng_of(frames: int, announced: int, width: int = 8, height: int = 8) -> bytes:
    """Give an APNG of frames without pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 0))
    animation = chunk(b"acTL", struct.pack(">II", announced, 0))
    pixels = chunk(b"IDAT", b"")
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + animation + control * frames + pixels + end


def icons(count: int, offset: int) -> bytes:
    """Give a directory of icons whose data lies where the directory does."""
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, 0xFFFFFFF0, offset)
    return b"\0\0\x01\0" + struct.pack("<H", count) + entry * count


def tga_of(width: int, height: int, kind: int, body: bytes) -> bytes:
    return struct.pack("<BBBHHBHHHHBB", 0, 0, kind, 0, 0, 0, 0, 0, width, height, 24, 0) + body


def psd_of(width: int, height: int, body: bytes, channels: int = 3) -> bytes:
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, height, width, 8, 3)
    return header + body


def resources(count: int) -> bytes:
    data = b"8BIM\x04\x00\0\0\0\0\0\0" * count
    return bytes(4) + struct.pack(">I", len(data)) + data + bytes(4)


def exr_with(files: Mapping[str, bytes], window: tuple[int, int, int, int]) -> bytes:
    data = files["exr"]
    at = data.index(b"dataWindow\0box2i\0") + len(b"dataWindow\0box2i\0") + 4
    return patched(data, at, struct.pack("<4i", *window))


def jp2_of(files: Mapping[str, bytes], width: int, height: int) -> bytes:
    """Lie about the size in both places that tell it."""
    data = files["jp2"]
    box, stream = data.index(b"ihdr") + 4, data.index(b"\xff\x4f\xff\x51") + 8
    data = patched(data, box, struct.pack(">II", height, width))
    return patched(data, stream, struct.pack(">II", width, height))


def lying(files: Mapping[str, bytes]) -> Iterable[Case]:
    """Give a name, a file and the answers that are right."""
    yield from lying_rasters(files)
    yield from lying_light(files)
    yield from lying_containers(files)


def lying_rasters(files: Mapping[str, bytes]) -> Iterable[Case]:
    bmp, huge, large = files["bmp"], 65_535, struct.pack("<ii", 65_535, 65_535)
    yield "huge BMP", patched(bmp, 18, large), TOO_LARGE
    yield "BMP of no columns", patched(bmp, 18, struct.pack("<ii", 0, 5)), DAMAGED
    yield "BMP of INT_MIN rows", patched(bmp, 18, struct.pack("<ii", 5, -(2**31))), TOO_LARGE
    yield "BMP of INT_MIN columns", patched(bmp, 18, struct.pack("<ii", -(2**31), 5)), TOO_LARGE
    yield "BMP of more rows", patched(bmp, 22, struct.pack("<i", 3000)), DAMAGED
    yield "BMP whose pixels lie behind it", patched(bmp, 10, b"\xff" * 4), DAMAGED
    runs = patched(patched(bmp, 28, struct.pack("<HI", 8, 1)), 18, struct.pack("<ii", 900, 900))
    yield "BMP whose runs go too far", runs[:54] + bytes(1024) + b"\xff\x01" * 90, DAMAGED
    yield "huge TGA", tga_of(huge, huge, 2, bytes(100)), TOO_LARGE
    yield "TGA of no columns", tga_of(0, 5, 2, bytes(100)), NO_PICTURE
    yield "TGA whose runs end", tga_of(900, 900, 10, b"\xff\1\2\3" * 30), DAMAGED
    yield "huge PSD", psd_of(huge, huge, bytes(100)), TOO_LARGE
    yield "PSD of no columns", psd_of(0, 5, bytes(100)), DAMAGED
    yield "PSD of 65535 channels", psd_of(9, 9, bytes(100), channels=huge), DAMAGED
    yield "PSD of endless sections", psd_of(9, 9, b"\xff" * 100), DAMAGED
    yield "PSD of 100000 resources", psd_of(9, 9, resources(100_000)), DAMAGED
    packed = bytes(12) + b"\0\1" + b"\0\2" * 900 * 3 + b"\x81\1" * 2700
    yield "PSD whose runs end", psd_of(900, 900, packed), DAMAGED
    yield "huge PNM", b"P6 65535 65535 255\n" + bytes(100), TOO_LARGE
    yield "PNM of no columns", b"P6 0 5 255\n" + bytes(100), DAMAGED
    yield "PNM without white", b"P5 5 5 0\n" + bytes(100), DAMAGED
    yield "PAM of 900 channels", b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 900\nMAXVAL 255\nENDHDR\n", DAMAGED
    yield "PNM of words", b"P3 9 9 255\n" + b"word " * 300, DAMAGED


def lying_light(files: Mapping[str, bytes]) -> Iterable[Case]:
    yield "huge HDR", b"#?RADIANCE\n\n-Y 65535 +X 65535\n" + bytes(100), TOO_LARGE
    yield "HDR of no columns", b"#?RADIANCE\n\n-Y 5 +X 0\n" + bytes(100), DAMAGED
    yield "HDR without a size", b"#?RADIANCE\n" + b"A=B\n" * 100_000, DAMAGED
    head = b"#?RADIANCE\n\n-Y 900 +X 900\n"
    yield "HDR whose runs go too far", head + (b"\2\2\3\x84" + b"\xff\1" * 40) * 900, DAMAGED
    yield "HDR of runs of nothing", head + b"\2\2\3\x84" + bytes(90_000), DAMAGED
    yield "HDR that repeats itself", head + b"\5\5\5\5" + b"\1\1\1\xff" * 90_000, DAMAGED
    yield "HDR that only repeats", head + b"\1\1\1\xff" * 90_000, DAMAGED
    yield "huge EXR", exr_with(files, (0, 0, 65_534, 65_534)), TOO_LARGE
    yield "EXR of no columns", exr_with(files, (1, 0, 0, 5)), DAMAGED
    yield "EXR of -2^31 to 2^31", exr_with(files, (-(2**31), 0, 2**31 - 1, 9)), TOO_LARGE
    yield "EXR of more rows", exr_with(files, (0, 0, 47, 3000)), DAMAGED
    yield "EXR of several parts", patched(files["exr"], 4, b"\2\x10\0\0"), UNKNOWN
    yield "EXR of 65536 attributes", files["exr"][:8] + b"a\0b\0\0\0\0\0" * 65_536, DAMAGED


def lying_containers(files: Mapping[str, bytes]) -> Iterable[Case]:
    huge = 65_535
    yield "huge JPEG 2000", jp2_of(files, huge, huge), TOO_LARGE
    yield "JPEG 2000 of no columns", jp2_of(files, 0, 5), DAMAGED
    yield "JPEG 2000 of larger sides", jp2_of(files, 4800, 3200), DAMAGED
    yield "65535 icons", icons(65_535, 6), TOO_COMPLEX
    yield "icons that point to themselves", icons(20, 6), DAMAGED
    yield "icons beyond the end", icons(20, 0xFFFFFFF0), DAMAGED
    yield "no icon", icons(0, 6) + bytes(40), DAMAGED
    yield "APNG of 10000 frames", apng_of(10_000, 10_000), TOO_COMPLEX
    yield "APNG of 100000 chunks", apng_of(100_001, 100_001), TOO_COMPLEX
    yield "APNG that announces others", apng_of(3, 2**31 - 1), DAMAGED
    yield "APNG of large frames", apng_of(900, 900, 5000, 5000), TOO_LARGE
    yield "huge APNG", apng_of(1, 1, huge, huge), TOO_LARGE
    yield "APNG without pixels", apng_of(2, 2), DAMAGED


def test_what_lies_is_refused(refusal: Refusal, files: Mapping[str, bytes]) -> None:
    wrong = []
    for name, data, answers in lying(files):
        found = refusal(data)
        if found not in answers:
            wrong.append(f"{name}: expected {answers}, got {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cut_off_is_refused(
    refusal: Refusal, files: Mapping[str, bytes], name: str
) -> None:
    data = files[name]
    # A TGA may end with a footer of 26 bytes, a JPEG 2000 with an end that decoders do without.
    end = len(data) - {"tga": 26, "jp2": 2}.get(name, 0)
    wrong = []
    for part in range(1, 21):
        length = min(end * part // 20, end - 1)
        found = refusal(data[:length])
        if found not in DAMAGED | NO_PICTURE:
            wrong.append(f"{length} of {len(data)} bytes: {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_noise_behind_a_true_beginning_is_refused(
    refusal: Refusal, files: Mapping[str, bytes], name: str
) -> None:
    noise = bytes(number * 167 % 251 for number in range(30_000))
    begin = {"tga": 12, "pnm": 9}.get(name, 20)
    status, code = refusal(files[name][:begin] + noise)
    assert 400 <= status < 500
    assert code in {"DECODE_FAILED", "INVALID_IMAGE", "TOO_MANY_PIXELS", "FORMAT_NOT_SUPPORTED"}


def test_the_worker_goes_on(refusal: Refusal, files: Mapping[str, bytes]) -> None:
    """Nothing of what was refused before ended it: it still knows what no picture is."""
    assert refusal(b"no picture") == (400, "INVALID_IMAGE")
