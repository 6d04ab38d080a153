"""How the server fares when processes are killed, the disk is full and people compete for it."""
