"""The colours of a picture, as few of them."""
