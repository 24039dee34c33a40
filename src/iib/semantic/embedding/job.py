"""Embeds the files of a scope: existing embeddings are reused, each distinct text is embedded once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from iib.model import FolderId, MediaId
from iib.semantic.embedding.model import Check, EmbeddedBatch, EmbeddingModel
from iib.semantic.embedding.prompt_text import PromptText, source_hash, text_hash
from iib.semantic.embedding.vectors import pack_vector
from iib.store import EmbeddingLinkRow, Store


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """Options of embedding. Embeddings and failures older than `force_before` (seconds since the epoch) are made again.

    A job that resumes after a restart passes the time of its first start, so that no text is paid for twice.
    """

    force_before: float = 0.0
    batch_size: int = 64
    max_chars: int = 4000


@dataclass(slots=True)
class EmbedCounts:
    """Counters in files. `to_embed` had no embedding before; `embedded_done` of these are done or failed by now."""

    scanned: int = 0
    to_embed: int = 0
    embedded_done: int = 0
    updated: int = 0
    skipped: int = 0
    skipped_failed: int = 0
    failed: int = 0
    batch_n: int = 0


@dataclass(slots=True)
class _TextToEmbed:
    """A distinct text and its files, as (media id, source hash)."""

    text: str
    files: list[tuple[MediaId, bytes]] = field(default_factory=list)


Report = Callable[[EmbedCounts], None]


class Embedder:
    """Embeds texts with one model at a time. Safe to interrupt: every batch is stored at once."""

    def __init__(self, store: Store, prompt_text: PromptText, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._text = prompt_text
        self._clock = clock

    def ensure(
        self,
        folders: Sequence[FolderId],
        model: EmbeddingModel,
        options: EmbedOptions,
        *,
        check: Check,
        report: Report,
    ) -> EmbedCounts:
        """Embed all files of the folders without an embedding. Raises `ProviderError`; stored batches remain."""
        counts = EmbedCounts()
        pending = self._collect(folders, model, options, counts, check)
        report(counts)
        ordered = sorted(pending)  # by hash: batches do not depend on the order of files
        items = [(digest, pending[digest]) for digest in ordered]
        texts = [item.text for _digest, item in items]
        for batch in model.embed(texts, batch_size=options.batch_size, check=check):
            self._store_batch(model.model_id, batch, items, counts)
            report(counts)
        return counts

    def _collect(
        self,
        folders: Sequence[FolderId],
        model: EmbeddingModel,
        options: EmbedOptions,
        counts: EmbedCounts,
        check: Check,
    ) -> dict[bytes, _TextToEmbed]:
        """Texts to embed, by hash. Files whose text has an embedding are linked to it at once."""
        pending: dict[bytes, _TextToEmbed] = {}
        fingerprint = self._text.fingerprint
        with self._store.read() as unit:
            for block in unit.embeddings.iter_texts(folders):
                check()
                with self._store.read() as side:
                    links = side.embeddings.links_by_media(model.model_id, [media_id for media_id, _text in block])
                fresh: dict[bytes, _TextToEmbed] = {}
                for media_id, stored in block:
                    source = source_hash(fingerprint, options.max_chars, stored)
                    if _is_embedded(links.get(media_id), source, options, counts):
                        continue
                    text = self._text.of(stored, options.max_chars)
                    if text:
                        digest = text_hash(fingerprint, text)
                        fresh.setdefault(digest, _TextToEmbed(text)).files.append((media_id, source))
                        counts.scanned += 1
                for digest, item in self._unlinked(model.model_id, fresh, options, counts).items():
                    pending.setdefault(digest, _TextToEmbed(item.text)).files.extend(item.files)
        return pending

    def _unlinked(
        self, model_id: int, fresh: dict[bytes, _TextToEmbed], options: EmbedOptions, counts: EmbedCounts
    ) -> dict[bytes, _TextToEmbed]:
        """The texts without an embedding; files of the other texts are linked to the existing embeddings."""
        with self._store.read() as unit:
            embeddings_by_hash = unit.embeddings.embeddings_by_hash(model_id, list(fresh), since=options.force_before)
        links: list[tuple[MediaId, bytes, int]] = []
        unlinked: dict[bytes, _TextToEmbed] = {}
        for digest, item in fresh.items():
            counts.to_embed += len(item.files)
            existing = embeddings_by_hash.get(digest)
            if existing is None:
                unlinked[digest] = item
                continue
            links += [(media_id, source, existing[0]) for media_id, source in item.files]
            counts.embedded_done += len(item.files)
            if existing[1]:
                counts.updated += len(item.files)
            else:
                counts.skipped_failed += len(item.files)
        if links:
            with self._store.write() as write:
                write.embeddings.link(model_id, links)
        return unlinked

    def _store_batch(
        self, model_id: int, batch: EmbeddedBatch, ordered: Sequence[tuple[bytes, _TextToEmbed]], counts: EmbedCounts
    ) -> None:
        rows: list[tuple[bytes, bytes | None, str | None]] = [
            (ordered[number][0], pack_vector(vector), None)
            for number, vector in zip(batch.done, batch.vectors, strict=True)
        ]
        rows += [(ordered[number][0], None, reason) for number, reason in batch.failed]
        with self._store.write() as write:
            ids = write.embeddings.save_vectors(model_id, rows, self._clock())
            numbers = (*batch.done, *(number for number, _reason in batch.failed))
            write.embeddings.link(
                model_id,
                [
                    (media_id, source, ids[ordered[number][0]])
                    for number in numbers
                    for media_id, source in ordered[number][1].files
                ],
            )
        done = sum(len(ordered[number][1].files) for number in batch.done)
        failed = sum(len(ordered[number][1].files) for number, _reason in batch.failed)
        counts.updated += done
        counts.failed += failed
        counts.embedded_done += done + failed
        counts.batch_n = len(rows)


def _is_embedded(link: EmbeddingLinkRow | None, source: bytes, options: EmbedOptions, counts: EmbedCounts) -> bool:
    if link is None or link.source_hash != source or options.force_before:
        return False
    counts.scanned += 1
    if link.is_good:
        counts.skipped += 1
    else:
        counts.skipped_failed += 1
    return True
