"""What an administrator may change while the server runs. It acts at once, in every process.

On the wire a value is text, as older clients expect: `"true"`, `"10"`, `"[\\"resize\\"]"`; whoever
sets one may send the value itself as well.
"""

import difflib
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ashim_core.config import Config
from ashim_core.errors import Detail, InvalidRequest, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.records import maybe_moment
from ashim_core.policy import Actor
from ashim_core.store.database import Store, execute
from ashim_core.store.models import Preference
from ashim_core.wire.bodies import Name, Record
from ashim_core.wire.safe_json import parse
from ashim_core.wire.validation import details_of

MANAGED = frozenset({"customLogo"})
"""What other parts of the API set."""
_FOR_PAGES = "For user interfaces. Anybody can read it: a page asks before people sign in."
_SHOWN = 50
"""Characters of a wrong name that are said again."""


class Preferences(BaseModel):
    """Every preference with its default. The configuration may set other defaults."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )

    disabled_tools: Annotated[list[str], Field(max_length=1000)] = Field(
        default=[], description="Ids of tools that are switched off."
    )
    enable_experimental_tools: bool = Field(
        default=False, description="Offer tools that are marked as experimental."
    )
    login_attempt_limit: int = Field(
        default=10,
        ge=1,
        le=10_000,
        description="Logins a minute, for each address and for each account; as "
        "`LOGIN_ATTEMPT_LIMIT` says until it is set.",
    )
    file_upload_limit_mb: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="Largest upload in MiB; at most, and until it is set, `MAX_UPLOAD_SIZE_MB`.",
    )
    temp_file_max_age_hours: float = Field(
        default=24,
        gt=0,
        le=8760,
        description="How long results are kept; as `FILE_MAX_AGE_HOURS` says until it is set.",
    )
    startup_cleanup: bool = Field(
        default=True,
        description="Remove what has expired, and what an interrupted server left, at the start "
        "already; else only every `CLEANUP_INTERVAL_MINUTES`.",
    )
    custom_logo: bool = Field(
        default=False, description="Whether there is a logo; set by uploading one."
    )
    app_name: Name = Field(default="ashim", description=_FOR_PAGES)
    default_theme: Literal["light", "dark", "system"] = Field(
        default="light", description=_FOR_PAGES
    )
    default_locale: str = Field(
        default="en",
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        description=_FOR_PAGES,
    )
    default_tool_view: Literal["sidebar", "fullscreen"] = Field(
        default="sidebar", description="For user interfaces."
    )


KEYS: Mapping[str, str] = {
    info.alias or name: name for name, info in Preferences.model_fields.items()
}
"""Names on the wire to names here."""


class PreferenceRecord(Record):
    """One setting. `updatedAt` is null for a default."""

    key: str
    value: str
    updated_at: datetime | None


class PreferenceStore:
    """The preferences of one server."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._most_mb = config.max_upload_size_mb
        # An operator may go beyond what an administrator may set, so this isn't validated.
        self._defaults = Preferences().model_copy(
            update={
                "login_attempt_limit": config.login_attempt_limit,
                "file_upload_limit_mb": config.max_upload_size_mb,
                "temp_file_max_age_hours": config.file_max_age_hours,
            }
        )

    def load(self) -> Preferences:
        """Give the present preferences."""
        with self._store.reading() as db:
            # Every request asks, so this goes without building models: a tenth of the time.
            rows = execute(db, "SELECT name, value FROM preferences").fetchall()
        if not rows:
            return self._defaults
        stored = {KEYS[name]: json.loads(value) for name, value in rows if name in KEYS}
        if "file_upload_limit_mb" in stored:
            stored["file_upload_limit_mb"] = min(stored["file_upload_limit_mb"], self._most_mb)
        checked = Preferences.model_validate(stored)
        return self._defaults.model_copy(update={name: getattr(checked, name) for name in stored})

    def texts(self) -> dict[str, str]:
        """Give all of them as text."""
        present = self.load()
        return {key: _text(getattr(present, name)) for key, name in KEYS.items()}

    def get(self, key: str) -> PreferenceRecord:
        """Give one of them; NotFound."""
        if key not in KEYS:
            near = _near(key)
            hint = f"; did you mean '{near[0]}'?" if near else "."
            raise NotFound(f"There is no setting '{key[:_SHOWN]}'{hint}")
        with self._store.reading() as db:
            row = Preference.select().where(Preference.name == key).first(db)
        return PreferenceRecord(
            key=key, value=self.texts()[key], updated_at=maybe_moment(row and row.updated)
        )

    def set(self, actor: Actor, values: Mapping[str, Any], tools: Mapping[str, str]) -> int:
        """Set several at once, or none if one is wrong; give how many. Null means the default.

        tools: every name of a tool to its id. Raises ValidationFailed, which names the setting.
        """
        for key in values:
            if key not in KEYS or key in MANAGED:
                raise _unknown(key)
        typed = {key: _typed(key, value, tools) for key, value in values.items()}
        self._write(actor, typed)
        return len(typed)

    def note_logo(self, actor: Actor, there: bool) -> None:
        """Write down whether there is a logo."""
        self._write(actor, {"customLogo": there}, "LOGO_UPDATED" if there else "LOGO_DELETED")

    def _write(
        self, actor: Actor, values: Mapping[str, Any], deed: audit.Deed = "SETTINGS_UPDATED"
    ) -> None:
        now = time.time()
        with self._store.writing() as db:
            for key, value in values.items():
                Preference.delete().where(Preference.name == key).execute(db)
                if value is not None:
                    Preference.insert(name=key, value=json.dumps(value), updated=now).execute(db)
            audit.record(db, actor, deed, "setting", **values)


def _typed(key: str, value: Any, tools: Mapping[str, str]) -> Any:
    """Give a value of the type of its setting, from that type or from text."""
    if value is None:
        return None
    info = Preferences.model_fields[KEYS[key]]
    if isinstance(value, str) and _text(info.default) != info.default:
        try:
            value = parse(value, key)
        except InvalidRequest as error:
            raise ValidationFailed(error.message, details=error.details) from error
    try:
        checked = Preferences.model_validate({key: value}, by_alias=True)
    except ValidationError as error:
        raise _refusal(details_of(error, Preferences)) from error
    typed = getattr(checked, KEYS[key])
    return _tool_ids(typed, tools) if key == "disabledTools" else typed


def _tool_ids(names: list[str], tools: Mapping[str, str]) -> list[str]:
    for name in names:
        if name not in tools:
            near = difflib.get_close_matches(name[:_SHOWN], tools, n=1)
            hint = f"'{near[0]}'" if near else "the id of an installed tool"
            raise _refusal(
                [{"field": "disabledTools", "expected": hint, "received": f"'{name[:_SHOWN]}'"}]
            )
    return sorted({tools[name] for name in names})


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)


def _near(key: str) -> list[str]:
    return difflib.get_close_matches(key[:_SHOWN], KEYS, n=1)


def _unknown(key: str) -> ValidationFailed:
    settable = [name for name in KEYS if name not in MANAGED]
    near = [name for name in _near(key) if name in settable]
    return _refusal(
        [
            {
                "field": key[:_SHOWN],
                "expected": f"'{near[0]}'" if near else f"one of {', '.join(settable)}",
                "received": f"the name '{key[:_SHOWN]}'",
            }
        ]
    )


def _refusal(details: list[Detail]) -> ValidationFailed:
    first = details[0]
    return ValidationFailed(
        f"Expected {first['expected']} for '{first['field']}' but received {first['received']}.",
        details=details,
    )
