"""The OpenAPI 3.1 document of a server. Knows no web: the routes come as plain data."""
