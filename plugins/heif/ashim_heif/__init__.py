"""HEIC and HEIF for ashim."""
