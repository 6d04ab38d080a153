"""Hints name commands that work where they are read: in a checkout, in the image, from packages."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peewee
import pytest

from ashim_core import installation
from ashim_core.cli.announcement import announce
from ashim_core.cli.first_steps import Administrator, sign_in_lines
from ashim_core.config import Config
from ashim_core.discovery import Sources, discover
from ashim_core.host import NOWHERE
from ashim_core.imaging.sniff import KINDS as KINDS_OF_FILES
from ashim_core.installation import Kind, package_for
from ashim_core.requirement import Program
from ashim_core.server.build import open_data
from ashim_core.store.database import interrupted_restore, open_store
from ashim_core.store.failures import StoreProblem
from ashim_core.testing import MakeClient
from ashim_core.web import rate_limits
from tests.cli.commands import ashim, refusal

KINDS: tuple[Kind, ...] = ("checkout", "image", "packages")
MARKS = {"checkout": ("ashim-setup",), "image": ("ashim-setup", "ashim-image"), "packages": ()}
"""What lies in the environment; the image is made by ./run, too."""
ROOT = Path(__file__).parents[1]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Be installed in each way."""
    found: Kind = request.param
    prefix = tmp_path / "environment"
    (prefix / "bin").mkdir(parents=True)
    for mark in MARKS[found]:
        (prefix / mark).touch()
    (prefix / "bin" / "pip").touch(mode=0o755)
    (prefix / "bin" / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(prefix / "bin"))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(installation, "PREFIX", prefix)
    monkeypatch.setattr("socket.gethostname", lambda: "0123456789ab")
    assert installation.kind() == found
    return found


def test_an_extra(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the drivers of databases and counters, and of the client."""
    command = {
        "checkout": "./run install --extras {}",
        "image": "docker build --build-arg EXTRAS={} -t ashim .",
        "packages": "pip install 'ashim-core[{}]'",
    }[kind]
    monkeypatch.setattr(peewee, "mysql", None)
    with pytest.raises(StoreProblem) as raised:
        open_store("mysql://ann@127.0.0.1/name", tmp_path / "ashim.db")
    assert str(raised.value).endswith(f": {command.format('mysql')}")
    with pytest.raises(RuntimeError) as also:
        rate_limits._storage("nonsense://")
    assert f"(for that: {command.format('redis')})" in str(also.value)
    monkeypatch.delitem(sys.modules, "ashim_core.cli.there", raising=False)
    for name in [name for name in sys.modules if name.startswith("ashim_core.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.setenv("ASHIM_SERVER", "http://127.0.0.1:1")
    assert refusal("run", "--help") == f"--server needs httpx: {command.format('client')}"


def test_a_program(kind: Kind) -> None:
    missing = Program("no-such-program", "no-such-package").missing(NOWHERE)
    assert missing is not None
    command = missing.partition("; try: ")[2]
    assert (
        command
        == {
            "checkout": "apt-get install no-such-package",
            "image": "docker build --build-arg SYSTEM_PACKAGES=no-such-package -t ashim .",
            "packages": "apt-get install no-such-package",
        }[kind]
    )


def test_a_program_where_there_is_no_apt(kind: Kind) -> None:
    (installation.PREFIX / "bin" / "apt-get").unlink()
    assert ("apt-get" in installation.with_program("a")) is False


def test_a_way_back_for_people(kind: Kind) -> None:
    start = {
        "checkout": "./run ashim",
        "image": "docker exec -it 0123456789ab ashim",
        "packages": "ashim",
    }[kind]
    line = refusal("user", "sign-out", "nobody")
    assert line == f"There is no user 'nobody'; '{start} user list' shows them."


def test_the_default_password_is_refused_with_the_way_out(kind: Kind, ashim: MakeClient) -> None:
    client = ashim(auth_enabled=True)
    answer: Any = client.http.post(
        "/api/auth/login",
        json={"username": "admin", "password": "admin"},
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
    ).json
    start = {
        "checkout": "./run ashim",
        "image": "docker exec -it 0123456789ab ashim",
        "packages": "ashim",
    }[kind]
    assert f"run '{start} user set-password admin'" in answer["message"]
    assert str(installation.PREFIX) not in answer["message"]


def test_what_is_done_while_there_is_no_server(kind: Kind, tmp_path: Path) -> None:
    start = {
        "checkout": "./run ashim restore",
        "image": "docker run --rm -it -v VOLUME:/data ashim restore",
        "packages": "ashim restore",
    }[kind]
    path = tmp_path / "ashim.db"
    path.write_bytes(b"no database")
    with pytest.raises(StoreProblem, match=re.escape(f"run '{start}' with a backup")):
        open_store("", path)
    interrupted_restore(path).touch()
    with pytest.raises(StoreProblem, match=re.escape(f"run '{start}' again")):
        open_store("", path)


def test_a_plugin_that_does_not_load(kind: Kind, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module")
    _, (plugin,) = discover(Sources(plugins_dir=tmp_path, entry_points=False))
    start = {
        "checkout": ".venv/bin/python",
        "image": "docker exec 0123456789ab python",
        "packages": "python",
    }[kind]
    assert plugin.next_step is not None
    assert plugin.next_step.startswith(f"run '{start} -c ")


def test_a_new_tool(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plugins").mkdir()
    text = ashim("new-tool", "soft-glow").stdout
    command = "./run install" if kind == "checkout" else "pip install -e plugins/soft-glow"
    assert f"install  {command}\n" in text


def test_the_first_steps(kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a container they lead into it; elsewhere they name the program as it was started."""
    program = tmp_path / "bin" / "ashim"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(program), "serve"])
    _, first, key = sign_in_lines(Config(), Administrator("ann", must_change=True, default=True))
    if kind == "image":
        assert first == "first   docker exec -it 0123456789ab ashim user set-password ann"
        assert key == "key     ASHIM_KEY=$(docker exec 0123456789ab ashim user create-key ann)"
    else:
        assert first.endswith(f"{program} user set-password ann")
        assert key.endswith(f"{program} user create-key ann)")


