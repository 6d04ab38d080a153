"""Files that people keep on the server, with every version of each."""
