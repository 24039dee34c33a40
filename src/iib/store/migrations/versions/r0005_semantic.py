"""Adds embeddings of prompts, topic titles and clusterings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "semantic_model",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("calibration", sa.Text, nullable=False),
        sa.Column("text_count", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.UniqueConstraint("engine", "name", "version"),
    )
    op.create_table(
        "embedding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model_id", sa.Integer, nullable=False),
        sa.Column("text_hash", sa.LargeBinary, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.UniqueConstraint("model_id", "text_hash"),
    )
    op.create_table(
        "media_embedding",
        sa.Column("model_id", sa.Integer, primary_key=True),
        sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("source_hash", sa.LargeBinary, nullable=False),
        sa.Column("embedding_id", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_media_embedding_media", "media_embedding", ["media_id"])
    op.create_table(
        "topic_title",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "cluster_run",
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("cache_key", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=True),
    )
    op.create_index("ix_cluster_run_cache_key", "cluster_run", ["cache_key"])
