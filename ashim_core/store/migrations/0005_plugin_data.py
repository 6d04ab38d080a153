"""What plugins of the server keep."""

from typing import Any

from peewee import CharField, Database, DoubleField, Model, MySQLDatabase, TextField


class PluginData(Model):
    id = CharField(255, primary_key=True)
    plugin = CharField(50, index=True)
    value = TextField()
    expires = DoubleField(null=True, index=True)

    class Meta:
        table_name = "plugin_data"


def up(migrator: Any, db: Database) -> None:
    """Make the table."""
    if isinstance(db, MySQLDatabase):
        PluginData._meta.table_settings = "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    with db.bind_ctx([PluginData]):
        db.create_tables([PluginData])
