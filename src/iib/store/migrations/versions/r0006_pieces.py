"""Adds the trigrams as a table, and recreates the full-text index with end marks of texts.

The index is built again in the background.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE media_fts")
    op.execute(
        "CREATE VIRTUAL TABLE media_fts USING fts5("
        "body, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
    )
    op.execute("CREATE VIRTUAL TABLE media_pieces USING fts5vocab(media_fts, row)")
    op.execute("INSERT INTO counter(name, value) SELECT 'fulltext', 0 WHERE EXISTS (SELECT 1 FROM media)")
