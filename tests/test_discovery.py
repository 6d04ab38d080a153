"""Discovery: every fate that a plugin can meet, with distributions made for the purpose."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

import ashim_core
from ashim_core import hookspecs
from ashim_core.config import Config
from ashim_core.discovery import Plugin, Sources, discover
from ashim_core.discovery.kinds import TOOLS
from ashim_core.executors.executor import InlineExecutor
from ashim_core.registry import Registry
from ashim_core.server.build import build_core
from ashim_core.testing.client import ToolClient

Install = Callable[..., None]

GOOD = """
    from ashim_core.plugin import ImageTool, ToolSettings, hookimpl
    import pyvips

    class Settings(ToolSettings):
        pass

    def same(image: pyvips.Image, settings: Settings) -> pyvips.Image:
        "Change nothing."
        return image

    @hookimpl
    def ashim_tools():
        yield ImageTool("{tool}", same, Settings, category="utilities", aliases={aliases})
"""


def good(tool: str, aliases: tuple[str, ...] = ()) -> str:
    return GOOD.format(tool=tool, aliases=aliases)


def codecs(*names: str) -> str:
    codec = "Codec({name!r}, 'a/b', 'x', recognise=bool, probe=None, read=None)"
    yields = "".join(f"    yield {codec.format(name=name)}\n" for name in names)
    return (
        f"from ashim_core.plugin import Codec, hookimpl\n@hookimpl\ndef ashim_codecs():\n{yields}"
    )


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install fake distributions: `install("ashim-x", "module", source, requires)`."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def make(name: str, module: str, source: str, requires: str = "ashim-core") -> None:
        (site / f"{module}.py").write_text(dedent(source))
        info = site / f"{name.replace('-', '_')}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\nRequires-Dist: {requires}\n"
        )
        (info / "entry_points.txt").write_text(f"[ashim]\n{module} = {module}\n")

    yield make
    for added in set(sys.modules) - before:
        if added.startswith("fake_"):
            del sys.modules[added]


def found(name: str, sources: Sources | None = None) -> tuple[Registry, Plugin]:
    registry, plugins = discover(sources or Sources())
    (plugin,) = [item for item in plugins if item.provenance.distribution == name]
    assert "resize" in {tool.id for tool in registry}, "expected the other tools to stay"
    return registry, plugin


def test_a_good_plugin_is_loaded_with_its_provenance(install: Install) -> None:
    install("ashim-good", "fake_good", good("good-tool"))
    registry, plugin = found("ashim-good")
    assert (plugin.status, plugin.tools, plugin.reason) == ("loaded", ["good-tool"], None)
    assert str(registry.provenance(registry.find("good-tool"))) == "ashim-good 1.5"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "implements no hook"),
        (
            good("misspelt").replace("def ashim_tools", "def ashim_tolls"),
            "unknown hook 'ashim_tolls'",
        ),
        (
            good("argument").replace("ashim_tools():", "ashim_tools(core):"),
            "ashim_tools",
        ),
        (
            """
            from ashim_core.plugin import hookimpl
            @hookimpl
            def ashim_tools():
                yield "resize"
            """,
            "'resize', which is not a tool",
        ),
        (
            """
            from ashim_core.plugin import hookimpl
            @hookimpl
            def ashim_tools():
                return None
            """,
            "NoneType",
        ),
        (
            """
            from ashim_core.plugin import hookimpl
            @hookimpl
            def ashim_tools():
                raise ZeroDivisionError("oops")
            """,
            "ZeroDivisionError: oops",
        ),
        (
            """
            from ashim_core.plugin import hookimpl
            @hookimpl
            def ashim_codecs():
                yield "qoi"
            """,
            "ashim_codecs() yielded 'qoi', which is no codec with a name in lower case",
        ),
        (codecs("QOI"), "which is no codec with a name in lower case"),
        (codecs("qoi", "qoi"), "it offers the format 'qoi' twice"),
        (codecs("png"), "the format 'png' is offered twice"),
        (good("Bad Id"), "kebab-case"),
        (good("twice", aliases=("twice",)), "'twice' twice"),
    ],
)
def test_a_bad_plugin_is_listed_with_its_reason(install: Install, source: str, reason: str) -> None:
    install("ashim-bad", "fake_bad", source)
    _, plugin = found("ashim-bad")
    assert (plugin.status, plugin.tools) == ("failed", [])
    assert reason in (plugin.reason or "")
    assert plugin.next_step


def test_a_plugin_is_used_as_a_whole_or_not_at_all(install: Install) -> None:
    install("ashim-bad", "fake_bad", dedent(good("fine")) + codecs("png"))
    registry, plugin = found("ashim-bad")
    assert (plugin.status, plugin.tools, plugin.formats) == ("failed", [], [])
    assert "fine" not in {tool.id for tool in registry}


def test_there_is_a_kind_for_every_hook() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("ashim_")]
    assert [kind.hook for kind in TOOLS.kinds] == hooks


def test_another_core_version_is_refused_before_anything_is_imported(
    install: Install, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    source = f"open({str(touched)!r}, 'w').close()"
    install("ashim-old", "fake_old", source, requires="ashim-core>=9,<10")
    _, plugin = found("ashim-old")
    assert plugin.status == "failed"
    assert f"this is {ashim_core.__version__}" in (plugin.reason or "")
    assert not touched.exists()


def test_a_package_that_was_removed_by_half_costs_only_itself(
    install: Install, tmp_path: Path
) -> None:
    install("ashim-half", "fake_half", "import no_such_module_at_all")
    (tmp_path / "site-packages" / "ashim_half-1.5.dist-info" / "METADATA").unlink()
    _, plugin = found("unknown")
    assert (plugin.name, plugin.status) == ("fake_half", "failed")


@pytest.mark.parametrize("source", [good("resize"), good("new-name", aliases=("resize",))])
def test_a_taken_id_names_both_distributions(install: Install, source: str) -> None:
    install("zz-resize", "fake_resize", source)
    registry, plugin = found("zz-resize")
    assert plugin.status == "failed"
    assert "ashim-essentials" in (plugin.reason or "")
    assert "zz-resize 1.5" in (plugin.reason or "")
    assert registry.provenance(registry.find("resize")).distribution == "ashim-essentials"


def test_safe_mode_loads_only_our_own(install: Install) -> None:
    install("ashim-good", "fake_good", good("good-tool"))
    registry, plugin = found("ashim-good", Sources(safe_mode=True))
    assert plugin.status == "skipped"
    assert "good-tool" not in {tool.id for tool in registry}


def test_only_the_packages_that_are_named_load(install: Install) -> None:
    install("ashim-good", "fake_good", good("good-tool"))
    registry, plugins = discover(Sources(packages=frozenset({"ashim-good"})))
    assert [tool.id for tool in registry] == ["good-tool"]
    assert {item.status for item in plugins} == {"loaded", "skipped"}


def test_a_folder_of_single_files(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text(dedent(good("from-a-file")))
    (tmp_path / "broken.py").write_text("1/0")
    registry, plugins = discover(Sources(plugins_dir=tmp_path, packages=frozenset()))
    fates = {item.provenance.distribution: item.status for item in plugins}
    assert fates["fine.py"] == "loaded"
    assert fates["broken.py"] == "failed"
    assert registry.find("from-a-file").summary == "Change nothing."


def test_strict_plugins_make_a_failure_fatal(install: Install, tmp_path: Path) -> None:
    install("ashim-bad", "fake_bad", "1/0")
    config = Config(data_dir=tmp_path)
    build_core(config, executor=InlineExecutor).close()
    with pytest.raises(RuntimeError, match=r"fake_bad .*ZeroDivisionError"):
        build_core(config.model_copy(update={"strict_plugins": True}), executor=InlineExecutor)


def test_the_api_lists_what_failed_and_why(install: Install, tmp_path: Path) -> None:
    install("ashim-bad", "fake_bad", "1/0")
    core = build_core(Config(data_dir=tmp_path, auth_enabled=False), executor=InlineExecutor)
    with closing(core):
        listed = ToolClient(core).http.get("/api/v1/plugins").json
    assert listed is not None
    (bad,) = [item for item in listed["plugins"] if item["status"] == "failed"]
    assert bad["distribution"] == "ashim-bad"
    assert "ZeroDivisionError" in bad["reason"]
    assert "import fake_bad" in bad["nextStep"]
