"""What a picture file says besides its pixels: found, read and taken out without decoding them."""
