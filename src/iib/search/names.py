"""Which tags a name pattern means, and which files carry them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from iib._lib.fold import fold
from iib.model.facts import FURTHER_MODEL, HIDDEN, SCHEDULER, TOOL
from iib.model.media import TagId
from iib.query.ast import Facet, FacetTerm, Match
from iib.query.patterns import test_of
from iib.search.order import Mask
from iib.search.tags import TagSets
from iib.store import ReadUnit, Store

KINDS: dict[Facet, tuple[str, ...]] = {
    Facet.MODEL: ("Model", "Refiner", FURTHER_MODEL),
    Facet.LORA: ("lora", "lyco"),
    Facet.SAMPLER: ("Sampler",),
    Facet.SCHEDULER: (SCHEDULER,),
    Facet.TOOL: (TOOL, "Source Identifier"),
}
TERMS = "pos"  # by far the most tags: never listed for an exact name


class TagNames:
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
            tags = [tag_id for tag_id, _kind, _name in unit.tags.named(KINDS[facet])]
        return self.mask_of(tags, size, revision)

    def mask_of(self, tags: Iterable[TagId], size: int, revision: int) -> Mask:
        """Files that carry any of these tags."""
        found = np.zeros(size, dtype=np.bool_)
        for tag_id in tags:
            found[self._sets.ids(tag_id, size, revision)] = True
        return found

    def tags(self, term: FacetTerm, unit: ReadUnit) -> list[TagId]:
        """Ids of the tags that the term means."""
        test = test_of(term.pattern, whole=True)
        if term.facet is not Facet.TAG:
            return [tag_id for tag_id, _kind, name in unit.tags.named(KINDS[term.facet]) if test(name)]
        if term.pattern.match is not Match.EXACT:
            rows = unit.tags.named()
            return [tag_id for tag_id, kind, name in rows if not kind.startswith(HIDDEN) and test(name)]
        others = unit.tags.named(without=TERMS)
        found = [tag_id for tag_id, kind, name in others if not kind.startswith(HIDDEN) and test(name)]
        return found + unit.tags.exactly(TERMS, (term.pattern.value.lower(), fold(term.pattern.value)))
