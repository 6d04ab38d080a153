"""Pictures to drawings made of curves."""
