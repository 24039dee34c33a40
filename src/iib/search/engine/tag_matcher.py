"""Which tags a name pattern means, and which files carry them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from iib._lib.text_folding import fold
from iib.model import HIDDEN, TagId, TagKind
from iib.query import Facet, FacetTerm, Match, compile_folded_matcher, compile_matcher
from iib.search.library.snapshot import Mask
from iib.search.library.tag_sets import TagSets
from iib.store import ReadUnit, Store

KINDS: dict[Facet, tuple[TagKind, ...]] = {
    Facet.MODEL: (TagKind.MODEL, TagKind.REFINER, TagKind.FURTHER_MODEL),
    Facet.LORA: (TagKind.LORA, TagKind.LYCO),
    Facet.SAMPLER: (TagKind.SAMPLER,),
    Facet.SCHEDULER: (TagKind.HIDDEN_SCHEDULER,),
    Facet.TOOL: (TagKind.HIDDEN_TOOL, TagKind.SOURCE),
}


class TagMatcher:
    """Answers facet terms from the sets of tags."""

    def __init__(self, store: Store, sets: TagSets) -> None:
        self._store = store
        self._sets = sets

    def mask(self, term: FacetTerm, size: int, revision: int) -> Mask:
        """Files (by id) that carry a tag which the term means."""
        with self._store.read() as unit:
            tags = self.tags(term, unit)
        return self.mask_of(tags, size, revision)

    def any_mask(self, facet: Facet, size: int, revision: int) -> Mask:
        """Files that have any name of this facet."""
        with self._store.read() as unit:
            tags = [tag_id for tag_id, _kind, _name in unit.tag_index.list_folded_names(KINDS[facet])]
        return self.mask_of(tags, size, revision)

    def mask_of(self, tags: Iterable[TagId], size: int, revision: int) -> Mask:
        """Files that carry any of these tags."""
        found = np.zeros(size, dtype=np.bool_)
        for tag_id in tags:
            found[self._sets.ids(tag_id, size, revision)] = True
        return found

    def tags(self, term: FacetTerm, unit: ReadUnit) -> list[TagId]:
        """Ids of the tags that the term means."""
        pattern = term.pattern
        exactly = fold(pattern.value) if pattern.match is Match.EXACT else None
        rows = unit.tag_index.list_folded_names(KINDS.get(term.facet), exactly)
        if exactly is None:
            test = (
                compile_matcher(pattern, whole=True)
                if pattern.match is Match.REGEX
                else compile_folded_matcher(pattern, whole=True)
            )
            rows = [row for row in rows if test(row[2])]
        is_any_kind = term.facet is Facet.TAG
        return [tag_id for tag_id, kind, _name in rows if not (is_any_kind and kind.startswith(HIDDEN))]
