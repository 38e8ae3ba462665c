"""The HTTP API of the Calls section."""
