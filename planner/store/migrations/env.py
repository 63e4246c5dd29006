"""Runs the store's migrations on the connection that the program hands over."""

from alembic import context

from planner.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
