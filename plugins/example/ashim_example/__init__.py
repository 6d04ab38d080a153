"""The example to copy."""
