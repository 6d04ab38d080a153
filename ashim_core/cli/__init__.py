"""The command `ashim`."""
