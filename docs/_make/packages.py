"""The packages of this repository, by the names of their distributions."""

import tomllib
from pathlib import Path

FILES = sorted(Path(__file__).parents[2].glob("plugins/*/pyproject.toml"))
NAMES = frozenset(tomllib.loads(path.read_text())["project"]["name"] for path in FILES)
