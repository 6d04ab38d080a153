"""What to type after the server has started: lines for a POSIX shell that work as printed."""

import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ashim_core.cli import main
from ashim_core.cli.address import base_url
from ashim_core.config import Config
from ashim_core.identity import first_start
from ashim_core.identity.lookup import ADMIN
from ashim_core.identity.service import Identity
from ashim_core.installation import in_container, kind
from ashim_core.store.database import Store


@dataclass(frozen=True)
class Administrator:
    """Somebody who can sign in and do everything.

    must_change: only after the password was changed. default: it is the one of every new server.
    """

    name: str
    must_change: bool
    default: bool


def administrator(store: Store, config: Config) -> Administrator | None:
    """Give the administrator to start with: who still has the default password, if anybody."""
    users = Identity(store, config).accounts.list().users
    default = first_start.has_default_password(store)
    found = [
        Administrator(user.username, user.must_change_password, user.username == default)
        for user in users
        if user.role == ADMIN
    ]
    return min(found, key=lambda who: (not who.default, who.must_change), default=None)


def sign_in_lines(config: Config, who: Administrator) -> Iterator[str]:
    """Say who can sign in, and how to get a key."""
    ashim = command(config)
    if who.default:
        change = ", and has to be changed first" if who.must_change else ""
        yield f"login   {who.name}/admin works on this machine only{change}"
    elif who.must_change:
        yield f"login   as {who.name}, whose password has to be changed first"
    if who.must_change:
        yield f"first   {ashim} user set-password {who.name}"
    yield f"key     ASHIM_KEY=$({command(config, typing=False)} user create-key {who.name})"
    if config.database_url.get_secret_value():
        yield "        (where DATABASE_URL is set as it is for the server)"


def try_lines(config: Config, sample: Path, *, key: bool) -> Iterator[str]:
    """Say how to run a first tool on a picture."""
    form = f"-F {shlex.quote(f'file=@{sample}')} -F 'settings={{\"width\":800}}' \\"
    if key:
        yield 'try     curl -fsS -H "Authorization: Bearer $ASHIM_KEY" \\'
        yield f"             {form}"
    else:
        yield f"try     curl -fsS {form}"
    yield f"             {base_url(config)}/api/v1/tools/resize -o small.jpg"


def command(config: Config, *, typing: bool = True) -> str:
    """Give the words that run this program again, on the same data. typing: it asks for more."""
    if kind() == "image":  # where its variables are set as they are for the server
        return in_container("ashim", typing=typing)
    program = _program()
    anywhere = Path(program[0]).is_absolute()
    data = config.data_dir.resolve()
    usual = Path(Config.model_fields["data_dir"].default).resolve()
    words = []
    if not config.database_url.get_secret_value():
        if config.db_path is not None:
            words.append(f"DB_PATH={shlex.quote(str(config.database_path))}")
        # A relative path to the program works in this folder only, where the usual data is.
        elif anywhere or data != usual:
            words.append(f"DATA_DIR={shlex.quote(str(data))}")
    return " ".join([*words, shlex.join(program)])


def _program() -> list[str]:
    """Give the words this program was started with: its path, or Python and the module."""
    path = sys.argv[0]
    if os.sep in path and not path.endswith(".py") and os.access(path, os.X_OK):
        return [path]
    return [sys.executable, "-m", main.__name__]
