"""Finds the tags that a name pattern matches, and the files with these tags."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from iib._lib.text_folding import fold
from iib.model import HIDDEN, TagId, TagKind
from iib.query import Facet, FacetTerm, Match, compile_folded_matcher, compile_matcher
from iib.search.library.snapshot import Mask
from iib.search.library.tag_sets import TagSets
from iib.store import ReadUnit, Store

TAG_KINDS_BY_FACET: dict[Facet, tuple[TagKind, ...]] = {
    Facet.MODEL: (TagKind.MODEL, TagKind.REFINER, TagKind.FURTHER_MODEL),
    Facet.LORA: (TagKind.LORA, TagKind.LYCO),
    Facet.SAMPLER: (TagKind.SAMPLER,),
    Facet.SCHEDULER: (TagKind.HIDDEN_SCHEDULER,),
    Facet.TOOL: (TagKind.HIDDEN_TOOL, TagKind.SOURCE),
}


class TagMatcher:
    """Computes the masks of facet terms from tag sets."""

    def __init__(self, store: Store, tag_sets: TagSets) -> None:
        self._store = store
        self._tag_sets = tag_sets

    def mask(self, term: FacetTerm, size: int, revision: int) -> Mask:
        """Return the mask over media ids of the files with a tag that the term matches."""
        with self._store.read() as unit:
            tags = self._matching_tag_ids(term, unit)
        return self._mask_of_tags(tags, size, revision)

    def any_mask(self, facet: Facet, size: int, revision: int) -> Mask:
        """Return the mask over media ids of the files with any tag of this facet."""
        with self._store.read() as unit:
            tags = [tag_id for tag_id, _kind, _name in unit.tag_index.list_folded_names(TAG_KINDS_BY_FACET[facet])]
        return self._mask_of_tags(tags, size, revision)

    def _mask_of_tags(self, tags: Iterable[TagId], size: int, revision: int) -> Mask:
        """Return the mask over media ids of the files with any of these tags."""
        mask = np.zeros(size, dtype=np.bool_)
        for tag_id in tags:
            mask[self._tag_sets.media_ids(tag_id, size, revision)] = True
        return mask

    def _matching_tag_ids(self, term: FacetTerm, unit: ReadUnit) -> list[TagId]:
        """Return the ids of the tags that the term matches."""
        pattern = term.pattern
        exact_name = fold(pattern.value) if pattern.match is Match.EXACT else None
        rows = unit.tag_index.list_folded_names(TAG_KINDS_BY_FACET.get(term.facet), exact_name)
        if exact_name is None:
            matches = (
                compile_matcher(pattern, whole=True)
                if pattern.match is Match.REGEX
                else compile_folded_matcher(pattern, whole=True)
            )
            rows = [row for row in rows if matches(row[2])]
        is_any_kind = term.facet is Facet.TAG
        return [tag_id for tag_id, kind, _name in rows if not (is_any_kind and kind.startswith(HIDDEN))]
