"""Draws one picture of everything that the tools make of their examples, to be looked at.

Run it as `./run gallery [FILE]`.
"""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import click
import pyvips
from ashim_watermark.text.faces import Face, prepare

from ashim_core.tool import Tool
from docs._make.answers import answer
from docs._make.comparison import boxed, outcome
from docs._make.drawings import CHART, LOGO, SEVERAL, File
from docs._make.examples import examples_of
from docs._make.pictures import IMAGES
from docs._make.stage import Shown, Stage, open_stage

WIDTH, HEIGHT = 300, 225
_LABEL, _GAP, _ACROSS = 44, 14, 4
_MOST_LETTERS = 46
_MOST_LINES = 15
_SIZES: dict[Face, int] = {"Noto Sans": 9, "Fira Mono": 7}


@dataclass(frozen=True)
class Tile:
    """One example.  pictured: pictures are drawn, not words, whose letters vary by machine."""

    title: str
    subtitle: str
    drawn: pyvips.Image
    pictured: bool = True


def tiles(stage: Stage) -> Iterator[Tile]:
    """Draw what the examples start from, then every example of every tool."""
    for file in (*SEVERAL, LOGO, CHART):
        yield _source(file)
    for tool in stage.registry:
        if missing := tool.missing():
            words = _words("; ".join(missing))
            yield from (Tile(tool.id, "", words, pictured=False) for _ in examples_of(tool))
        else:
            yield from (_tile(tool, shown) for shown in stage.all(tool))


def gallery(shown: list[Tile]) -> pyvips.Image:
    """Put all tiles on one sheet."""
    return pyvips.Image.arrayjoin(
        [_labelled(tile) for tile in shown], across=_ACROSS, shim=_GAP, background=[255]
    )


def as_jpeg(sheet: pyvips.Image) -> bytes:
    """Write a sheet as a file."""
    return sheet.jpegsave_buffer(Q=80, keep=0)


def place(index: int) -> tuple[int, int]:
    """Say where on the sheet the picture of a tile begins, from the left and from the top."""
    down, across = divmod(index, _ACROSS)
    return across * (WIDTH + _GAP), down * (_LABEL + HEIGHT + _GAP) + _LABEL


def _source(file: File) -> Tile:
    picture = pyvips.Image.new_from_buffer(file.content, "")
    return Tile(file.name, file.says, boxed([picture], WIDTH, HEIGHT))


def _tile(tool: Tool, shown: Shown) -> Tile:
    if shown.pictured:
        return Tile(tool.id, _short(shown), outcome(shown, WIDTH, HEIGHT))
    return Tile(tool.id, _short(shown), _words("\n".join(answer(shown)[1:-1])), pictured=False)


def _short(shown: Shown) -> str:
    settings = shown.example.settings or {}
    return ", ".join(f"{name} {_bare(value)}" for name, value in settings.items())


def _bare(value: object) -> str:
    """Write a value on one line, a text without its quotes."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def _labelled(tile: Tile) -> pyvips.Image:
    label = _text(
        f"<b>{html.escape(tile.title)}</b>\n{html.escape(_cut(tile.subtitle))}", "Noto Sans"
    )
    strip = label.gravity("south-west", WIDTH, _LABEL - 6, extend="white")
    strip = strip.embed(0, 0, WIDTH, _LABEL, extend="white")
    return strip.join(tile.drawn, "vertical")


def _words(text: str) -> pyvips.Image:
    """Draw the first lines of a text instead of a picture."""
    lines = [part for line in text.splitlines() for part in wrap(line, _MOST_LETTERS)]
    shown = [*lines[:_MOST_LINES], *(["…"] if len(lines) > _MOST_LINES else [])]
    drawn = _text(html.escape("\n".join(shown)), "Fira Mono")
    return drawn.gravity("centre", WIDTH, HEIGHT, extend="white")


def _text(markup: str, face: Face) -> pyvips.Image:
    """Draw black letters on white."""
    prepare(face, markup)
    letters = pyvips.Image.text(markup, font=f"{face} {_SIZES[face]}", dpi=96)
    return letters.invert().copy(interpretation="b-w").colourspace("srgb")


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


@click.command()
@click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), default=IMAGES / "gallery.jpg"
)
def main(file: Path) -> None:
    """Draw all examples of all tools into FILE, docs/images/gallery.jpg if not given."""
    with open_stage() as stage:
        file.write_bytes(as_jpeg(gallery(list(tiles(stage)))))
    click.echo(f"drew {file}")


if __name__ == "__main__":
    main()
