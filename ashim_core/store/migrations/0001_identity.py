"""Accounts, sessions, keys, teams, roles, preferences and the audit log."""

from typing import Any

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    Database,
    DoubleField,
    ForeignKeyField,
    Model,
    MySQLDatabase,
    TextField,
)


class Team(Model):
    id = CharField(32, primary_key=True)
    name = CharField(100)
    name_key = CharField(100, unique=True)
    created = DoubleField()

    class Meta:
        table_name = "teams"


class Role(Model):
    id = CharField(32, primary_key=True)
    name = CharField(100, unique=True)
    description = TextField()
    permissions = TextField()
    builtin = BooleanField()
    created = DoubleField()
    updated = DoubleField()

    class Meta:
        table_name = "roles"


class User(Model):
    id = CharField(32, primary_key=True)
    username = CharField(100)
    username_key = CharField(100, unique=True)
    password_hash = CharField(255, null=True)
    role = ForeignKeyField(Role, on_delete="RESTRICT")
    team = ForeignKeyField(Team, on_delete="RESTRICT")
    must_change_password = BooleanField()
    password_is_default = BooleanField()
    builtin = BooleanField()
    created = DoubleField()

    class Meta:
        table_name = "users"


class Session(Model):
    id = CharField(32, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(64, unique=True)
    created = DoubleField()
    expires = DoubleField(index=True)
    last_used = DoubleField()
    ip_address = CharField(64, null=True)

    class Meta:
        table_name = "sessions"


class ApiKey(Model):
    id = CharField(32, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(100)
    key_hash = CharField(64, unique=True)
    prefix = CharField(16)
    permissions = TextField(null=True)
    created = DoubleField()
    expires = DoubleField(null=True)
    last_used = DoubleField(null=True)

    class Meta:
        table_name = "api_keys"


class Preference(Model):
    name = CharField(100, primary_key=True)
    value = TextField()
    updated = DoubleField()

    class Meta:
        table_name = "preferences"


class AuditEntry(Model):
    id = BigAutoField()
    actor_id = CharField(32, null=True)
    actor_username = CharField(100)
    action = CharField(40, index=True)
    target_type = CharField(40)
    target_id = CharField(100, null=True)
    details = TextField(null=True)
    ip_address = CharField(64, null=True)
    created = DoubleField(index=True)

    class Meta:
        table_name = "audit_log"


class Turn(Model):
    id = CharField(32, primary_key=True)

    class Meta:
        table_name = "turns"


TABLES = (Team, Role, User, Session, ApiKey, Preference, AuditEntry, Turn)


def up(migrator: Any, db: Database) -> None:
    """Make the tables, and the row that writers queue at."""
    if isinstance(db, MySQLDatabase):
        for table in TABLES:
            # Its default takes "cafe" and "café" for the same.
            table._meta.table_settings = "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
        if not Turn.select().exists():
            Turn.insert(id="writers").execute()
