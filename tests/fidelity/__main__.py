"""Convert every picture of some folders to PNG, and compare it with what others make of it.

    .venv/bin/python -m tests.fidelity FOLDER [FOLDER ...]

Each difference and each refusal is printed by its kind, with the files; the exit status is 0. It is
for people: what differs may be a fault of ours, of the others, or of the file.
"""

import io
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

from ashim_core.testing import ToolClient
from ashim_core.testing.client import make_client
from tests.fidelity.elsewhere import Pixels, shown, standard

_LARGEST = 50 * 1024 * 1024
_CLOSE = 3.0
"""The mean difference, of 255, that decoders and roundings make."""


def main(folders: list[str]) -> None:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as data, closing(_client(Path(data))) as client:
        for path in _files(folders):
            kinds[_kind(client, path)].append(path.name)
    for kind, names in sorted(kinds.items(), key=lambda item: -len(item[1])):
        listed = "" if kind == "same" else ": " + ", ".join(sorted(names))
        print(f"{len(names):5} {kind}{listed}")  # noqa: T201
    print(f"{sum(map(len, kinds.values())):5} files")  # noqa: T201


def _client(folder: Path) -> ToolClient:
    """Give everything that is installed, in workers: a file may end one."""
    return make_client(folder, workers=True)


def _files(folders: list[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= _LARGEST:
                yield path


def _kind(client: ToolClient, path: Path) -> str:
    response = client.post("convert", path, accept="image/png", name=path.name, format="png")
    body: Any = response.json
    who, theirs = shown(path)
    if response.status_code != 200:
        if body["code"] == "INVALID_IMAGE" and theirs is None:
            return "no picture to anybody"
        reader = f"read by {who}" if who else "read by nobody else"
        return f"refused with {response.status_code} {body['code']}, {reader}"
    with Image.open(io.BytesIO(response.data)) as image:
        ours = standard(image)
    return _difference(ours, theirs, who)


def _difference(ours: Pixels, theirs: Pixels | None, who: str) -> str:
    if theirs is None:
        return "read by nobody else"
    if ours.shape != theirs.shape:
        return f"another size than {who}'s"
    alpha = numpy.abs(ours[:, :, 3].astype(int) - theirs[:, :, 3]).mean()
    if alpha > _CLOSE:
        return f"other transparency than {who}'s"
    # What can't be seen may have any colour.
    seen = numpy.minimum(ours[:, :, 3:], theirs[:, :, 3:]) / 255
    colours = (numpy.abs(ours[:, :, :3].astype(int) - theirs[:, :, :3]) * seen).mean()
    return "same" if colours <= _CLOSE else f"other colours than {who}'s"


if __name__ == "__main__":
    main(sys.argv[1:])
