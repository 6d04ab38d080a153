"""Colours and sharpness."""
