"""A task to its outputs, inside one process. Knows no web and no database."""
