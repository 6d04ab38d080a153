"""T12: the effort that is chosen for AVIF, against the default of libvips and sharp."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import pyvips

from ashim_core.imaging.encoders import ENCODERS
from ashim_core.imaging.formats import FORMATS
from tests.benchmarks import direct
from tests.benchmarks.lab import Lab
from tests.benchmarks.report import Row, at_most, plain

_DEFAULT_EFFORT = 4
_QUALITY = FORMATS["avif"].quality or 50


@dataclass(frozen=True)
class Trial:
    """One encode: CPU seconds, bytes, and the distance to the original in dB (more is closer)."""

    cpu: float
    size: int
    psnr: float


def run(lab: Lab) -> Iterator[Row]:
    direct.prepare()
    synthetic = pyvips.Image.new_from_file(str(lab.pictures.jpeg_2mp)).copy_memory()
    cpu, size, loss = _compare(lab, synthetic, lab.rounds)
    yield at_most("T12", "AVIF 2 MP, synthetic: CPU / effort 4", cpu, 0.20)
    yield at_most("T12", "AVIF 2 MP, synthetic: bytes / effort 4", size, 1.10, more=_decibels(loss))
    results = []
    for name, photo in lab.pictures.photos():
        results.append(result := _compare(lab, photo, max(lab.rounds // 2, 1)))
        cpu, size, loss = result
        yield plain(f"  {name}", f"CPU {cpu:.2f} x, bytes {size:.2f} x, {_decibels(loss)}")
    cpus, sizes, losses = zip(*results, strict=True)
    yield at_most("T12", "AVIF 2 MP, median photograph: CPU / effort 4", median(cpus), 0.20)
    yield at_most(
        "T12",
        "AVIF 2 MP, median photograph: bytes / effort 4",
        median(sizes),
        1.10,
        more=_decibels(median(losses)),
    )


def _compare(lab: Lab, image: pyvips.Image, rounds: int) -> tuple[float, float, float]:
    """Give the ratios of CPU time and bytes, and the difference in dB."""
    ours = dict(ENCODERS["avif"].options(_QUALITY, image.width * image.height))
    default = {**ours, "effort": _DEFAULT_EFFORT}
    cpus, sizes, losses = [], [], []
    for _ in range(rounds):
        turns = [("ours", ours), ("default", default)]
        lab.dice.shuffle(turns)
        trials = {name: _encode(image, options) for name, options in turns}
        cpus.append(trials["ours"].cpu / trials["default"].cpu)
        sizes.append(trials["ours"].size / trials["default"].size)
        losses.append(trials["ours"].psnr - trials["default"].psnr)
    return median(cpus), median(sizes), median(losses)


def _encode(image: pyvips.Image, options: dict[str, Any]) -> Trial:
    cpu = time.process_time()
    data = image.heifsave_buffer(**direct.BARE, **options)
    cpu = time.process_time() - cpu
    decoded = pyvips.Image.new_from_buffer(data, "")
    error = ((image.cast("float") - decoded.cast("float")) ** 2).avg()
    return Trial(cpu, len(data), 10 * math.log10(255**2 / error))


def _decibels(loss: float) -> str:
    return f"PSNR {loss:+.2f} dB"
