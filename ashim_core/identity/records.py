"""What the API takes and gives about identity. Passwords and tokens come in here and never out."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from ashim_core.policy import Permission
from ashim_core.wire.bodies import Body, Name, OneLine, Record

PASSWORD_MIN, PASSWORD_MAX = 8, 256


def moment(seconds: float) -> datetime:
    """Give a moment of the database, in seconds since the epoch, as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def maybe_moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def comparable(password: str) -> str:
    """Bring a password to the form in which keyboards and systems agree (NFKC, RFC 8265)."""
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        raise ValueError("expected a password without control characters")
    return unicodedata.normalize("NFKC", password)


Username = Annotated[
    str,
    Field(
        min_length=3,
        max_length=50,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="3 to 50 of the letters a to z, digits, '.', '-' and '_'",
    ),
]


def _of_right_length(password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise ValueError(f"expected {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    return password


NewPassword = Annotated[
    str,
    AfterValidator(comparable),
    AfterValidator(_of_right_length),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": PASSWORD_MIN,
            "maxLength": PASSWORD_MAX,
            "description": f"{PASSWORD_MIN} to {PASSWORD_MAX} characters; no common password.",
        }
    ),
]
GivenPassword = Annotated[
    str, Field(min_length=1, max_length=PASSWORD_MAX), AfterValidator(comparable)
]


class Login(Body):
    """Name and password."""

    username: Annotated[str, Field(min_length=1, max_length=100), OneLine]
    password: GivenPassword
    cookie: bool = Field(
        default=False,
        description="For pages: keep the token in a cookie that no script can read, and don't "
        "answer with it.",
    )


class PasswordChange(Body):
    """One's own password, old and new."""

    current_password: GivenPassword
    new_password: NewPassword


class PasswordReset(Body):
    """A password for somebody else, who changes it at the next login."""

    new_password: NewPassword


class NewUser(Body):
    """An account to be made."""

    username: Username
    password: NewPassword
    role: Name = Field(default="user", description="Name of a role.")
    team: Name | None = Field(default=None, description="Name or id of a team; unset: Default.")


class UserChange(Body):
    """What shall be different about an account."""

    role: Name | None = Field(default=None, description="Name of a role.")
    team: Name | None = Field(default=None, description="Name or id of a team.")


class UserRecord(Record):
    """An account, as those who manage accounts see it."""

    id: str
    username: str
    role: str
    team: str
    must_change_password: bool
    created_at: datetime


class UserList(Record):
    """All accounts. `maxUsers` is 0 when there may be any number."""

    users: list[UserRecord]
    max_users: int


class Me(Record):
    """The account of whoever asks, with what it may do."""

    id: str
    username: str
    role: str
    team: str
    team_name: str = Field(description="The same as `team`.")
    permissions: list[Permission]
    must_change_password: bool


class LoginAnswer(Record):
    """The token is shown this once; send it as `Authorization: Bearer <token>`.

    There is none where a cookie has it.
    """

    token: str | None = Field(default=None, exclude_if=lambda token: token is None)
    user: Me
    expires_at: datetime


class SessionAnswer(Record):
    """Whose session it is. `expiresAt` is null where nobody is asked to sign in."""

    user: Me
    expires_at: datetime | None


class SessionRecord(Record):
    """One login of one's own."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ip_address: str | None
    current: bool


class SessionList(Record):
    """All logins of one's own that have not ended."""

    sessions: list[SessionRecord]


class NewKey(Body):
    """An API key to be made."""

    name: Annotated[str, Field(max_length=100), OneLine, AfterValidator(str.strip)] = (
        "Default API Key"
    )
    permissions: list[Permission] | None = Field(
        default=None,
        min_length=1,
        description="What the key may do, at most what its owner may; unset: all of it.",
    )
    expires_at: Annotated[datetime, Field(strict=False)] | None = Field(
        default=None, description="When it stops working; unset: never."
    )


class KeyRecord(Record):
    """An API key, without the key itself."""

    id: str
    name: str
    prefix: str = Field(description="The first characters of the key.")
    permissions: list[str] | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class KeyList(Record):
    """API keys."""

    api_keys: list[KeyRecord]


class CreatedKey(KeyRecord):
    """A new API key. `key` is shown this once."""

    key: str


class TeamBody(Body):
    """What a team is called."""

    name: Name


class CreatedTeam(Record):
    """A new team."""

    id: str
    name: str


class TeamRecord(CreatedTeam):
    """A team and how many belong to it."""

    member_count: int
    created_at: datetime


class TeamList(Record):
    """All teams."""

    teams: list[TeamRecord]


RoleName = Annotated[
    str,
    Field(
        min_length=2,
        max_length=30,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="2 to 30 of the letters a to z, digits, '-' and '_'; kept in lower case",
    ),
    AfterValidator(str.lower),
]
Permissions = Annotated[list[Permission], Field(min_length=1)]


class NewRole(Body):
    """A role to be made."""

    name: RoleName
    description: Annotated[str, Field(max_length=500), OneLine] = ""
    permissions: Permissions


class RoleChange(Body):
    """What shall be different about a role."""

    name: RoleName | None = None
    description: Annotated[str, Field(max_length=500), OneLine] | None = None
    permissions: Permissions | None = None


class CreatedRole(Record):
    """A role."""

    id: str
    name: str
    description: str
    permissions: list[str]
    is_builtin: bool


class RoleRecord(CreatedRole):
    """A role and how many have it."""

    user_count: int
    created_at: datetime
    updated_at: datetime


class RoleList(Record):
    """All roles, the built-in ones first."""

    roles: list[RoleRecord]
