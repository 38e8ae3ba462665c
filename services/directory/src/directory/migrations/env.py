"""Alembic's entry: run over the connection that `cti_store.migrate` hands in."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
connection.execute(text("CREATE SCHEMA IF NOT EXISTS directory"))
context.configure(connection=connection, version_table="version", version_table_schema="directory")
with context.begin_transaction():
    context.run_migrations()
