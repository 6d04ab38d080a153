"""Bytes to pictures and back. Knows no tool and no web."""
