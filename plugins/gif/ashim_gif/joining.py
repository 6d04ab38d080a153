"""A film of many pictures."""

from collections.abc import Iterator, Sequence

import pyvips

from ashim_core.plugin import TRANSPARENT, Context, Encoding, InputFile, Size
from ashim_gif.film import Film
from ashim_gif.refusal import about, check_delays
from ashim_gif.settings import GifToolsSettings
from ashim_gif.sizes import fitted, laid

_DELAY_MS = 100
Job = Context[GifToolsSettings]


def joined(context: Job, files: Sequence[InputFile]) -> Film:
    """Make each picture a frame of the size of the first one."""
    settings = context.settings
    check_delays(settings.delays, len(files))
    # All are looked at before the first is drawn: a mistake shows at once.
    sizes = [_size(context, file) for file in files]
    delays = settings.delays or [settings.delay or _DELAY_MS] * len(files)
    return Film(_frames(context, files, sizes), sizes[0], tuple(delays))


def _size(context: Job, file: InputFile) -> Size:
    with about(file):
        return Size(*context.pictures.header(file.path).upright)


def _frames(
    context: Job, files: Sequence[InputFile], sizes: Sequence[Size]
) -> Iterator[pyvips.Image]:
    """Open one picture after the other, decoded no larger than needed."""
    for file, size in zip(files, sizes, strict=True):
        with about(file):
            frame = _frame(context, file, size, sizes[0])
        yield frame


def _frame(context: Job, file: InputFile, size: Size, box: Size) -> pyvips.Image:
    """Decode a picture and bring it into a box."""
    settings = context.settings
    fit = settings.fit or "contain"
    whole = fitted(size, *box, fit).whole
    context.pictures.check(*whole, Encoding("gif"))
    shrink = min(size.width / whole.width, size.height / whole.height)
    frame = context.pictures.open(file.path, shrink=shrink).frames[0]
    plan = fitted(Size(frame.width, frame.height), *box, fit)  # it may be any size between
    return laid(frame, plan, settings.background or TRANSPARENT).copy_memory()
