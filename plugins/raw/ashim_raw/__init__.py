"""Raw pictures of cameras for ashim."""
