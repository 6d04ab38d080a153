"""Webhooks: what happens on the server is told to other servers that people name."""
