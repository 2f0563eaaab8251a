"""What Alembic runs: the revisions, on the connection that netops.store.revisions hands over."""

from alembic import context

from netops.store.tables import METADATA, is_modelled

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    compare_type=True,
    include_name=is_modelled,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
