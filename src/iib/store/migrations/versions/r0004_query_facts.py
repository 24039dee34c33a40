"""Adds the query values, text flags and folded tag names that queries compare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from iib._lib.text_folding import fold

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("steps", sa.Integer, nullable=True))
    op.add_column("media", sa.Column("cfg", sa.Float, nullable=True))
    op.add_column("media", sa.Column("seed", sa.BigInteger, nullable=True))
    op.add_column("media", sa.Column("marks", sa.SmallInteger, nullable=False, server_default="0"))
    for name in ("prompt_start", "prompt_length", "negative_start", "negative_length"):
        op.add_column("media_text", sa.Column(name, sa.Integer, nullable=True))
    op.create_table(
        "tag_facts",
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("carried", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_tag_facts_folded", "tag_facts", ["folded"])
    connection = op.get_bind()
    carried = connection.execute(
        sa.text(
            "SELECT id, name, coalesce((SELECT sum(size) FROM tag_posting WHERE tag_posting.tag_id = tag.id), 0) "
            "FROM tag WHERE kind <> 'custom'"
        )
    )
    rows = [(tag_id, fold(name), count) for tag_id, name, count in carried]
    if rows:
        connection.exec_driver_sql("INSERT INTO tag_facts(tag_id, folded, carried) VALUES(?, ?, ?)", rows)
