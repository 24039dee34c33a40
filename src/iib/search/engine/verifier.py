"""Verifies candidates on their real text, in blocks of files.

The database itself searches for plain substrings, which costs a tenth of returning the texts. Python verifies
wildcards, regular expressions, and files whose text folding changes in more than case.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from iib._lib.linear_regex import LinearPattern
from iib._lib.text_folding import fold
from iib.errors import BudgetExceeded
from iib.model import MediaId, TextFlag
from iib.query import Target
from iib.search.engine.compiler import ResolvedNode, ResolvedTextTerm
from iib.search.engine.set_terms import QueryInputs
from iib.search.fulltext.two_workers import TwoWorkers
from iib.search.library.snapshot import Ids, Mask
from iib.search.library.view import View
from iib.search.limits import SearchLimits
from iib.store import ReadUnit, Store, TextBody

MIN_BUDGET_S = 0.001
SEPARATOR = os.sep.encode()
START_ANCHOR = re.compile(r"\^|\\[AbB]")  # in patterns that depend on where a text starts
TOO_SLOW = "this regular expression takes too long; make it simpler"


class Verifier:
    """Verifies files of a view for one query, until its deadline (seconds of `time.monotonic`)."""

    def __init__(
        self, store: Store, workers: TwoWorkers, view: View, inputs: QueryInputs, deadline: float, limits: SearchLimits
    ) -> None:
        self._store = store
        self._workers = workers
        self._view = view
        self._inputs = inputs
        self._deadline = deadline
        self._limits = limits

    def blocks(self, node: ResolvedNode, positions: Ids) -> Iterator[tuple[Ids, Mask]]:
        """Yields (positions, mask of the matching ones) per block in the order of the view; stops at the deadline.

        Raises `BudgetExceeded` if a single file exceeds the remaining time.
        """
        begin, size = 0, self._limits.first_block
        while begin < len(positions):
            if (
                begin and time.monotonic() > self._deadline
            ):  # the first block is always verified, so that every call makes progress
                return
            block = positions[begin : begin + size]
            yield block, self._verify_block(node, self._view.ids[block])
            begin, size = begin + size, min(self._limits.max_block, 2 * size)

    def _verify_block(self, node: ResolvedNode, ids: Ids) -> Mask:
        """Return the mask of the matching files of one block; two threads share a large block."""

        def verify(part: Ids) -> Mask:
            with self._store.read() as unit:
                return node.verify(part, _TextMatcher(unit, self._inputs, self._deadline))

        by_id = np.argsort(ids)  # the order of the database, where neighbours share pages
        is_match = np.empty(len(ids), dtype=np.bool_)
        if len(ids) > self._limits.first_block:
            middle = len(ids) // 2
            is_match[by_id] = np.concatenate(self._workers.run(verify, ids[by_id[:middle]], ids[by_id[middle:]]))
        else:
            is_match[by_id] = verify(ids[by_id])
        return is_match


class _TextMatcher:
    """Matches text terms against texts of one read unit."""

    def __init__(self, unit: ReadUnit, inputs: QueryInputs, deadline: float) -> None:
        self._unit = unit
        self._inputs = inputs
        self._deadline = deadline

    def matches(self, term: ResolvedTextTerm, ids: Ids) -> Mask:
        """Return the mask over `ids` of the files whose text matches the term."""
        is_match = np.zeros(len(ids), dtype=np.bool_)
        rest = np.arange(len(ids))
        if term.is_substring and _is_findable_by_database(term.needle):
            irregular = (
                TextFlag.FOLDING_CHANGES_TEXT | TextFlag.PROMPT_NOT_VERBATIM
                if term.target in (Target.PROMPT, Target.NEGATIVE)
                else TextFlag.FOLDING_CHANGES_TEXT
            )
            matching, undecided = self._ids_containing(ids, term.needle, term.target, irregular)
            is_match = np.isin(ids, matching)
            rest = np.flatnonzero(np.isin(ids, undecided)) if len(undecided) else rest[:0]
        elif term.is_regex and term.target not in (Target.PROMPT, Target.NEGATIVE) and term.regex.linear is not None:
            return np.isin(ids, self._ids_matching_regex(term.regex.linear, term, ids))
        if len(rest):
            matches = self._body_matcher(term)
            media_ids = [MediaId(item) for item in ids[rest].tolist()]
            bodies = self._unit.media_search.bodies_by_id(media_ids)
            is_match[rest] = [item in bodies and matches(item, bodies[item]) for item in media_ids]
        return is_match

    def _ids_containing(
        self, ids: Ids, needle: str, target: Target, irregular: TextFlag
    ) -> tuple[Sequence[int], Sequence[int]]:
        """Return (files that contain the needle, files to verify in Python).

        If no path can contain the needle, only the texts are read: a row of one table instead of three.
        """
        if target is Target.ANY:
            plain, others = self._split_by_path(ids, needle)
            if len(plain):
                return self._unit.fulltext.text_matching_ids(plain.tolist(), needle), others.tolist()
        return self._unit.fulltext.matching_ids(ids.tolist(), needle, target.value, int(irregular))

    def _split_by_path(self, ids: Ids, needle: str) -> tuple[Ids, Ids]:
        """Splits ids into (files in which only the text can contain the needle, other files).

        All files are in the second part while the metadata columns are not loaded.
        """
        columns = self._inputs.cached_metadata_columns
        if columns is None or columns.may_be_in_path(needle):
            return ids[:0], ids
        is_irregular = (columns.text_flags[ids] & int(TextFlag.FOLDING_CHANGES_TEXT)) != 0
        return ids[~is_irregular], ids[is_irregular]

    def _ids_matching_regex(self, pattern: LinearPattern, term: ResolvedTextTerm, ids: Ids) -> list[int]:
        """Return the files in whose text, path or name the pattern occurs, as the target says.

        The name is the end of the path; it is searched separately only if the pattern depends on the start of a text.
        """
        search, target = pattern.found_in_encoded, term.target
        in_text, in_path = target in (Target.ANY, Target.TEXT), target in (Target.ANY, Target.PATH)
        in_name = target is Target.NAME or (
            target is Target.ANY and START_ANCHOR.search(term.pattern.value) is not None
        )
        needle = term.rarest_literal if _is_findable_by_database(term.rarest_literal) else ""
        matching: list[int] = []
        if in_text and needle:
            plain, ids = self._split_by_path(ids, needle)
            texts = self._unit.fulltext.iter_encoded_texts(plain.tolist(), needle)
            matching += [media_id for media_id, text in texts if search(text)]
        return matching + [
            media_id
            for media_id, path, text in self._unit.fulltext.iter_encoded(
                ids.tolist(), needle, int(TextFlag.FOLDING_CHANGES_TEXT)
            )
            if (in_text and search(text))
            or (in_path and search(path))
            or (in_name and search(path[path.rfind(SEPARATOR) + 1 :]))
        ]

    def _body_matcher(self, term: ResolvedTextTerm) -> Callable[[MediaId, TextBody], bool]:
        targets = (Target.PATH, Target.TEXT) if term.target is Target.ANY else (term.target,)
        if not term.is_regex:
            folded = term.folded_matcher
            return lambda item, body: any(folded(fold(self._target_text(item, body, target))) for target in targets)
        pattern = term.regex
        raw_targets = (Target.NAME, *targets) if term.target is Target.ANY else targets
        if pattern.linear is not None:
            return lambda item, body: any(
                pattern.found_in(self._target_text(item, body, target)) for target in raw_targets
            )

        def search(item: MediaId, body: TextBody) -> bool:
            remaining_s = max(MIN_BUDGET_S, self._deadline - time.monotonic())
            try:
                return any(
                    pattern.found_in(self._target_text(item, body, target), remaining_s) for target in raw_targets
                )
            except TimeoutError as error:
                raise BudgetExceeded(TOO_SLOW) from error

        return search

    def _target_text(self, item: MediaId, body: TextBody, target: Target) -> str:
        if target is Target.TEXT:
            return body.text
        if target is Target.PATH:
            return body.path
        if target is Target.NAME:
            return os.path.basename(body.path)  # noqa: PTH119
        text = body.prompt if target is Target.PROMPT else body.negative
        if text is not None:
            return text
        return self._unit.media_search.get_prompts(item)[0 if target is Target.PROMPT else 1]


def _is_findable_by_database(needle: str) -> bool:
    """Returns True if the database can search for this folded needle in texts in which folding changes only the case.

    The database lowers ASCII only, so no other letter of the needle may have a capital.
    """
    return "\0" not in needle and (needle.isascii() or all(char.isascii() or char.upper() == char for char in needle))
