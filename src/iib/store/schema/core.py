"""The schema, once. The same tables serve SQLite now and PostgreSQL later; times are nanoseconds since the epoch.

`media` rows are slim, texts and payloads stand apart: listings and ordering never touch them.
Person-made data (custom tags, roots, preferences) hangs on ids that live as long as the file is known.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

folder = sa.Table(
    "folder",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("folder.id"), nullable=True, index=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),
    sa.Column("mtime_ns", sa.BigInteger, nullable=True),  # of the last complete listing; null: never finished
)

media = sa.Table(
    "media",
    metadata,
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
    sa.Column("thumbhash", sa.LargeBinary, nullable=True),  # empty: tried, cannot be drawn
    sa.Column("parser_version", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text, nullable=True),
    sa.Column("missing_since_ns", sa.BigInteger, nullable=True),
    sa.Column("steps", sa.Integer, nullable=True),
    sa.Column("cfg", sa.Float, nullable=True),
    sa.Column("seed", sa.BigInteger, nullable=True),  # 64 bits, stored as signed
    sa.Column("marks", sa.SmallInteger, nullable=False, server_default="0"),  # see `model.TextFlag`
    sa.UniqueConstraint("folder_id", "name"),
)
sa.Index("ix_media_stamp", media.c.size_bytes, media.c.mtime_ns)
sa.Index("ix_media_newest", media.c.mtime_ns, media.c.id)
# Files that are gone are few: with this index counting the visible ones never touches the rows.
sa.Index("ix_media_missing", media.c.folder_id, sqlite_where=media.c.missing_since_ns.is_not(None))
sa.Index("ix_media_problem", media.c.id, sqlite_where=media.c.problem.is_not(None))
sa.Index("ix_media_no_thumbhash", media.c.mtime_ns, sqlite_where=media.c.thumbhash.is_(None))

media_text = sa.Table(
    "media_text",
    metadata,
    sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),  # generation text in WebUI layout
    sa.Column("payload", sa.LargeBinary, nullable=True),  # zlib-compressed JSON of the GenerationInfo, raw entries too
    sa.Column("tag_ids", sa.LargeBinary, nullable=True),  # derived tags of this file, uint32 each
    # Where in `text` the prompts stand; null: not there, or not in the same words.
    sa.Column("prompt_start", sa.Integer, nullable=True),
    sa.Column("prompt_length", sa.Integer, nullable=True),
    sa.Column("negative_start", sa.Integer, nullable=True),
    sa.Column("negative_length", sa.Integer, nullable=True),
)

tag = sa.Table(
    "tag",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("color", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("kind", "name"),
)

# Of derived tags only: what queries compare, and how many files are in their sets.
tag_facts = sa.Table(
    "tag_facts",
    metadata,
    sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("folded", sa.Text, nullable=False, index=True),
    sa.Column("carried", sa.Integer, nullable=False, server_default="0"),
)

# Person-made tags only, one row a link. Derived tags are sets, see `postings`.
media_tag = sa.Table(
    "media_tag",
    metadata,
    sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
sa.Index("ix_media_tag_media", media_tag.c.media_id, media_tag.c.tag_id)

tag_posting = sa.Table(
    "tag_posting",
    metadata,
    sa.Column("tag_id", sa.Integer, primary_key=True),
    sa.Column("zone", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("ids", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

root = sa.Table(
    "root",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("types", sa.Text, nullable=False),  # joined by "+"
    sa.Column("alias", sa.Text, nullable=False, server_default=""),
)

preference = sa.Table(
    "preference",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON text
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("errors", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("params_json", sa.Text, nullable=False),
)

# Versions of embedding models. Everything derived from one goes when a newer version comes.
semantic_model = sa.Table(
    "semantic_model",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("dimensions", sa.Integer, nullable=False),  # 0: not known yet
    sa.Column("calibration", sa.Text, nullable=False),  # JSON; empty: not measured yet
    sa.Column("text_count", sa.Integer, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("engine", "name", "version"),
)

# One row a distinct text: the same prompt of a hundred files is embedded (and paid) once.
embedding = sa.Table(
    "embedding",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("model_id", sa.Integer, nullable=False),
    sa.Column("text_hash", sa.LargeBinary, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=True),  # float16, unit length; null: the service refused the text
    sa.Column("problem", sa.Text, nullable=True),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.UniqueConstraint("model_id", "text_hash"),
)

media_embedding = sa.Table(
    "media_embedding",
    metadata,
    sa.Column("model_id", sa.Integer, primary_key=True),
    sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("source_hash", sa.LargeBinary, nullable=False),
    sa.Column("embedding_id", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
sa.Index("ix_media_embedding_media", media_embedding.c.media_id)

topic_title = sa.Table(
    "topic_title",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON text
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("lang", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

cluster_run = sa.Table(
    "cluster_run",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("cache_key", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),  # JSON text of counters
    sa.Column("summary", sa.Text, nullable=False),  # JSON text of the result without its members
    sa.Column("members", sa.LargeBinary, nullable=True),  # ids of files, packed; null while it runs
)
sa.Index("ix_cluster_run_cache_key", cluster_run.c.cache_key)

# Groups of keywords that a chat model made; by keywords, model and language.
tag_grouping = sa.Table(
    "tag_grouping",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON text
    sa.Column("created_at", sa.Float, nullable=False),
)

# Contentless full text: only postings are stored. Folded text of path and generation text goes in; see `fold`.
CREATE_FTS = (
    "CREATE VIRTUAL TABLE media_fts USING fts5("
    "body, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
)
CREATE_PIECES = "CREATE VIRTUAL TABLE media_pieces USING fts5vocab(media_fts, row)"  # its trigrams, as a table

# The journal of file operations: written before the disk is touched, read after a crash and for undo.
operation = sa.Table(
    "operation",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),  # part of the names of temporary files
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("keeps_going", sa.Boolean, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("finished_ns", sa.BigInteger, nullable=True),
    sa.Column("undo_of", sa.Integer, nullable=True),
    sa.Column("undone_by", sa.Integer, nullable=True),
)
sa.Index("ix_operation_open", operation.c.id, sqlite_where=operation.c.status == "open")

operation_step = sa.Table(
    "operation_step",
    metadata,
    sa.Column("operation_id", sa.Integer, sa.ForeignKey("operation.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("item", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("is_folder", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

# What lies in the trash folders. It outlives its operation, which the journal forgets after a while.
trash = sa.Table(
    "trash",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("operation_id", sa.Integer, nullable=False),
    sa.Column("item", sa.Integer, nullable=False),
    sa.Column("is_sidecar", sa.Boolean, nullable=False),
    sa.Column("original_path", sa.Text, nullable=False),
    sa.Column("trash_path", sa.Text, nullable=False, unique=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("deleted_ns", sa.BigInteger, nullable=False),
)
sa.Index("ix_trash_deleted", trash.c.deleted_ns, trash.c.id)
sa.Index("ix_trash_item", trash.c.operation_id, trash.c.item)
