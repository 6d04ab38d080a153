"""The tables, as they are after the last migration.

Ids are random text; moments are seconds since the epoch; `permissions`, `value` and `details` are
JSON. Nothing here is bound to a database: every query names the one it runs on.
"""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

_ID = 32
_NAME = 100
_HASH = 64


class Team(Model):
    """A group of users. `name_key` is the name as it is compared."""

    id = CharField(_ID, primary_key=True)
    name = CharField(_NAME)
    name_key = CharField(_NAME, unique=True)
    created = DoubleField()

    class Meta:
        table_name = "teams"


class Role(Model):
    """A named set of permissions."""

    id = CharField(_ID, primary_key=True)
    name = CharField(_NAME, unique=True)
    description = TextField()
    permissions = TextField()
    builtin = BooleanField()
    created = DoubleField()
    updated = DoubleField()

    class Meta:
        table_name = "roles"


class User(Model):
    """An account.

    password_hash: of argon2, with its parameters and salt; None: nobody can sign in.
    password_is_default: it is the one that every new server has.
    builtin: the account that everybody is when nobody is asked to sign in.
    """

    id = CharField(_ID, primary_key=True)
    username = CharField(_NAME)
    username_key = CharField(_NAME, unique=True)
    password_hash = CharField(255, null=True)
    role = ForeignKeyField(Role, on_delete="RESTRICT", lazy_load=False)
    team = ForeignKeyField(Team, on_delete="RESTRICT", lazy_load=False)
    must_change_password = BooleanField()
    password_is_default = BooleanField()
    builtin = BooleanField()
    created = DoubleField()

    class Meta:
        table_name = "users"


class Session(Model):
    """Somebody who is signed in. `token_hash` is SHA-256 of the token."""

    id = CharField(_ID, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", lazy_load=False)
    token_hash = CharField(_HASH, unique=True)
    created = DoubleField()
    expires = DoubleField(index=True)
    last_used = DoubleField()
    ip_address = CharField(_HASH, null=True)

    class Meta:
        table_name = "sessions"


class ApiKey(Model):
    """A key for programs.

    key_hash: SHA-256 of the key. prefix: its first characters, to tell keys apart.
    permissions: the scope; None: all that the owner's role allows.
    """

    id = CharField(_ID, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE", lazy_load=False)
    name = CharField(_NAME)
    key_hash = CharField(_HASH, unique=True)
    prefix = CharField(16)
    permissions = TextField(null=True)
    created = DoubleField()
    expires = DoubleField(null=True)
    last_used = DoubleField(null=True)

    class Meta:
        table_name = "api_keys"


class Preference(Model):
    """One setting of the server that somebody changed."""

    name = CharField(_NAME, primary_key=True)
    value = TextField()
    updated = DoubleField()

    class Meta:
        table_name = "preferences"


class AuditEntry(Model):
    """Something that somebody did. It outlives both the actor and the target."""

    id = BigAutoField()
    actor_id = CharField(_ID, null=True)
    actor_username = CharField(_NAME)
    action = CharField(40, index=True)
    target_type = CharField(40)
    target_id = CharField(_NAME, null=True)
    details = TextField(null=True)
    ip_address = CharField(_HASH, null=True)
    created = DoubleField(index=True)

    class Meta:
        table_name = "audit_log"


class Turn(Model):
    """The row that writers lock where the database doesn't let them queue by itself."""

    id = CharField(_ID, primary_key=True)

    class Meta:
        table_name = "turns"


class Job(Model):
    """A job that outlives the request that started it.

    tool: the id of its first tool. server: the process that runs it. cancel: it shall end soon.
    error: code, status and message as JSON, of a job that came to nothing.
    claim_key, claim_body: hashes by which the same request finds it again.
    """

    id = CharField(_ID, primary_key=True)
    owner = CharField(_ID, index=True)
    kind = CharField(20)
    tool = CharField(_NAME)
    state = CharField(20, index=True)
    progress = DoubleField()
    message = TextField()
    completed = IntegerField()
    failed = IntegerField()
    total = IntegerField()
    error = TextField(null=True)
    cancel = BooleanField()
    server = CharField(_ID)
    created = DoubleField()
    updated = DoubleField()
    expires = DoubleField(null=True, index=True)
    claim_key = CharField(64, null=True, unique=True)
    claim_body = CharField(64, null=True)

    class Meta:
        table_name = "jobs"


class Pipeline(Model):
    """A pipeline that somebody keeps. `steps` are those of its definition, as JSON."""

    id = CharField(_ID, primary_key=True)
    owner = ForeignKeyField(User, on_delete="CASCADE", lazy_load=False)
    name = CharField(_NAME)
    description = TextField()
    steps = TextField()
    created = DoubleField()
    updated = DoubleField()

    class Meta:
        table_name = "pipelines"


class File(Model):
    """One version of a file in the library.

    chain: the id of the first version of the same file. newest: no other version is later.
    parent: the version that it was made from. name_key: the name as it is searched and sorted.
    digest: SHA-256 of the bytes. tools: ids of what has made it from the first version, as JSON.
    width, height: in pixels, as the picture is seen; None when nobody knows.
    """

    id = CharField(_ID, primary_key=True)
    owner = ForeignKeyField(User, on_delete="CASCADE", lazy_load=False)
    chain = CharField(_ID)
    version = IntegerField()
    newest = BooleanField()
    parent = CharField(_ID, null=True)
    name = CharField(150)
    name_key = CharField(450)
    media_type = CharField(_NAME)
    size = BigIntegerField()
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    digest = CharField(_HASH, index=True)
    tools = TextField()
    created = DoubleField()

    class Meta:
        table_name = "files"
        indexes = (
            (("chain", "version"), True),
            (("owner", "newest", "created"), False),
            (("newest", "created"), False),
        )


class PluginData(Model):
    """A value that a plugin of the server keeps. `id` is its name, a colon, and the key."""

    id = CharField(255, primary_key=True)
    plugin = CharField(50, index=True)
    value = TextField()
    expires = DoubleField(null=True, index=True)

    class Meta:
        table_name = "plugin_data"


MODELS: tuple[type[Model], ...] = (
    Team,
    Role,
    User,
    Session,
    ApiKey,
    Preference,
    AuditEntry,
    Turn,
    Job,
    Pipeline,
    File,
    PluginData,
)
