"""Gives the files of a scope their embeddings: what is known is used again, each distinct text is embedded once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from iib.model import FolderId, MediaId
from iib.semantic.embedding.model import Check, EmbeddedBatch, EmbeddingModel
from iib.semantic.embedding.prompt_text import PromptText, source_hash, text_hash
from iib.semantic.embedding.vectors import pack_vector
from iib.store import LinkRow, Store


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """How to embed. `force_before`: what was embedded (or failed) before this time is embedded again; a job that
    goes on after a restart names the time of its first start, so that nothing is paid twice."""

    force_before: float = 0.0
    batch_size: int = 64
    max_chars: int = 4000


@dataclass(slots=True)
class EmbedCounts:
    """Counted in files. `to_embed` are those that had no embedding; `embedded_done` of these are done or failed."""

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
    """A distinct text and the files that have it."""

    text: str
    files: list[tuple[MediaId, bytes]] = field(default_factory=list)


Report = Callable[[EmbedCounts], None]


class Embedder:
    """Works for one model at a time; safe to interrupt: every batch is stored as soon as it is there."""

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
        """Embed what lacks an embedding. Raises `ProviderError`; what was embedded before stays."""
        counts = EmbedCounts()
        wanted = self._collect(folders, model, options, counts, check)
        report(counts)
        ordered = sorted(wanted)  # by hash: the order of files does not decide what shares a batch
        items = [(digest, wanted[digest]) for digest in ordered]
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
        """Texts to embed by hash. Files whose text is known already are linked at once."""
        wanted: dict[bytes, _TextToEmbed] = {}
        fingerprint = self._text.fingerprint
        with self._store.read() as unit:
            for block in unit.embeddings.iter_texts(folders):
                check()
                with self._store.read() as side:
                    known = side.embeddings.links_by_media(model.model_id, [media_id for media_id, _text in block])
                fresh: dict[bytes, _TextToEmbed] = {}
                for media_id, stored in block:
                    source = source_hash(fingerprint, options.max_chars, stored)
                    if _is_known(known.get(media_id), source, options, counts):
                        continue
                    text = self._text.of(stored, options.max_chars)
                    if text:
                        digest = text_hash(fingerprint, text)
                        fresh.setdefault(digest, _TextToEmbed(text)).files.append((media_id, source))
                        counts.scanned += 1
                for digest, item in self._unlinked(model.model_id, fresh, options, counts).items():
                    wanted.setdefault(digest, _TextToEmbed(item.text)).files.extend(item.files)
        return wanted

    def _unlinked(
        self, model_id: int, fresh: dict[bytes, _TextToEmbed], options: EmbedOptions, counts: EmbedCounts
    ) -> dict[bytes, _TextToEmbed]:
        """Those of these texts that were never embedded; the files of the others get what is there."""
        with self._store.read() as unit:
            known = unit.embeddings.existing_by_hash(model_id, list(fresh), since=options.force_before)
        links: list[tuple[MediaId, bytes, int]] = []
        left: dict[bytes, _TextToEmbed] = {}
        for digest, item in fresh.items():
            counts.to_embed += len(item.files)
            found = known.get(digest)
            if found is None:
                left[digest] = item
                continue
            links += [(media_id, source, found[0]) for media_id, source in item.files]
            counts.embedded_done += len(item.files)
            if found[1]:
                counts.updated += len(item.files)
            else:
                counts.skipped_failed += len(item.files)
        if links:
            with self._store.write() as write:
                write.embeddings.link(model_id, links)
        return left

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


def _is_known(link: LinkRow | None, source: bytes, options: EmbedOptions, counts: EmbedCounts) -> bool:
    if link is None or link.source_hash != source or options.force_before:
        return False
    counts.scanned += 1
    if link.is_good:
        counts.skipped += 1
    else:
        counts.skipped_failed += 1
    return True
