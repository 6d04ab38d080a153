"""Well-behaved tools of every shape, for the tests of the core."""

from collections.abc import Iterable
from pathlib import Path

import numpy
import numpy.typing
import PIL.Image
import pyvips
from pydantic import Field

from ashim_core.plugin import (
    Context,
    Encoding,
    FileTool,
    ImageTool,
    Outcome,
    Program,
    Tool,
    ToolError,
    ToolSettings,
    hookimpl,
)


class Nothing(ToolSettings):
    pass


class Text(ToolSettings):
    text: str = Field(max_length=100, description="What to write.")


def same(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Change nothing."""
    return image


def mirror(image: PIL.Image.Image, settings: Nothing) -> PIL.Image.Image:
    """Mirror with Pillow."""
    return image.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)


def negative(
    image: numpy.typing.NDArray[numpy.uint8], settings: Nothing
) -> numpy.typing.NDArray[numpy.uint8]:
    """Invert with NumPy."""
    return 255 - image


def upside_down(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Turn by half with libvips, which reads the picture from the end."""
    return image.rot180()


def beside(image: pyvips.Image, settings: Nothing, stamp: pyvips.Image) -> pyvips.Image:
    """Put a stamp to the right of the picture."""
    return image.join(stamp, "horizontal", expand=True)


def covered(image: PIL.Image.Image, settings: Nothing, mask: PIL.Image.Image) -> PIL.Image.Image:
    """Put a mask over the upper left corner with Pillow."""
    whole = image.copy()
    whole.paste(mask, (0, 0))
    return whole


def count(context: Context[Nothing]) -> Outcome:
    """Report in which fields the files came."""
    mask = context.extra("mask")
    return {"fields": [file.field for file in (*context.inputs, *([mask] if mask else []))]}


def refuse(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Refuse every picture."""
    raise ToolError("There is no face in the picture.", code="NO_FACE_FOUND")


def pages(context: Context[Nothing]) -> Outcome:
    """Make two text files of equal stems."""
    context.progress(50, "halfway")
    for number in (1, 2):
        (context.workdir / f"page-{number}.txt").write_text(f"page {number}")
    return sorted(context.workdir.iterdir())


def frame(context: Context[Nothing]) -> Outcome:
    """Take the first frame of each file."""
    context.note("made by the tests")
    return [
        context.pictures.save(
            context.pictures.load(file.path), context.workdir / f"frame-{number}", Encoding("png")
        )
        for number, file in enumerate(context.inputs)
    ]


def measure(context: Context[Nothing]) -> Outcome:
    """Report how large the files are."""
    return {"sizes": [file.path.stat().st_size for file in context.inputs]}


def write(context: Context[Text]) -> Outcome:
    """Write a text; takes no file."""
    path = Path(context.workdir, "text.txt")
    path.write_text(context.settings.text)
    return [path]


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "same",
        same,
        Nothing,
        category="utilities",
        aliases=("unchanged",),
        actions=[FileTool("size", measure, Nothing, category="utilities", gives="report")],
    )
    yield ImageTool("mirror", mirror, Nothing, category="utilities")
    yield ImageTool("negative", negative, Nothing, category="utilities")
    yield ImageTool("upside-down", upside_down, Nothing, category="utilities")
    yield ImageTool("first-frame", same, Nothing, category="utilities", animation="first")
    yield ImageTool("beside", beside, Nothing, category="utilities", second="stamp")
    yield ImageTool("covered", covered, Nothing, category="utilities", second="mask")
    yield FileTool("count", count, Nothing, category="utilities", second="mask")
    yield ImageTool("refuse", refuse, Nothing, category="utilities")
    yield ImageTool(
        "needs-program",
        same,
        Nothing,
        category="utilities",
        requires=[Program("no-such-program", "no-such-package")],
    )
    yield FileTool("pages", pages, Nothing, category="utilities")
    yield FileTool("frame", frame, Nothing, category="utilities")
    yield FileTool("measure", measure, Nothing, category="utilities", files=(1, 3))
    yield FileTool("write", write, Text, category="utilities", files=(0, 0))
