"""The database: its tables, their migrations, and transactions. Knows no web and no rules."""
