"""Everything that is kept, as one file, and from there into any kind of database."""
