"""What each tool does, written in bare libvips: decode, the operations it consists of, encode."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from tests.benchmarks import direct

Bare = Callable[[Sequence[Path]], object]


@dataclass(frozen=True)
class Case:
    """A tool with settings, and the same work without it.

    bare: takes the input files as the tool does, and gives the encoded result.
    files: how many 12 MP pictures go in.
    """

    tool: str
    settings: Mapping[str, Any]
    bare: Bare
    files: int = 1


def on_picture(operate: Callable[[pyvips.Image], pyvips.Image]) -> Bare:
    """Wrap operations on one picture: JPEG in, JPEG out, read from top to bottom."""

    def bare(files: Sequence[Path]) -> bytes:
        image = pyvips.Image.jpegload(str(files[0]), access="sequential")
        return as_jpeg(operate(image))

    return bare


def as_jpeg(image: pyvips.Image) -> bytes:
    """Encode as the tools do by default."""
    return bytes(image.jpegsave_buffer(Q=direct.QUALITY, optimize_coding=True, **direct.BARE))
