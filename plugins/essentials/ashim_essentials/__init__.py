"""The everyday tools."""
