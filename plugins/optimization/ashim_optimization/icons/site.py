"""The files of a site that name its icons: the manifest, and the lines for its head."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ashim_core.plugin import WHITE, Colour

_LONGEST = 60
_OTHERS = re.compile(r"[^\w-]+")


def folders(names: Iterable[str]) -> Iterator[str]:
    """Give each file a folder for its icons, all of them different."""
    taken: set[str] = set()
    for name in names:
        stem = unicodedata.normalize("NFC", PurePosixPath(name).stem)
        start = _OTHERS.sub("-", stem).strip("-")[:_LONGEST] or "icon"
        chosen, number = start, 1
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{start}-{number}"
        taken.add(chosen.casefold())
        yield chosen


def manifest(title: str, background: Colour) -> str:
    """Write the web app manifest. The colours are white unless the icons have an opaque one."""
    colour = str(background if background.opaque else WHITE)
    icons = [
        {
            "src": f"android-chrome-{side}x{side}.png",
            "sizes": f"{side}x{side}",
            "type": "image/png",
        }
        for side in (192, 512)
    ]
    content = {
        "name": title,
        "short_name": title,
        "icons": icons,
        "theme_color": colour,
        "background_color": colour,
        "display": "standalone",
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def snippet() -> str:
    """Write the lines for the head of a page, for icons at the root of the site."""
    lines = [
        _link('rel="icon" sizes="16x16 32x32 48x48"', "favicon.ico"),
        *(
            _link(
                f'rel="icon" type="image/png" sizes="{side}x{side}"',
                f"favicon-{side}x{side}.png",
            )
            for side in (16, 32, 48)
        ),
        _link('rel="apple-touch-icon" sizes="180x180"', "apple-touch-icon.png"),
        _link('rel="manifest"', "manifest.json"),
    ]
    return "".join(f"{line}\n" for line in lines)


def _link(attributes: str, name: str) -> str:
    return f'<link {attributes} href="/{name}">'
