"""Reads and writes embeddings and the models that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from iib.model import FolderId, MediaId
from iib.store.repositories.base import Repository, below, chunked
from iib.store.repositories.media.media import VISIBLE, join_path
from iib.store.schema.core import (
    embedding,
    folder,
    media,
    media_embedding,
    media_text,
    semantic_model,
)

BLOCK_ROWS = 2_000  # texts in one block


@dataclass(frozen=True, slots=True)
class EmbeddingModelRow:
    """One version of an embedding model. `calibration` is JSON text, or "" before it was measured."""

    id: int
    engine: str
    name: str
    version: int
    dimensions: int
    calibration: str
    text_count: int
    created_at: float


@dataclass(frozen=True, slots=True)
class EmbeddingLinkRow:
    """The embedding of one media file, and the hash of the text it was made from.

    `is_good` is False if the text could not be embedded.
    """

    source_hash: bytes
    embedding_id: int
    is_good: bool


class EmbeddingRepository(Repository):
    """Reads embedding models, embeddings, and the media and texts that embedding covers."""

    def find_model(self, engine: str, name: str) -> EmbeddingModelRow | None:
        """Return the latest version of a model."""
        statement = (
            sa.select(*_MODEL_COLUMNS)
            .where(semantic_model.c.engine == engine, semantic_model.c.name == name)
            .order_by(semantic_model.c.version.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return EmbeddingModelRow(*row) if row else None

    def find_model_payload(self, model_id: int) -> bytes | None:
        """Return a local model as bytes; None for a remote one."""
        statement = sa.select(semantic_model.c.payload).where(semantic_model.c.id == model_id)
        return self._connection.execute(statement).scalar_one_or_none()

    def ids_of_folders(self, tops: Iterable[str], *, recursive: bool) -> list[FolderId]:
        """Return the ids of these folders, with `recursive` also of all below them, ascending."""
        ids: set[FolderId] = set()
        for top in tops:
            where = below(folder.c.path, top) if recursive else folder.c.path == top
            ids.update(self._connection.execute(sa.select(folder.c.id).where(where)).scalars())
        return sorted(ids)

    def ids_of_all_folders(self) -> list[FolderId]:
        """Return the ids of all folders, ascending."""
        return list(self._connection.execute(sa.select(folder.c.id).order_by(folder.c.id)).scalars())

    def count_texts(self) -> int:
        """Count the visible files with a generation text."""
        statement = (
            sa.select(sa.func.count())
            .select_from(media.join(media_text, media_text.c.media_id == media.c.id))
            .where(VISIBLE, media_text.c.text != "")
        )
        return int(self._connection.execute(statement).scalar_one())

    def ids_of_media(self, folder_ids: Sequence[FolderId]) -> list[MediaId]:
        """Return the ids of the visible files of these folders, ascending."""
        result: list[MediaId] = []
        for chunk in chunked(folder_ids):
            statement = sa.select(media.c.id).where(media.c.folder_id.in_(chunk), VISIBLE)
            result += self._connection.execute(statement).scalars()
        return sorted(result)

    def iter_texts(self, folder_ids: Sequence[FolderId]) -> Iterator[list[tuple[MediaId, str]]]:
        """Yield blocks of (media id, generation text) of the visible files of these folders, by folder and id.

        Files without a text are left out.
        """
        block: list[tuple[MediaId, str]] = []
        for chunk in chunked(folder_ids):
            statement = (
                sa.select(media.c.id, media_text.c.text)
                .select_from(media.join(media_text, media_text.c.media_id == media.c.id))
                .where(media.c.folder_id.in_(chunk), VISIBLE, media_text.c.text != "")
                .order_by(media.c.folder_id, media.c.id)
            )
            for media_id, text in self._connection.execute(statement).yield_per(BLOCK_ROWS):
                block.append((media_id, text))
                if len(block) == BLOCK_ROWS:
                    yield block
                    block = []
        if block:
            yield block

    def links_by_media(self, model_id: int, ids: Sequence[MediaId]) -> dict[MediaId, EmbeddingLinkRow]:
        """Return the links from these media to their embeddings; media without one are left out."""
        result: dict[MediaId, EmbeddingLinkRow] = {}
        for chunk in chunked(ids):
            statement = (
                sa.select(
                    media_embedding.c.media_id,
                    media_embedding.c.source_hash,
                    embedding.c.id,
                    embedding.c.vector.is_not(None),
                )
                .select_from(media_embedding.join(embedding, embedding.c.id == media_embedding.c.embedding_id))
                .where(media_embedding.c.model_id == model_id, media_embedding.c.media_id.in_(chunk))
            )
            for media_id, source, embedding_id, is_good in self._connection.execute(statement):
                result[media_id] = EmbeddingLinkRow(source, embedding_id, bool(is_good))
        return result

    def embeddings_by_hash(
        self, model_id: int, hashes: Sequence[bytes], *, since: float = 0.0
    ) -> dict[bytes, tuple[int, bool]]:
        """Return (embedding id, has a vector) by text hash; hashes without an embedding are left out.

        Embeddings last updated before `since`, in seconds since the epoch, are left out too.
        """
        result: dict[bytes, tuple[int, bool]] = {}
        for chunk in chunked(hashes):
            statement = sa.select(embedding.c.text_hash, embedding.c.id, embedding.c.vector.is_not(None)).where(
                embedding.c.model_id == model_id,
                embedding.c.text_hash.in_(chunk),
                embedding.c.updated_at >= since,
            )
            for digest, embedding_id, is_good in self._connection.execute(statement):
                result[digest] = (embedding_id, bool(is_good))
        return result

    def iter_vectors(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (embedding id, text hash, vector) by id; embeddings without a vector are left out."""
        for chunk in chunked(sorted(ids)):
            statement = (
                sa.select(embedding.c.id, embedding.c.text_hash, embedding.c.vector)
                .where(embedding.c.id.in_(chunk), embedding.c.vector.is_not(None))
                .order_by(embedding.c.id)
            )
            yield from ((row[0], row[1], row[2]) for row in self._connection.execute(statement))

    def list_vectors(self, model_id: int) -> list[tuple[int, bytes]]:
        """Return (embedding id, vector) of all texts of a model that have a vector, by id."""
        rows = self._connection.execute(
            sa.select(embedding.c.id, embedding.c.vector)
            .where(embedding.c.model_id == model_id, embedding.c.vector.is_not(None))
            .order_by(embedding.c.id)
        )
        return [(row[0], row[1]) for row in rows]

    def list_embedded_in(self, model_id: int, folder_ids: Sequence[FolderId]) -> list[tuple[MediaId, int]]:
        """Return (media id, embedding id) of the visible files of these folders with a vector, by media id."""
        result: list[tuple[MediaId, int]] = []
        for chunk in chunked(folder_ids):
            statement = _embedded(model_id, chunk, media.c.id, embedding.c.id)
            result += [(row[0], row[1]) for row in self._connection.execute(statement)]
        return sorted(result)

    def list_embedded(self, model_id: int) -> list[tuple[int, int]]:
        """Return (media id, embedding id) of all files with a vector of this model, by media id.

        Missing files are included.
        """
        rows = self._connection.execute(
            sa.select(media_embedding.c.media_id, media_embedding.c.embedding_id)
            .select_from(media_embedding.join(embedding, embedding.c.id == media_embedding.c.embedding_id))
            .where(media_embedding.c.model_id == model_id, embedding.c.vector.is_not(None))
            .order_by(media_embedding.c.media_id)
        )
        return [(row[0], row[1]) for row in rows]

    def get_state(self, model_id: int, folder_ids: Sequence[FolderId]) -> tuple[int, float]:
        """Return (number of embedded files, time of the latest embedding) of these folders.

        Visible files with a vector are counted; the time is in seconds since the epoch, 0 if there are none.
        """
        count, latest = 0, 0.0
        for chunk in chunked(folder_ids):
            statement = _embedded(model_id, chunk, sa.func.count(), sa.func.max(embedding.c.updated_at))
            chunk_count, newest = self._connection.execute(statement).one()
            count, latest = count + chunk_count, max(latest, newest or 0.0)
        return count, latest

    def paths_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, str]:
        """Return the paths of visible files by media id."""
        result: dict[MediaId, str] = {}
        for chunk in chunked(ids):
            statement = (
                sa.select(media.c.id, folder.c.path, media.c.name)
                .select_from(media.join(folder, folder.c.id == media.c.folder_id))
                .where(media.c.id.in_(chunk), VISIBLE)
            )
            for media_id, folder_path, name in self._connection.execute(statement):
                result[media_id] = join_path(folder_path, name)
        return result


