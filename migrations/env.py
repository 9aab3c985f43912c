"""Alembic's environment: runs on the connection that registry.schema hands over, inside its transaction."""

from alembic import context

from registry.schema import tables

connection = context.config.attributes["connection"]
if connection is None:
    raise SystemExit("Run migrations with `registry migrate`.")
context.configure(connection=connection, target_metadata=tables(), compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
