"""Draws the pictures of the documentation by running the tools on drawn pictures.

Run it as `./run docs`; a test fails when a tool's picture looks otherwise than it did.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pyvips

from ashim_core.cli.landscape import landscape
from ashim_core.testing import ToolClient
from ashim_core.testing.client import make_client
from docs._make.comparison import as_jpeg, comparison
from docs._make.stage import Stage, open_stage

IMAGES = Path(__file__).parents[1] / "images"
TOOLS = IMAGES / "tools"
_TILE = 300
_GAP = 16
_SHOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("resize", {"width": _TILE, "height": _TILE, "fit": "cover"}),
    ("crop", {"shape": "circle"}),
    ("crop", {"aspectRatio": "4:5", "shape": "rounded", "borderRadius": 90}),
    ("rotate", {"angle": -12}),
    ("pixelate", {"block": 24}),
)


def contact_sheet(client: ToolClient) -> pyvips.Image:
    """Give one row of tiles: the picture as it was drawn, then what each tool makes of it."""
    drawn = landscape(900, 600)
    tiles = [drawn, *(client.run(tool, drawn, **settings) for tool, settings in _SHOWN)]
    return pyvips.Image.arrayjoin(
        [_tile(tile) for tile in tiles], across=3, shim=_GAP, background=[255, 255, 255]
    )


def _tile(image: pyvips.Image) -> pyvips.Image:
    """Fit a result into a square on white."""
    small = image.thumbnail_image(_TILE, height=_TILE, size="down")
    if small.hasalpha():
        small = small.flatten(background=[255, 255, 255])
    return small.gravity("centre", _TILE, _TILE, extend="white")


def write_comparisons(stage: Stage) -> Iterator[str]:
    """Draw what each tool does; give the names of the pictures.

    That of a tool that can't run here stays; those of tools that are gone are removed.
    """
    TOOLS.mkdir(exist_ok=True)
    kept = set()
    for tool in stage.registry:
        path = TOOLS / f"{tool.id}.jpg"
        if tool.missing():
            kept.add(path)
            continue
        shown = stage.first(tool)
        if shown.pictured:
            path.write_bytes(as_jpeg(comparison(shown)))
            kept.add(path)
            yield f"tools/{path.name}"
    for path in {*TOOLS.glob("*.jpg")} - kept:
        path.unlink()


@click.command()
def main() -> None:
    """Draw all pictures of the documentation."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with closing(make_client(Path(folder))) as client:
            sheet = contact_sheet(client)
        sheet.jpegsave(str(IMAGES / "tools.jpg"), Q=85, keep=0)
    click.echo("drew docs/images/tools.jpg")
    with open_stage() as stage:
        for name in write_comparisons(stage):
            click.echo(f"drew docs/images/{name}")


if __name__ == "__main__":
    main()
