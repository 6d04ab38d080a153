"""Barcodes in pictures."""
