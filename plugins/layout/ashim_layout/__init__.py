"""Several pictures in one, one in several, and frames."""
