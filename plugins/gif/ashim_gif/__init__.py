"""What is done to animations as films: frames and times, and not only the pixels of each."""
