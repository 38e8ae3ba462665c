"""Alembic's entry: run over the connection that `cti_store.migrate` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="journal_version")
with context.begin_transaction():
    context.run_migrations()
