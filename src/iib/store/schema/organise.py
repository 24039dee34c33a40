"""The table of requests to organise media, with their previews and results."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.schema.core import metadata

organise_run = sa.Table(
    "organise_run",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("params", sa.Text, nullable=False),  # JSON text
    sa.Column("confirmation", sa.Text, nullable=False),  # JSON text; empty: not confirmed
    sa.Column("preview", sa.LargeBinary, nullable=True),  # packed JSON; null until it is ready
    sa.Column("result", sa.Text, nullable=False),  # JSON text; empty: nothing was moved yet
    sa.Column("message", sa.Text, nullable=False),
)
sa.Index("ix_organise_run_status", organise_run.c.status)
