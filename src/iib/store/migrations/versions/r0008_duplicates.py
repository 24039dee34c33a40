"""Adds hashes of pictures and whole files, and the duplicates found with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_hash",
        sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("bits", sa.BigInteger, nullable=True),
        sa.Column("certain", sa.SmallInteger, nullable=False),
        sa.Column("colours", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "file_digest",
        sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "duplicate_run",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("groups", sa.LargeBinary, nullable=False),
    )
