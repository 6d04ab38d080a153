"""Requests that nobody would send, to every route: what comes back is always an answer.

    .venv/bin/python -m tests.fuzz --examples 2000

The strategies are made of our own OpenAPI document. The tests run a few of them, always the same.
"""
