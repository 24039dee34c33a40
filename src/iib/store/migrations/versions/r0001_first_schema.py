"""Creates the tables of media, texts, tags, roots, preferences and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "folder",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("folder.id"), nullable=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("mtime_ns", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_folder_parent_id", "folder", ["parent_id"])
    op.create_table(
        "media",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("folder_id", sa.Integer, sa.ForeignKey("folder.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("birth_ns", sa.BigInteger, nullable=False),
        sa.Column("inode", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("width_px", sa.Integer, nullable=True),
        sa.Column("height_px", sa.Integer, nullable=True),
        sa.Column("duration_ms", sa.Integer, nullable=True),
        sa.Column("thumbhash", sa.LargeBinary, nullable=True),
        sa.Column("parser_version", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("missing_since_ns", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("folder_id", "name"),
    )
    op.create_index("ix_media_stamp", "media", ["size_bytes", "mtime_ns"])
    op.create_index("ix_media_newest", "media", ["mtime_ns", "id"])
    op.create_index("ix_media_missing", "media", ["folder_id"], sqlite_where=sa.text("missing_since_ns IS NOT NULL"))
    op.create_index("ix_media_problem", "media", ["id"], sqlite_where=sa.text("problem IS NOT NULL"))
    op.create_index("ix_media_no_thumbhash", "media", ["mtime_ns"], sqlite_where=sa.text("thumbhash IS NULL"))
    op.create_table(
        "media_text",
        sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=True),
        sa.Column("tag_ids", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("color", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("kind", "name"),
    )
    op.create_table(
        "media_tag",
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_media_tag_media", "media_tag", ["media_id", "tag_id"])
    op.create_table(
        "tag_posting",
        sa.Column("tag_id", sa.Integer, primary_key=True),
        sa.Column("zone", sa.Integer, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "root",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "preference", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "status", "stage")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("done", "total", "errors")),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("params_json", sa.Text, nullable=False),
    )
    op.execute(
        "CREATE VIRTUAL TABLE media_fts USING fts5("
        "body, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
    )
    op.execute("INSERT INTO tag(kind, name) VALUES('custom', 'like')")
