"""Pipelines: several tools one after the other, as callers define and keep them. Runs nothing."""
