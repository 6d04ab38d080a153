"""The script `./run`, the pinned versions, and what the repository may not name."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ashim_core.discovery import Sources, discover
from ashim_core.requirement import Program
from tests.patience import PATIENCE_S

REGISTRY, _ = discover(Sources())


ROOT = Path(__file__).parents[1]
PARTS = sorted(path.name for path in (ROOT / "bin").iterdir())
SCRIPT = "".join((ROOT / name).read_text() for name in ["run", *(f"bin/{part}" for part in PARTS)])
MOST_LINES = 150
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==[\w.]+( ; python_full_version (<|>=) '3\.\d+(\.\d+)?')?")
_FORBIDDEN = [
    "-".join(words) for words in (("index", "url"), ("find", "links"), ("extra", "index"))
] + [
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("registry", "npmjs", "org"),
        ("proxy", "golang", "org"),
    )
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the script in a way that ends before it sets anything up."""
    return subprocess.run(
        [ROOT / "run", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_scripts_can_be_run(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_of_the_script_are_read_by_it(part: str) -> None:
    path = ROOT / "bin" / part
    assert path.suffix == ".sh"
    subprocess.run(["bash", "-n", path], check=True)
    assert path.read_text().count("\n") < MOST_LINES, "expected a file for each subject"


def test_every_function_of_the_script_is_there_once() -> None:
    names = re.findall(r"^(\w+)\(\) {", SCRIPT, re.M)
    assert len(names) > 30
    assert sorted(set(names)) == sorted(names)


def test_the_image_gets_the_script_with_its_parts() -> None:
    assert {"!run", "!bin"} <= {*(ROOT / ".dockerignore").read_text().splitlines()}


def test_it_works_from_any_folder_and_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(ROOT / "run")
    answer = subprocess.run(
        [link, "install", "--with", "nope"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("run: no tool package 'nope'; there are: ")


def test_help_names_every_command() -> None:
    commands = re.findall(r"^  ([a-z-]+)\)? .*run_\w+ \"\$@\" ;;$", SCRIPT, re.M)
    answer = run("help")
    assert answer.returncode == 0
    assert len(commands) >= 10
    assert "gallery" in commands
    for command in commands:
        assert f"\n  {command} " in answer.stdout


def test_the_scripts_of_the_documentation_are_there() -> None:
    names = re.findall(r"python -m docs\._make\.(\w+)", SCRIPT)
    assert names == ["generate", "include", "pictures", "gallery"]
    assert all((ROOT / "docs/_make" / f"{name}.py").is_file() for name in names)


def test_an_unknown_command_is_refused() -> None:
    answer = run("server")
    assert answer.returncode == 2
    assert answer.stderr.endswith("run: unknown command 'server'\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--only", "nope"),
        ("serve", "--with=nope"),
        ("serve", "--only", "essentials,nope"),
        ("install", "--dev", "--pillow-simd", "--with", "nope"),
    ],
)
def test_an_unknown_package_is_refused_by_naming_those_there_are(arguments: tuple[str]) -> None:
    answer = run(*arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert re.fullmatch(
        r"run: no tool package 'nope'; there are: .*\bessentials\b.*\n", answer.stderr
    )


def test_a_package_brings_those_that_it_builds_on(tmp_path: Path) -> None:
    needs = {
        "base": "",
        "other": "",
        "side": "",
        "middle": '\n  "ashim-base>=0.1,<0.2",',
        "top": '"ashim-middle", "ashim-side"',
    }
    for name, wanted in needs.items():
        folder = tmp_path / "plugins" / name
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(
            f'name = "ashim-{name}"\ndependencies = ["ashim-core>=0.2,<0.3", {wanted}]\n'
        )
    script = f"source {ROOT}/bin/packages.sh; only=ashim-top with=; chosen_packages"
    chosen = subprocess.run(
        ["bash", "-euc", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert chosen.stdout.split() == ["base", "middle", "side", "top"]


@pytest.mark.parametrize("option", ["--only", "--with"])
def test_an_option_without_its_value_is_refused(option: str) -> None:
    answer = run("install", option)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"run: {option} needs the names of tool packages: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("value", ["", "nope", "redis,nope", "dev"])
def test_unknown_extras_are_refused_by_naming_those_there_are(value: str) -> None:
    answer = run("install", f"--extras={value}")
    assert answer.returncode == 2
    assert answer.stderr == "run: --extras needs some of: client,mysql,postgresql,redis\n"


def test_the_extras_that_the_script_names_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # Those that bring formats name packages, for which there is --only.
    extras = [
        name
        for name, wanted in project["optional-dependencies"].items()
        if name != "dev" and not any(text.startswith("ashim-") for text in wanted)
    ]
    assert f'--extras needs some of: {",".join(sorted(extras))}"' in SCRIPT


@pytest.mark.parametrize("command", ["install", "check"])
def test_an_unknown_option_is_refused(command: str) -> None:
    answer = run(command, "--wiht")
    assert answer.returncode == 2
    assert answer.stderr == "run: unknown option '--wiht'; see ./run help\n"


def test_the_image_is_built_with_options_that_the_script_knows() -> None:
    calls = re.findall(r"\./run (install [^;&\n]+)", (ROOT / "Dockerfile").read_text())
    assert len(calls) == 2
    for call in calls:
        chosen = '${PACKAGES:+--only "$PACKAGES"}'
        assert chosen in call, "expected all packages unless some are named"
        answer = run(*call.replace(chosen, "--only nope").split())
        assert answer.stderr.startswith("run: no tool package 'nope'")


def test_programs_that_tools_declare_are_named_as_debian_packages() -> None:
    answer = run("system-packages")
    assert answer.returncode == 0, answer.stderr
    declared = {
        need.package for tool in REGISTRY for need in tool.requires if isinstance(need, Program)
    }
    assert set(answer.stdout.split()) == declared
    assert declared


def test_versions_are_pinned_and_nothing_else_is_said() -> None:
    names = []
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        match = _PIN.fullmatch(line)
        assert match, line
        if not match[2]:
            names.append(match["name"])
    assert len(names) == len(set(names))


def test_every_dependency_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    local = {
        tomllib.loads(path.read_text())["project"]["name"]
        for path in [ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
    }
    needed = {canonicalize_name(name) for name in _needed([f"{name}[dev]" for name in local])}
    assert not needed - local - pinned, "run: ./run pin"


def _needed(texts: list[str]) -> Iterator[str]:
    """Walk through what is installed, from the requirements given to all that they lead to."""
    seen = set()
    while texts:
        requirement = Requirement(texts.pop())
        for extra in requirement.extras | {""}:
            if (requirement.name, extra) in seen:
                continue
            seen.add((requirement.name, extra))
            yield requirement.name
            texts.extend(_required(requirement.name, extra))


def _required(name: str, extra: str) -> Iterator[str]:
    try:
        texts = requires(name) or []
    except PackageNotFoundError:
        return  # Pillow, when Pillow-SIMD stands in for it
    for text in texts:
        marker = Requirement(text).marker
        if marker is None or marker.evaluate({"extra": extra}):
            yield text


def test_no_file_says_where_packages_come_from() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in _files()
        for word in _FORBIDDEN
        if word in path.read_text(errors="replace")
    ]
    assert not guilty


def _files() -> Iterator[Path]:
    """All files of the repository, also where git is not at hand."""
    ignored = {ROOT / "data", ROOT / "build", ROOT / "dist"}  # as in .gitignore
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if (name == ".ci" or not name.startswith((".", "__pycache__")))
            and here / name not in ignored
        ]
        yield from (here / name for name in files)
