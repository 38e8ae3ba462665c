"""From users' subjects to sockets; keeps nothing that the stream does not have."""
