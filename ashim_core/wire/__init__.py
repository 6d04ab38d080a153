"""What travels as JSON: bodies and records, JSON from strangers, and what is wrong with either."""
