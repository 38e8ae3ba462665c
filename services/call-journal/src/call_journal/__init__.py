"""Projects call events into PostgreSQL and serves the Calls section."""
