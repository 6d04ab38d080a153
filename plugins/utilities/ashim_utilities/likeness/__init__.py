"""How alike pictures are."""
