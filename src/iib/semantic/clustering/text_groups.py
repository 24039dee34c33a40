"""Reads the embeddings of a scope from the store and groups its files by text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from iib.model import FolderId, MediaId
from iib.semantic.arrays import Floats, Ints
from iib.semantic.clustering.dendrogram_cut import CutRule, cut_dendrogram, direction
from iib.semantic.clustering.linkage import link
from iib.semantic.clustering.titles import SAMPLES
from iib.semantic.embedding.prompt_text import PromptText
from iib.semantic.embedding.vectors import unpack_vector
from iib.store import Store

KEYWORD_TEXTS = 120  # distinct prompts of a cluster that its keywords are taken from


@dataclass(frozen=True, slots=True)
class EmbeddedMedia:
    """The embedded files of a scope by distinct text, in an order that depends on the texts alone.

    `vectors` (n, d) are unit rows; `files[i]` are the files with text `i`, ascending; `state` identifies these
    embeddings.
    """

    vectors: Floats
    files: tuple[tuple[MediaId, ...], ...]
    state: str

    @property
    def sizes(self) -> Ints:
        """The number of files of each text."""
        return np.asarray([len(ids) for ids in self.files], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class TextGroup:
    """A cluster without a title. `texts` are distinct prompts: the most typical one, then a selection of others."""

    members: tuple[MediaId, ...]
    texts: tuple[str, ...]

    @property
    def samples(self) -> tuple[str, ...]:
        """Some of the prompts, for a chat model."""
        step = max(1, len(self.texts) // SAMPLES)
        return (self.texts[0], *self.texts[1::step])[:SAMPLES] if self.texts else ()


def embeddings_state(store: Store, model_id: int, folders: Sequence[FolderId]) -> str:
    """Identifier of the embeddings of a scope, without reading vectors; equal identifiers mean equal clusters."""
    with store.read() as unit:
        return _state(model_id, unit.embeddings.list_embedded_in(model_id, folders))


def load_embedded_media(store: Store, model_id: int, folders: Sequence[FolderId]) -> EmbeddedMedia:
    """Read the embedded files of these folders, with their vectors."""
    with store.read() as unit:
        pairs = unit.embeddings.list_embedded_in(model_id, folders)
        by_text: dict[int, list[MediaId]] = {}
        for media_id, embedding_id in pairs:
            by_text.setdefault(embedding_id, []).append(media_id)
        rows = sorted(
            ((digest, embedding_id, blob) for embedding_id, digest, blob in unit.embeddings.iter_vectors(list(by_text)))
        )
    vectors = np.stack([unpack_vector(blob) for _digest, _id, blob in rows]) if rows else np.zeros((0, 1), np.float32)
    files = tuple(tuple(by_text[embedding_id]) for _digest, embedding_id, _blob in rows)
    return EmbeddedMedia(vectors.astype(np.float32), files, _state(model_id, pairs))


def group_texts(
    embedded: EmbeddedMedia, rule: CutRule, report: Callable[[int, int], None]
) -> tuple[list[list[int]], list[int]]:
    """(clusters, noise) as numbers of texts, with each text in exactly one of them and the largest cluster first.

    `report(done, total)` counts texts and may raise to stop.
    """
    sizes = embedded.sizes
    nonzero = np.flatnonzero(embedded.vectors.any(axis=1))  # a vector of zeros is not near to anything
    tree = link(embedded.vectors[nonzero], sizes[nonzero].astype(np.float32), report)
    groups = [nonzero[leaves] for leaves in cut_dendrogram(tree, sizes[nonzero], rule)]
    groups += [np.asarray([lone]) for lone in np.flatnonzero(~embedded.vectors.any(axis=1))]
    large = [texts for texts in groups if sizes[texts].sum() >= rule.min_cluster_size]
    large.sort(key=lambda texts: (-int(sizes[texts].sum()), int(texts[0])))
    small = [int(number) for texts in groups if sizes[texts].sum() < rule.min_cluster_size for number in texts]
    return [texts.tolist() for texts in large], sorted(small)


def describe_groups(
    store: Store, prompt_text: PromptText, embedded: EmbeddedMedia, groups: Sequence[Sequence[int]], max_chars: int
) -> list[TextGroup]:
    """Members and typical prompts of each group, in the same order; reads the prompts from the store."""
    chosen = [_typical_first(embedded, numbers) for numbers in groups]
    sample_ids = sorted({embedded.files[number][0] for numbers in chosen for number in numbers})
    with store.read() as unit:
        texts = {media_id: text for media_id, (_path, text) in unit.media.texts_by_id(sample_ids).items()}
    return [
        TextGroup(
            tuple(sorted(media_id for number in numbers for media_id in embedded.files[number])),
            tuple(prompt_text.of(texts.get(embedded.files[number][0], ""), max_chars) for number in typical),
        )
        for numbers, typical in zip(groups, chosen, strict=True)
    ]


def _typical_first(embedded: EmbeddedMedia, numbers: Sequence[int]) -> list[int]:
    vectors = embedded.vectors[list(numbers)]
    weights = embedded.sizes[list(numbers)].astype(np.float32)
    center = int((vectors @ direction(vectors, weights)).argmax())
    step = max(1.0, len(numbers) / KEYWORD_TEXTS)
    spread = [numbers[int(position * step)] for position in range(min(len(numbers), KEYWORD_TEXTS))]
    return list(dict.fromkeys([numbers[center], *spread]))


def _state(model_id: int, pairs: Sequence[tuple[MediaId, int]]) -> str:
    table = np.asarray(pairs, dtype="<i8").tobytes()
    return hashlib.sha1(f"{model_id}:".encode() + table).hexdigest()  # noqa: S324  (an identifier, not a secret)