def test_the_warning_at_the_start(
    kind: Kind, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sample.jpg").touch()
    config = Config(host="0.0.0.0")
    store = open_data(config)
    announce(config, store)
    store.close()
    warned = capsys.readouterr().err
    words = "docker exec -it 0123456789ab ashim" if kind == "image" else "-m ashim_core.cli.main"
    assert f"{words} user set-password', or DEFAULT_PASSWORD" in warned


@pytest.mark.parametrize(
    ("give", "commands"),
    [
        (
            lambda: installation.anew("pyvips[binary]"),
            {
                "checkout": "rm -r .venv && ./run install",
                "image": "docker build --no-cache -t ashim .",
                "packages": "pip install --force-reinstall 'pyvips[binary]'",
            },
        ),
        (
            installation.one_pillow,
            {
                "checkout": "./run install",
                "image": "docker build --no-cache -t ashim .",
                "packages": "pip uninstall pillow pillow-simd && pip install pillow",
            },
        ),
    ],
)
def test_what_is_broken(kind: Kind, give: Callable[[], str], commands: dict[str, str]) -> None:
    assert give() == commands[kind]


def test_a_container_with_a_name_of_its_own(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "pictures")
    assert ("CONTAINER" in installation.ashim("user list")) == (kind == "image")


def test_a_pip_that_is_not_on_the_path_is_called_by_its_python(kind: Kind) -> None:
    (installation.PREFIX / "bin" / "pip").unlink()
    if kind == "packages":
        assert installation.with_extra("redis") == (
            f"{sys.executable} -m pip install 'ashim-core[redis]'"
        )


def test_packages_that_a_refusal_names_exist() -> None:
    names = {
        line.partition('"')[2].rstrip('"')
        for file in ROOT.glob("plugins/*/pyproject.toml")
        for line in file.read_text().splitlines()
        if line.startswith("name = ")
    }
    brought = {name: package_for(name) for name in (*KINDS_OF_FILES, "raw")}
    assert {package for package in brought.values() if package} <= names
    assert (brought["heif"], brought["raw"]) == ("ashim-heif", "ashim-raw")


def test_the_commands_exist() -> None:
    """What the hints name is in ./run or its parts, and in the file that makes the image."""
    script = "".join(path.read_text() for path in [ROOT / "run", *ROOT.glob("bin/*.sh")])
    image = (ROOT / "Dockerfile").read_text()
    for words in ("install) run_install", "ashim) run_ashim", "--extras"):
        assert words in script
    for words in ("ARG EXTRAS", "ARG SYSTEM_PACKAGES", "touch .venv/ashim-image"):
        assert words in image
    assert "readonly STATE=.venv/ashim-setup" in script
