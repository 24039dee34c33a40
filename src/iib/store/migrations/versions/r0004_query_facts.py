"""Facts that queries compare with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from iib._lib.fold import fold

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media", sa.Column("steps", sa.Integer, nullable=True))
    op.add_column("media", sa.Column("cfg", sa.Float, nullable=True))
    op.add_column("media", sa.Column("seed", sa.BigInteger, nullable=True))
    op.add_column("media", sa.Column("marks", sa.SmallInteger, nullable=False, server_default="0"))
    for name in ("prompt_start", "prompt_length", "negative_start", "negative_length"):
        op.add_column("media_text", sa.Column(name, sa.Integer, nullable=True))
    op.add_column("tag", sa.Column("folded", sa.Text, nullable=False, server_default=""))
    op.add_column("tag", sa.Column("carried", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_tag_folded", "tag", ["folded"])
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE tag SET carried = coalesce("
            "(SELECT sum(size) FROM tag_posting WHERE tag_posting.tag_id = tag.id), 0)"
        )
    )
    names = [(fold(row[1]), row[0]) for row in connection.execute(sa.text("SELECT id, name FROM tag"))]
    if names:
        connection.exec_driver_sql("UPDATE tag SET folded = ? WHERE id = ?", names)
