"""Paired measurements of what ashim costs: `python -m tests.benchmarks --help`."""
