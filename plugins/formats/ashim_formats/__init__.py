"""More picture formats for ashim, one module each."""
