"""Tables of curation: tag groups, ratings, flags, albums, saved searches, and the change log that reverts them.

The primary key always comes first, and no row refers to rows that a rebuild deletes.
"""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.schema.core import metadata


def _tag_id() -> sa.Column[int]:
    return sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)


def _media_id() -> sa.Column[int]:
    return sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)


# The highest id ever used, by table: a deleted row may be restored under its id.
counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

tag_group = sa.Table("tag_group", metadata, _tag_id(), sa.Column("name", sa.Text, nullable=False))

tag_use = sa.Table("tag_use", metadata, _tag_id(), sa.Column("used_ns", sa.BigInteger, nullable=False))

# A person removed this tag from this file: no rule adds it again.
tag_refusal = sa.Table("tag_refusal", metadata, _tag_id(), _media_id(), sqlite_with_rowid=False)
sa.Index("ix_tag_refusal_media", tag_refusal.c.media_id)

# Imported links of files that are not indexed yet; the path is in the form of `path_key`.
pending_link = sa.Table(
    "pending_link",
    metadata,
    sa.Column("path_key", sa.Text, primary_key=True),
    _tag_id(),
    sqlite_with_rowid=False,
)
sa.Index("ix_pending_link_tag", pending_link.c.tag_id)

mark = sa.Table(
    "mark",
    metadata,
    _media_id(),
    sa.Column("rating", sa.SmallInteger, nullable=False),  # 0-5
    sa.Column("flag", sa.SmallInteger, nullable=False),  # see `Flag`
)

album = sa.Table(
    "album",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("cover_id", sa.Integer, nullable=True),  # a media id; ignored if it is not in the album
    sa.Column("created_ns", sa.BigInteger, nullable=False),
)

album_item = sa.Table(
    "album_item",
    metadata,
    sa.Column("album_id", sa.Integer, sa.ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
    _media_id(),
    sa.Column("position", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
sa.Index("ix_album_item_position", album_item.c.album_id, album_item.c.position)
sa.Index("ix_album_item_media", album_item.c.media_id)

saved_search = sa.Table(
    "saved_search",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("query", sa.Text, nullable=False),  # JSON text
    sa.Column("created_ns", sa.BigInteger, nullable=False),
)

change = sa.Table(
    "change",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),  # number of changed rows
    sa.Column("is_undone", sa.Boolean, nullable=False),
    sa.Column("steps", sa.LargeBinary, nullable=False),  # zlib-compressed JSON, see `change_recorder`
    sqlite_autoincrement=True,
)
