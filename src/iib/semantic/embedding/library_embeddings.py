"""The embeddings of one library: normalisation rules, embedding models and vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from iib.semantic.embedding.prompt_text import PromptText
from iib.semantic.embedding.registry import ModelRegistry
from iib.semantic.embedding.vectors import LibraryVectors
from iib.semantic.providers.http import AiService
from iib.settings import AiSettings
from iib.store import Store


@dataclass(frozen=True, slots=True)
class LibraryEmbeddings:
    """Objects shared by search, clustering and `similar:`. `SemanticService.close` closes `service`."""

    text: PromptText
    service: AiService
    models: ModelRegistry
    vectors: LibraryVectors

    @staticmethod
    def of(store: Store, settings: AiSettings, clock: Callable[[], float] = time.time) -> LibraryEmbeddings:
        """The embeddings of a store. Neither reads the store nor connects to a service."""
        text = PromptText(settings.normalize, settings.normalize_mode)
        service = AiService(settings)
        return LibraryEmbeddings(
            text, service, ModelRegistry(store, settings, service, text, clock), LibraryVectors(store)
        )
