"""Putting many pictures on one canvas."""
