"""Deciding files on their real text, after the sets have proposed them: whole blocks at a time.

A part of a query is decided only for the files that the parts before it left open. Plain substrings are looked for by
the database itself, which costs a tenth of handing the texts over; files whose text folding reshapes (see
`model.facts.Mark`), wildcards and regular expressions are decided here.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from iib._lib.linear_regex import LinearPattern, compile_pattern
from iib._lib.text_folding import fold
from iib.errors import BudgetExceeded
from iib.model.facts import Mark
from iib.model.media import MediaId
from iib.query.ast import And, Match, Node, Not, Or, Target, TextTerm
from iib.query.patterns import folded_test
from iib.search.compile import Compiler, holds_text
from iib.search.halves import Halves
from iib.search.order import Ids, Mask
from iib.store import Body, ReadUnit, Store

FIRST_BLOCK = 512
MAX_BLOCK = 8_192
MIN_LEFT_S = 0.001
SEPARATOR = os.sep.encode()
BEGINNING = re.compile(r"\^|\\[AbB]")  # in patterns that know where a text begins
TOO_SLOW = "this regular expression takes too long; make it simpler"


def matching(
    store: Store, halves: Halves, compiler: Compiler, node: Node, deadline: float, positions: Ids
) -> Iterator[tuple[Ids, Mask]]:
    """(positions, which of them match) block by block in the order of the view; stops at the deadline.

    Raises `BudgetExceeded` when a single file takes longer than that.
    """

    def decide(ids: Ids) -> Mask:
        with store.read() as unit:
            return _Block(unit, compiler, deadline).decide(node, ids)

    begin, size = 0, FIRST_BLOCK
    while begin < len(positions):
        if begin and time.monotonic() > deadline:  # never without having come further
            return
        block = positions[begin : begin + size]
        ids = compiler.view.ids[block]
        by_id = np.argsort(ids)  # as they lie in the database: neighbours share its pages
        is_match = np.empty(len(block), dtype=np.bool_)
        if len(block) > FIRST_BLOCK:
            middle = len(block) // 2
            is_match[by_id] = np.concatenate(halves.run(decide, ids[by_id[:middle]], ids[by_id[middle:]]))
        else:
            is_match[by_id] = decide(ids[by_id])
        yield block, is_match
        begin, size = begin + size, min(MAX_BLOCK, 2 * size)


class _Block:
    """Decides some files inside one consistent view of the database."""

    def __init__(self, unit: ReadUnit, compiler: Compiler, deadline: float) -> None:
        self._unit = unit
        self._compiler = compiler
        self._deadline = deadline

    def decide(self, node: Node, ids: Ids) -> Mask:
        """Which of these files match."""
        if isinstance(node, And):
            return self._chain(node.parts, ids, stops_at=False)
        if isinstance(node, Or):
            return self._chain(node.parts, ids, stops_at=True)
        if isinstance(node, Not):
            return ~self.decide(node.part, ids)
        if isinstance(node, TextTerm):
            return self._text(node, ids)
        mask = self._compiler.part(node).mask
        return np.ones(len(ids), dtype=np.bool_) if mask is None else mask[ids]

    def _chain(self, parts: Sequence[Node], ids: Ids, *, stops_at: bool) -> Mask:
        """Part after part for the files that no part has settled yet, the cheap ones first."""
        found = np.full(len(ids), not stops_at)
        for part in sorted(parts, key=_cost):
            open_ones = np.flatnonzero(found != stops_at)
            if not len(open_ones):
                break
            found[open_ones] = self.decide(part, ids[open_ones])
        return found

    def _text(self, term: TextTerm, ids: Ids) -> Mask:
        found = np.zeros(len(ids), dtype=np.bool_)
        needle = fold(term.pattern.value)
        rest = np.arange(len(ids))
        if term.pattern.match is Match.CONTAINS and _is_simple(needle):
            odd = Mark.RESHAPED | Mark.APART if term.target in (Target.PROMPT, Target.NEGATIVE) else Mark.RESHAPED
            held, unsure = self._holding(ids, needle, term.target, odd)
            found = np.isin(ids, held)
            rest = np.flatnonzero(np.isin(ids, unsure)) if len(unsure) else rest[:0]
        elif term.pattern.match is Match.REGEX and term.target not in (Target.PROMPT, Target.NEGATIVE):
            linear = compile_pattern(term.pattern.value).linear
            if linear is not None:
                return np.isin(ids, self._found(linear, term, ids))
        if len(rest):
            test = self._test(term)
            asked = [MediaId(item) for item in ids[rest].tolist()]
            bodies = self._unit.media.bodies(asked)
            found[rest] = [item in bodies and test(item, bodies[item]) for item in asked]
        return found

    def _holding(self, ids: Ids, needle: str, target: Target, odd: Mark) -> tuple[Sequence[int], Sequence[int]]:
        """(files that hold the needle, files to be looked at). The text alone is read if no path can hold it: a row of
        one table instead of three."""
        if target is Target.ANY:
            plain, others = self._apart(ids, needle)
            if len(plain):
                return self._unit.fulltext.holding_in_text(plain.tolist(), needle), others.tolist()
        return self._unit.fulltext.holding(ids.tolist(), needle, target.value, int(odd))

    def _apart(self, ids: Ids, needle: str) -> tuple[Ids, Ids]:
        """(files of which only the text can hold the needle, the others). All are others while that is not known."""
        facts = self._compiler.loaded.facts_at_hand
        if facts is None or facts.may_be_in_path(needle):
            return ids[:0], ids
        is_odd = (facts.marks[ids] & int(Mark.RESHAPED)) != 0
        return ids[~is_odd], ids[is_odd]

    def _found(self, pattern: LinearPattern, term: TextTerm, ids: Ids) -> list[int]:
        """Files in which the pattern occurs: in the text, the path or the bare name, as the target says. The name is
        the end of the path, so it is not searched for itself unless the pattern asks where a text begins."""
        search, target = pattern.found_in_encoded, term.target
        in_text, in_path = target in (Target.ANY, Target.TEXT), target in (Target.ANY, Target.PATH)
        in_name = target is Target.NAME or (target is Target.ANY and BEGINNING.search(term.pattern.value) is not None)
        needle = self._compiler.rarest_literal(term)
        if needle is None or not _is_simple(needle):
            needle = ""
        held: list[int] = []
        if in_text and needle:
            plain, ids = self._apart(ids, needle)
            texts = self._unit.fulltext.encoded_texts(plain.tolist(), needle)
            held += [media_id for media_id, text in texts if search(text)]
        return held + [
            media_id
            for media_id, path, text in self._unit.fulltext.encoded(ids.tolist(), needle, int(Mark.RESHAPED))
            if (in_text and search(text))
            or (in_path and search(path))
            or (in_name and search(path[path.rfind(SEPARATOR) + 1 :]))
        ]

    def _test(self, term: TextTerm) -> Callable[[MediaId, Body], bool]:
        targets = (Target.PATH, Target.TEXT) if term.target is Target.ANY else (term.target,)
        if term.pattern.match is not Match.REGEX:
            folded = folded_test(term.pattern, whole=False)
            return lambda item, body: any(folded(fold(self._raw(item, body, target))) for target in targets)
        pattern = compile_pattern(term.pattern.value)
        raw_targets = (Target.NAME, *targets) if term.target is Target.ANY else targets
        if pattern.linear is not None:
            return lambda item, body: any(pattern.found_in(self._raw(item, body, target)) for target in raw_targets)

        def search(item: MediaId, body: Body) -> bool:
            left_s = max(MIN_LEFT_S, self._deadline - time.monotonic())
            try:
                return any(pattern.found_in(self._raw(item, body, target), left_s) for target in raw_targets)
            except TimeoutError as error:
                raise BudgetExceeded(TOO_SLOW) from error

        return search

    def _raw(self, item: MediaId, body: Body, target: Target) -> str:
        if target is Target.TEXT:
            return body.text
        if target is Target.PATH:
            return body.path
        if target is Target.NAME:
            return os.path.basename(body.path)  # noqa: PTH119
        own = body.prompt if target is Target.PROMPT else body.negative
        if own is not None:
            return own
        return self._unit.media.prompts(item)[0 if target is Target.PROMPT else 1]


def _is_simple(needle: str) -> bool:
    """True if the database finds this folded needle in texts that folding merely lowers: it lowers ASCII only, so no
    other letter of the needle may have a capital."""
    return "\0" not in needle and (needle.isascii() or all(char.isascii() or char.upper() == char for char in needle))


def _cost(node: Node) -> int:
    """Sets, then substrings, then what is decided one by one."""
    if not holds_text(node):
        return 0
    return 1 if isinstance(node, TextTerm) and node.pattern.match is Match.CONTAINS else 2
