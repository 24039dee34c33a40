"""Tables of hashes and duplicates. All of it is derived and can be made again from the files."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.schema.core import metadata


def _media_id() -> sa.Column[int]:
    return sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)


# Perceptual hash of a picture, or of the cover of a video. Valid while the file has this time and content hash.
picture_hash = sa.Table(
    "picture_hash",
    metadata,
    _media_id(),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    sa.Column("bits", sa.BigInteger, nullable=True),  # 64 bits, stored as signed; null: cannot be rendered
    sa.Column("certain", sa.SmallInteger, nullable=False),
    sa.Column("colours", sa.LargeBinary, nullable=False),
)

# Hash of the whole file, for files that share size, head and tail with another one.
file_digest = sa.Table(
    "file_digest",
    metadata,
    _media_id(),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
)

duplicate_run = sa.Table(
    "duplicate_run",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("params", sa.Text, nullable=False),  # JSON text
    sa.Column("groups", sa.LargeBinary, nullable=False),  # zlib-compressed JSON, see `iib.duplicates.stored_results`
)
