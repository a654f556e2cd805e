"""Alembic's environment, the same for every service: the caller brings connection and metadata."""

from alembic import context

from services.chassis.migrations import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    version_table=VERSION_TABLE,
    # SQLite alters a table by copying it.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    user_module_prefix="services.chassis.columns.",
)
with context.begin_transaction():
    context.run_migrations()
