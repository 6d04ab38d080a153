"""`ashim tools`: as the server offers them."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import done


def tool(name: str) -> dict[str, object]:
    tools = json.loads(done("tools", "--json").stdout)
    (found,) = [item for item in tools if item["id"] == name]
    return dict(found)


def test_listing_makes_no_data_folder(tmp_path: Path) -> None:
    done("tools")
    done("tools", "--json")
    assert not (tmp_path / "data").exists()


def test_what_the_settings_switch_off_is_off() -> None:
    assert tool("resize")["enabled"] is True
    done("settings", "set", "disabledTools", '["resize"]')
    assert (tool("resize")["enabled"], tool("crop")["enabled"]) == (False, True)
    (line,) = [row for row in done("tools").stdout.splitlines() if row.startswith("resize ")]
    assert line.endswith("[switched off by the operator]")
    done("settings", "unset", "disabledTools")
    assert tool("resize")["enabled"] is True


def test_what_the_configuration_switches_off_is_off_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done("settings", "set", "disabledTools", '["resize"]')
    monkeypatch.setenv("ASHIM_DISABLED_TOOLS", "crop")
    assert (tool("resize")["enabled"], tool("crop")["enabled"]) == (False, False)


def test_experimental_tools_are_offered_as_the_server_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(__file__).parents[1] / "data" / "experimental.py"
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "experimental.py").write_text(source.read_text())
    monkeypatch.setenv("ASHIM_PLUGINS_DIR", str(plugins))
    done("settings", "unset", "enableExperimentalTools")
    assert tool("wobble")["enabled"] is False
    done("settings", "set", "enableExperimentalTools", "true")
    assert tool("wobble")["enabled"] is True


def test_a_damaged_database_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ashim.db"
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 300)
    result = done("tools")
    assert "resize" in result.stdout
    assert result.stderr.startswith("warning: the server's settings are not regarded: ")
    assert f"The database {path} is damaged" in result.stderr