class EmbeddingWriter(EmbeddingRepository):
    """Reads and writes embedding models and embeddings."""

    def add_model(
        self,
        engine: str,
        name: str,
        *,
        version: int,
        dimensions: int,
        calibration: str = "",
        text_count: int = 0,
        payload: bytes | None = None,
        now: float,
    ) -> int:
        """Add a new version of a model and return its id.

        Earlier versions of the model and their embeddings are deleted.
        """
        old = sa.select(semantic_model.c.id).where(semantic_model.c.engine == engine, semantic_model.c.name == name)
        old_ids = list(self._connection.execute(old).scalars())
        result = self._connection.execute(  # before the deletion: no id is ever used twice
            semantic_model.insert().values(
                engine=engine,
                name=name,
                version=version,
                dimensions=dimensions,
                calibration=calibration,
                text_count=text_count,
                payload=payload,
                created_at=now,
            )
        )
        for table in (media_embedding, embedding):
            self._connection.execute(table.delete().where(table.c.model_id.in_(old_ids)))
        self._connection.execute(semantic_model.delete().where(semantic_model.c.id.in_(old_ids)))
        key = result.inserted_primary_key
        assert key is not None  # noqa: S101  (one row was inserted)
        return int(key[0])

    def set_calibration(self, model_id: int, calibration: str) -> None:
        """Store the measured calibration of a model as JSON text."""
        self._connection.execute(
            semantic_model.update().where(semantic_model.c.id == model_id).values(calibration=calibration)
        )

    def save_vectors(
        self, model_id: int, rows: Sequence[tuple[bytes, bytes | None, str | None]], now: float
    ) -> dict[bytes, int]:
        """Store (text hash, vector, problem) rows and return embedding ids by text hash.

        A row has either a vector or the reason why there is none. `now` is in seconds since the epoch.
        """
        self._connection.exec_driver_sql(
            "INSERT INTO embedding(model_id, text_hash, vector, problem, updated_at) VALUES(?, ?, ?, ?, ?) "
            "ON CONFLICT(model_id, text_hash) DO UPDATE SET vector = excluded.vector, problem = excluded.problem, "
            "updated_at = excluded.updated_at",
            [(model_id, digest, vector, problem, now) for digest, vector, problem in rows],
        )
        stored = self.embeddings_by_hash(model_id, [row[0] for row in rows])
        return {digest: embedding_id for digest, (embedding_id, _good) in stored.items()}

    def link(self, model_id: int, rows: Sequence[tuple[MediaId, bytes, int]]) -> None:
        """Store the embeddings of files as (media id, text hash, embedding id) rows.

        Files that no longer have a row are skipped.
        """
        if rows:
            self._connection.exec_driver_sql(
                "INSERT OR REPLACE INTO media_embedding(model_id, media_id, source_hash, embedding_id) "
                "SELECT ?, id, ?, ? FROM media WHERE id = ?",
                [(model_id, source, embedding_id, media_id) for media_id, source, embedding_id in rows],
            )


def _embedded(
    model_id: int, folder_ids: Sequence[FolderId], *columns: sa.ColumnElement[Any]
) -> sa.Select[tuple[Any, ...]]:
    """Select columns of the visible files of these folders that have a vector of this model."""
    linked = media.join(media_embedding, media_embedding.c.media_id == media.c.id)
    return (
        sa.select(*columns)
        .select_from(linked.join(embedding, embedding.c.id == media_embedding.c.embedding_id))
        .where(
            media.c.folder_id.in_(folder_ids),
            VISIBLE,
            media_embedding.c.model_id == model_id,
            embedding.c.vector.is_not(None),
        )
    )


_MODEL_COLUMNS = (
    semantic_model.c.id,
    semantic_model.c.engine,
    semantic_model.c.name,
    semantic_model.c.version,
    semantic_model.c.dimensions,
    semantic_model.c.calibration,
    semantic_model.c.text_count,
    semantic_model.c.created_at,
)
