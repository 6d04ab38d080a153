"""What splitting is made of: where the cuts are, and what the parts are called."""
