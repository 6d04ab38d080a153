"""A client of a running server: its REST API as seen from another machine."""
