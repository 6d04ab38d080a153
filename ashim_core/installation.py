"""Which commands work in this installation: a checkout, the Docker image, or packages from pip.

Every hint that names a command asks here, so that it works where it is read. What callers of the
API may see holds no path of the server.
"""

import re
import shutil
import socket
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Literal

Kind = Literal["checkout", "image", "packages"]

PREFIX = Path(sys.prefix)
_OF_A_CHECKOUT = "ashim-setup"
"""What ./run leaves in the environment that it makes; the image is built by it, too."""
_OF_THE_IMAGE = "ashim-image"
_CONTAINER_ID = re.compile(r"[0-9a-f]{12}")


def kind() -> Kind:
    """Say how ashim was installed here."""
    if (PREFIX / _OF_THE_IMAGE).exists():
        return "image"
    return "checkout" if (PREFIX / _OF_A_CHECKOUT).exists() else "packages"


def ashim(words: str) -> str:
    """Give the command that runs `ashim` with some words, beside the server."""
    match kind():
        case "checkout":
            return f"./run ashim {words}"
        case "image":
            return f"{in_container('ashim')} {words}"
        case "packages":
            return f"ashim {words}"


def ashim_alone(words: str) -> str:
    """Give the command that runs `ashim` with some words while there is no server."""
    if kind() == "image":
        return f"docker run --rm -it -v VOLUME:/data ashim {words}"
    return ashim(words)


def in_container(program: str, *, typing: bool = True) -> str:
    """Give the words that run a program in the container of this server. typing: it asks."""
    # A container is called like its host, unless somebody has given that another name.
    name = socket.gethostname()
    container = name if _CONTAINER_ID.fullmatch(name) else "CONTAINER"
    return f"docker exec {'-it ' if typing else ''}{container} {program}"


def python() -> str:
    """Give the command that is the Python of this installation."""
    match kind():
        case "checkout":
            return ".venv/bin/python"
        case "image":
            return in_container("python", typing=False)
        case "packages":
            return "python"


def with_extra(name: str) -> str:
    """Give the command that adds an extra of ashim-core: `client`, `redis`, `mysql` …"""
    match kind():
        case "checkout":
            return f"./run install --extras {name}"
        case "image":
            return f"docker build --build-arg EXTRAS={name} -t ashim ."
        case "packages":
            return f"{_pip()} install 'ashim-core[{name}]'"


def with_program(package: str) -> str:
    """Give the command that adds a program. package: of Debian, that brings it."""
    if kind() == "image":  # nobody is root in it, and nothing that is added stays
        return f"docker build --build-arg SYSTEM_PACKAGES={package} -t ashim ."
    if shutil.which("apt-get"):
        return f"apt-get install {package}"
    return f"the package manager of this system, for what Debian calls {package}"


def with_folder(folder: Path) -> str:
    """Give the command that adds the tool package in a folder."""
    if kind() == "checkout" and folder.parent == Path("plugins"):
        return "./run install"
    return f"{_pip()} install -e {folder}"


def anew(requirement: str) -> str:
    """Give the command that installs a package again which is broken."""
    match kind():
        case "checkout":
            return "rm -r .venv && ./run install"
        case "image":
            return "docker build --no-cache -t ashim ."
        case "packages":
            return f"{_pip()} install --force-reinstall '{requirement}'"


def one_pillow() -> str:
    """Give the command that leaves one Pillow where there are two, written over each other."""
    match kind():
        case "checkout":
            return "./run install"
        case "image":
            return "docker build --no-cache -t ashim ."
        case "packages":
            return f"{_pip()} uninstall pillow pillow-simd && {_pip()} install pillow"


def _pip() -> str:
    """Give the words that are the pip of this environment, activated or not."""
    found = shutil.which("pip")
    if found and Path(found).parent == PREFIX / "bin":
        return "pip"
    return f"{sys.executable} -m pip"


@cache
def package_for(format: str) -> str | None:
    """Name the package that brings a picture format: the core has an extra of that name."""
    extra = re.compile(rf"([\w.-]+)\s*;.*extra == ['\"]{re.escape(format)}['\"]")
    try:
        wishes = requires("ashim-core") or ()
    except PackageNotFoundError:  # it runs from its source
        return None
    return next((found[1] for text in wishes if (found := extra.fullmatch(text))), None)
