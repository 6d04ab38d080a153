"""What a file says of its picture that its pixels do not."""
