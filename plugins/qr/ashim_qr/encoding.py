"""From a text to the modules of a QR code.

The library makes words, error correction and masks of a stream of bits. The stream is written here,
as it has no way to say which characters the bytes are: readers guess then, and one that expects
Japanese makes 瓣繹羹 of äöü. What isn't ASCII is announced as UTF-8.

Source: ISO/IEC 18004:2015, sections 7.4.2 (ECI), 7.4.3 to 7.4.5 (modes) and 7.4.9 (terminator).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ashim_core.plugin import ToolError

if TYPE_CHECKING:
    from qrcode.util import BitBuffer, QRData

Level = Literal["L", "M", "Q", "H"]
"""How much of a code may be lost: about 7, 15, 25 and 30 % of its words."""
LEVELS: Sequence[Level] = ("L", "M", "Q", "H")
NUMBERS = {"L": 1, "M": 0, "Q": 3, "H": 2}
"""What the levels are called in the code itself, and in the library."""
VERSIONS = range(1, 41)
_ECI, _UTF_8 = 0b0111, 26
"""The mode that says which characters follow, in 4 bits, and the number of UTF-8, in 8."""
_PADDING = (0xEC, 0x11)


@dataclass(frozen=True)
class Code:
    """A QR code.

    modules: rows of modules, dark ones are True; 21 x 21 to 177 x 177, without the quiet zone.
    version: 1 to 40; each one has 4 modules more on a side.
    """

    text: str
    modules: tuple[tuple[bool, ...], ...]
    version: int
    level: Level

    @property
    def side(self) -> int:
        """Modules on a side."""
        return len(self.modules)


def encode(text: str, level: Level, version: int) -> Code:
    """Make the code of a text that fits into a version."""
    from qrcode import QRCode, base, util  # noqa: PLC0415

    number = NUMBERS[level]
    code = QRCode(version, error_correction=number)
    stream = _stream(text, version, util.BIT_LIMIT_TABLE[number][version])
    code.data_cache = util.create_bytes(stream, base.rs_blocks(version, number))
    code.makeImpl(False, code.best_mask_pattern())
    return Code(text, tuple(tuple(map(bool, row)) for row in code.modules), version, level)


def fitting(text: str, level: Level, versions: Iterable[int] = VERSIONS) -> int | None:
    """Give the first of some versions that holds a text; None if it is too long for all."""
    from qrcode.util import BIT_LIMIT_TABLE, optimal_data_chunks  # noqa: PLC0415

    chunks = list(optimal_data_chunks(text))
    limits = BIT_LIMIT_TABLE[NUMBERS[level]]
    return next((v for v in versions if _length(text, chunks, v) <= limits[v]), None)


def _length(text: str, chunks: "Sequence[QRData]", version: int) -> int:
    """Count the bits of a text, without those that fill the code up."""
    from qrcode.util import length_in_bits  # noqa: PLC0415

    announced = 0 if text.isascii() else 12
    heads: int = sum(4 + length_in_bits(chunk.mode, version) for chunk in chunks)
    return announced + heads + sum(map(_payload, chunks))


def _payload(chunk: "QRData") -> int:
    """Count the bits of a chunk: 3 digits take 10, 2 letters 11, and a byte 8."""
    from qrcode.util import MODE_ALPHA_NUM, MODE_NUMBER  # noqa: PLC0415

    size: int = len(chunk)
    if chunk.mode == MODE_NUMBER:
        return size // 3 * 10 + (0, 4, 7)[size % 3]
    return size // 2 * 11 + size % 2 * 6 if chunk.mode == MODE_ALPHA_NUM else size * 8


def _stream(text: str, version: int, limit: int) -> "BitBuffer":
    """Write a text as bits, and fill up to the limit of the version."""
    from qrcode.util import BitBuffer, length_in_bits, optimal_data_chunks  # noqa: PLC0415

    stream = BitBuffer()
    if not text.isascii():
        stream.put(_ECI, 4)
        stream.put(_UTF_8, 8)
    for chunk in optimal_data_chunks(text):
        stream.put(chunk.mode, 4)
        stream.put(len(chunk), length_in_bits(chunk.mode, version))
        chunk.write(stream)
    stream.put(0, min(4, limit - len(stream)))
    stream.put(0, -len(stream) % 8)
    for index in range((limit - len(stream)) // 8):
        stream.put(_PADDING[index % 2], 8)
    return stream


def too_long(text: str, level: Level, versions: Sequence[int]) -> ToolError:
    """Say how much of a text would fit into the largest of some versions, and what would do."""
    most = _fits(text, level, versions[-1])
    lower = [name for name in LEVELS if fitting(text, name, versions)]
    if lower:
        remedy = f"errorCorrectionLevel={lower[-1]} would hold it"
    elif larger := fitting(text, level):
        remedy = f"version={larger} would hold it, which is found where none is given"
    else:
        remedy = "it has to be shorter, or to be where a short address leads to"
    size = f"version {versions[0]}" if len(versions) == 1 else "a QR code"
    return ToolError(
        f"The text is too long for {size} at level {level}: {most} of its {len(text)} characters "
        f"fit; {remedy}.",
        code="DATA_TOO_LONG",
        details=[
            {
                "field": "data",
                "expected": f"at most {most} characters such as these",
                "received": f"{len(text)} characters",
            }
        ],
    )


def _fits(text: str, level: Level, version: int) -> int:
    """Give a number of characters at the beginning of a text that fit, the largest as a rule."""
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        if fitting(text[:middle], level, (version,)):
            low = middle
        else:
            high = middle
    return low
