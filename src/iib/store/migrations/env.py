"""Runs the migrations over the connection that `iib.store.sqlite.migrate` passes to Alembic."""

from __future__ import annotations

from alembic import context

from iib.store.schema.core import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
