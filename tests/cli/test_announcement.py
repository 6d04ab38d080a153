"""What `ashim serve` prints before it serves."""

from pathlib import Path
from typing import Any

import pytest

from ashim_core.cli.announcement import announce
from ashim_core.cli.first_steps import Administrator, command, sign_in_lines
from ashim_core.config import Config
from ashim_core.server.build import open_data
from tests.cli.commands import PASSWORD, done

PROGRAM = ".venv/bin/ashim"


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be the program at a relative path in this folder, whose data is the usual one."""
    path = tmp_path / PROGRAM
    path.parent.mkdir(parents=True)
    path.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [PROGRAM, "serve"])
    data = tmp_path / "data"
    data.mkdir()
    (data / "sample.jpg").touch()  # drawing it takes a second
    return path


def announced(capsys: pytest.CaptureFixture[str], **values: Any) -> tuple[list[str], list[str]]:
    """Announce a server; give the lines of standard output and of standard error."""
    config = Config(port=1349, **values)
    store = open_data(config)
    announce(config, store)
    store.close()
    out, err = capsys.readouterr()
    return out.splitlines(), err.splitlines()


def trial(folder: Path, *, key: bool) -> list[str]:
    form = f"-F file=@{folder}/data/sample.jpg -F 'settings={{\"width\":800}}' \\"
    first = ['-H "Authorization: Bearer $ASHIM_KEY" \\', f"             {form}"] if key else [form]
    return [
        f"try     curl -fsS {first[0]}",
        *first[1:],
        "             http://127.0.0.1:1349/api/v1/tools/resize -o small.jpg",
        "",
    ]


def test_a_new_server_says_how_to_set_a_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = announced(capsys)
    assert out[:2] == [
        "ashim   http://127.0.0.1:1349",
        "docs    http://127.0.0.1:1349/api/docs",
    ]
    assert out[2].startswith("tools   ")
    assert out[3:] == [
        "",
        "login   admin/admin works on this machine only, and has to be changed first",
        f"first   {PROGRAM} user set-password admin",
        f"key     ASHIM_KEY=$({PROGRAM} user create-key admin)",
        *trial(tmp_path, key=True),
    ]
    assert err == []


def test_with_a_password_it_says_how_to_make_a_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done("user", "set-password", "admin", typed=PASSWORD)
    out, err = announced(capsys)
    assert out[4:] == [
        f"key     ASHIM_KEY=$({PROGRAM} user create-key admin)",
        *trial(tmp_path, key=True),
    ]
    assert err == []


def test_where_nobody_signs_in_there_is_nothing_to_say_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = announced(capsys, auth_enabled=False)
    assert out[4:] == trial(tmp_path, key=False)
    assert err == []


def test_the_password_that_the_operator_gave_has_to_be_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, _ = announced(capsys, default_password=PASSWORD, default_username="mia")
    assert out[4:6] == [
        "login   as mia, whose password has to be changed first",
        f"first   {PROGRAM} user set-password mia",
    ]
    assert PASSWORD not in "\n".join(out)


def test_a_default_password_that_may_stay_is_mentioned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, _ = announced(capsys, skip_must_change_password=True)
    assert out[4:6] == [
        "login   admin/admin works on this machine only",
        f"key     ASHIM_KEY=$({PROGRAM} user create-key admin)",
    ]


def test_who_is_ready_is_the_one_to_start_with(capsys: pytest.CaptureFixture[str]) -> None:
    done("user", "set-password", "admin", "--must-change", typed=PASSWORD)
    done("user", "add", "mia", "--role", "admin", "--keep", typed=PASSWORD)
    out, _ = announced(capsys)
    assert out[4] == f"key     ASHIM_KEY=$({PROGRAM} user create-key mia)"


def test_tools_that_the_settings_switch_off_are_not_announced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done("settings", "set", "disabledTools", '["resize"]')
    out, _ = announced(capsys, auth_enabled=False)
    assert out[2].startswith("tools   ")
    assert "resize" not in "\n".join(out)
    assert "crop" in out[2]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "images.example"])
def test_a_network_without_sign_in_is_a_warning(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    _, err = announced(capsys, host=host, auth_enabled=False)
    assert err == [f"warning whoever reaches {host}:1349 is the administrator (AUTH_ENABLED=false)"]


def test_a_network_with_the_default_password_is_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warning = (
        "warning 'admin' can't sign in from other machines before there is a password: "
        f"'{PROGRAM} user set-password', or DEFAULT_PASSWORD at the start"
    )
    assert announced(capsys, host="0.0.0.0")[1] == [warning]
    done("user", "set-password", "admin", typed=PASSWORD)
    assert announced(capsys, host="0.0.0.0")[1] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
@pytest.mark.parametrize("sign_in", [True, False])
def test_this_machine_alone_is_no_reason_to_warn(
    capsys: pytest.CaptureFixture[str], host: str, sign_in: bool
) -> None:
    assert announced(capsys, host=host, auth_enabled=sign_in)[1] == []


def test_several_processes_that_count_apart_are_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, err = announced(capsys, web_processes=2)
    assert len(err) == 1
    assert err[0].startswith("warning each of the 2 web processes counts")
    assert "ASHIM_RATE_LIMIT_URL=redis://" in err[0]
    _, err = announced(capsys, web_processes=2, rate_limit_url="redis://127.0.0.1:6379")
    assert err == []


def test_an_ipv6_address_is_written_as_urls_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = announced(capsys, host="::1", root_path="/images")
    assert out[0] == "ashim   http://[::1]:1349/images"


def test_a_path_of_its_own_works_everywhere_with_the_data_named(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [str(program), "serve"])
    assert command(Config()) == f"DATA_DIR={tmp_path}/data {program}"


def test_other_data_is_named(tmp_path: Path) -> None:
    assert command(Config()) == PROGRAM
    other = f"DATA_DIR='{tmp_path}/of ours' {PROGRAM}"
    assert command(Config(data_dir=Path("of ours"))) == other
    assert command(Config(db_path=Path("a.db"))) == f"DB_PATH={tmp_path}/a.db {PROGRAM}"


def test_python_is_named_where_it_runs_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/main.py", "serve"])
    monkeypatch.setattr("sys.executable", "/opt/py thon/bin/python")
    assert command(Config()) == (
        f"DATA_DIR={tmp_path}/data '/opt/py thon/bin/python' -m ashim_core.cli.main"
    )


def test_a_database_url_is_mentioned_and_not_printed() -> None:
    config = Config.model_validate({"database_url": "postgresql://mia:hidden@127.0.0.1/x"})
    lines = list(sign_in_lines(config, Administrator("mia", must_change=True, default=False)))
    assert lines == [
        "login   as mia, whose password has to be changed first",
        f"first   {PROGRAM} user set-password mia",
        f"key     ASHIM_KEY=$({PROGRAM} user create-key mia)",
        "        (where DATABASE_URL is set as it is for the server)",
    ]
