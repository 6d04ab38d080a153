"""Pipelines that people keep under a name."""

from typing import Any

from peewee import (
    CharField,
    Database,
    DoubleField,
    ForeignKeyField,
    Model,
    MySQLDatabase,
    TextField,
)


class User(Model):
    id = CharField(32, primary_key=True)

    class Meta:
        table_name = "users"


class Pipeline(Model):
    id = CharField(32, primary_key=True)
    owner = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(100)
    description = TextField()
    steps = TextField()
    created = DoubleField()
    updated = DoubleField()

    class Meta:
        table_name = "pipelines"


def up(migrator: Any, db: Database) -> None:
    """Make the table."""
    if isinstance(db, MySQLDatabase):
        Pipeline._meta.table_settings = "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    with db.bind_ctx([User, Pipeline]):
        db.create_tables([Pipeline])
