"""Tests that run the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "iib._lib.file_names",
    "iib._lib.lazy_exports",
    "iib._lib.path_relocation",
    "iib._lib.text_folding",
    "iib.access.paths",
    "iib.access.request_origin",
    "iib.api.file_manager",
    "iib.api.http.errors",
    "iib.api.http.ranges",
    "iib.duplicates.hamming",
    "iib.duplicates.stored_results",
    "iib.files.planning.plan",
    "iib.files.planning.sidecars",
    "iib.index.moved_files",
    "iib.index.row_writer",
    "iib.index.scan",
    "iib.media.thumbnails",
    "iib.metadata.carriers.embedded.cbor",
    "iib.metadata.carriers.embedded.exif",
    "iib.metadata.carriers.embedded.id3",
    "iib.metadata.carriers.text_encodings",
    "iib.metadata.derived_tags",
    "iib.metadata.dialects.comfyui.editor.links",
    "iib.metadata.dialects.comfyui.editor.widgets",
    "iib.metadata.dialects.comfyui.graph",
    "iib.metadata.dialects.comfyui.nodes.spec",
    "iib.metadata.dialects.comfyui.operations",
    "iib.metadata.dialects.comfyui.readers.lora",
    "iib.metadata.dialects.comfyui.slots",
    "iib.metadata.dialects.hosted.midjourney",
    "iib.metadata.dialects.invoke.dialect",
    "iib.metadata.dialects.json_values",
    "iib.metadata.dialects.provenance",
    "iib.metadata.dialects.webui.infotext",
    "iib.metadata.json_text",
    "iib.metadata.protocol",
    "iib.metadata.values",
    "iib.metadata.webui_text",
    "iib.model.enums",
    "iib.model.media_types",
    "iib.model.payload",
    "iib.model.record",
    "iib.organise.folder_names",
    "iib.organise.state",
    "iib.plugins.legacy_modules",
    "iib.query.completion",
    "iib.query.evaluate",
    "iib.query.parse",
    "iib.query.patterns",
    "iib.query.required_text",
    "iib.query.values",
    "iib.search.counts.facet_matrix",
    "iib.search.fulltext.searcher",
    "iib.search.library.name_order",
    "iib.search.library.snapshot",
    "iib.search.library.view",
    "iib.semantic.clustering.keywords",
    "iib.semantic.clustering.params",
    "iib.semantic.clustering.titles",
    "iib.semantic.embedding.calibration",
    "iib.semantic.embedding.local.features",
    "iib.semantic.embedding.prompt_text",
    "iib.semantic.embedding.remote",
    "iib.semantic.providers.chat",
    "iib.semantic.scope",
    "iib.settings",
    "iib.store.repositories.base",
    "iib.store.repositories.media.fulltext",
    "iib.store.repositories.media.media",
    "iib.store.repositories.media.media_writer",
    "iib.store.repositories.tags.postings",
    "iib.tags.name_rules",
    "iib.tags.rules",
    "iib.tags.translations",
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
