"""Text and pictures on pictures."""
