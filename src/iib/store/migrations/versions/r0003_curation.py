"""Adds the tables of curation: tag groups, ratings, flags, albums, saved searches, pending links, change log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _link(name: str, parent: str, *, key: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{parent}.id", ondelete="CASCADE"), primary_key=key)


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table("tag_group", _link("tag_id", "tag"), sa.Column("name", sa.Text, nullable=False))
    op.create_table("tag_use", _link("tag_id", "tag"), sa.Column("used_ns", sa.BigInteger, nullable=False))
    op.create_table("tag_refusal", _link("tag_id", "tag"), _link("media_id", "media"), sqlite_with_rowid=False)
    op.create_index("ix_tag_refusal_media", "tag_refusal", ["media_id"])
    op.create_table(
        "pending_link",
        sa.Column("path_key", sa.Text, primary_key=True),
        _link("tag_id", "tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pending_link_tag", "pending_link", ["tag_id"])
    op.create_table(
        "mark",
        _link("media_id", "media"),
        sa.Column("rating", sa.SmallInteger, nullable=False),
        sa.Column("flag", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "album",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("cover_id", sa.Integer, nullable=True),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "album_item",
        _link("album_id", "album"),
        _link("media_id", "media"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_album_item_position", "album_item", ["album_id", "position"])
    op.create_index("ix_album_item_media", "album_item", ["media_id"])
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("is_undone", sa.Boolean, nullable=False),
        sa.Column("steps", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
