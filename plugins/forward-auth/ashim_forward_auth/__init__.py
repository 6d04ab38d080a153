"""Names and groups of people, as a proxy in front of the server says them in headers."""
