"""Embedded NATS and PostgreSQL, and the `trunkline` command."""
