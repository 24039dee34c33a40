"""What people made: tag groups, ratings, flags, albums, saved searches, and the log by which changes are undone.

The primary key always comes first, and nothing here hangs on anything a rebuild throws away.
"""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.schema.core import metadata


def _tag_id() -> sa.Column[int]:
    return sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)


def _media_id() -> sa.Column[int]:
    return sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)


# Highest id ever given away by table: what was deleted may come back under its id.
counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

tag_group = sa.Table("tag_group", metadata, _tag_id(), sa.Column("name", sa.Text, nullable=False))

tag_use = sa.Table("tag_use", metadata, _tag_id(), sa.Column("used_ns", sa.BigInteger, nullable=False))

# A person took this tag off this file: no rule puts it on again.
tag_refusal = sa.Table("tag_refusal", metadata, _tag_id(), _media_id(), sqlite_with_rowid=False)
sa.Index("ix_tag_refusal_media", tag_refusal.c.media_id)

# Imported links of files that are not indexed yet; the path in the system's comparable form.
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
    sa.Column("cover_id", sa.Integer, nullable=True),  # a media id; ignored when that is not in the album
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
    sa.Column("size", sa.Integer, nullable=False),  # rows it touched
    sa.Column("is_undone", sa.Boolean, nullable=False),
    sa.Column("steps", sa.LargeBinary, nullable=False),  # zlib-compressed JSON, see `recorder`
    sqlite_autoincrement=True,
)
