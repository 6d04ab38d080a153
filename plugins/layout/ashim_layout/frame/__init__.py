"""What a frame is made of: pieces around a picture, paint, round corners and a shadow."""
