"""The library: files that people keep, each with its versions."""

from typing import Any

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    Database,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    MySQLDatabase,
    TextField,
)


class User(Model):
    id = CharField(32, primary_key=True)

    class Meta:
        table_name = "users"


class File(Model):
    id = CharField(32, primary_key=True)
    owner = ForeignKeyField(User, on_delete="CASCADE")
    chain = CharField(32)
    version = IntegerField()
    newest = BooleanField()
    parent = CharField(32, null=True)
    name = CharField(150)
    name_key = CharField(450)
    media_type = CharField(100)
    size = BigIntegerField()
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    digest = CharField(64, index=True)
    tools = TextField()
    created = DoubleField()

    class Meta:
        table_name = "files"
        indexes = (
            (("chain", "version"), True),
            (("owner", "newest", "created"), False),
            (("newest", "created"), False),
        )


def up(migrator: Any, db: Database) -> None:
    """Make the table."""
    if isinstance(db, MySQLDatabase):
        File._meta.table_settings = "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    with db.bind_ctx([User, File]):
        db.create_tables([File])
