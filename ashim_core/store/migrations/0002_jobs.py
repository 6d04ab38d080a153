"""Jobs that outlive the request that started them."""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Database,
    DoubleField,
    IntegerField,
    Model,
    MySQLDatabase,
    TextField,
)


class Job(Model):
    id = CharField(32, primary_key=True)
    owner = CharField(32, index=True)
    kind = CharField(20)
    tool = CharField(100)
    state = CharField(20, index=True)
    progress = DoubleField()
    message = TextField()
    completed = IntegerField()
    failed = IntegerField()
    total = IntegerField()
    error = TextField(null=True)
    cancel = BooleanField()
    server = CharField(32)
    created = DoubleField()
    updated = DoubleField()
    expires = DoubleField(null=True, index=True)
    claim_key = CharField(64, null=True, unique=True)
    claim_body = CharField(64, null=True)

    class Meta:
        table_name = "jobs"


def up(migrator: Any, db: Database) -> None:
    """Make the table."""
    if isinstance(db, MySQLDatabase):
        Job._meta.table_settings = "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    with db.bind_ctx([Job]):
        db.create_tables([Job])
