"""Deciding single files on their real text, after the sets have proposed them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import numpy as np

from iib._lib.fold import fold
from iib._lib.linear_regex import compile_pattern
from iib.errors import BudgetExceeded
from iib.model.media import MediaId
from iib.query.ast import And, Match, Node, Not, Or, Target, TextTerm
from iib.query.patterns import folded_test
from iib.search.compile import Compiler
from iib.search.order import Ids
from iib.store import Body, ReadUnit, Store

BLOCK = 512
MIN_LEFT_S = 0.001
TOO_SLOW = "this regular expression takes too long; make it simpler"


class _File:
    """One file's texts, folded when first needed."""

    __slots__ = ("_body", "_folded", "_unit", "media_id")

    def __init__(self, media_id: MediaId, body: Body, unit: ReadUnit) -> None:
        self.media_id = media_id
        self._body = body
        self._unit = unit
        self._folded: dict[Target, str] = {}

    def folded(self, target: Target) -> str:
        known = self._folded.get(target)
        if known is None:
            known = self._folded[target] = fold(self.raw(target))
        return known

    def raw(self, target: Target) -> str:
        """The text of any target but `ANY`."""
        body = self._body
        if target is Target.TEXT:
            return body.text
        if target is Target.PATH:
            return body.path
        if target is Target.NAME:
            return os.path.basename(body.path)  # noqa: PTH119
        own = body.prompt if target is Target.PROMPT else body.negative
        if own is not None:
            return own
        return self._unit.media.prompts(self.media_id)[0 if target is Target.PROMPT else 1]


Decision = Callable[[_File], bool]


def matching(
    store: Store, compiler: Compiler, node: Node, positions: Ids, deadline: float
) -> Iterator[tuple[int, bool]]:
    """(position, does it match) for the given positions of the view in order; stops silently at the deadline.

    Raises `BudgetExceeded` when a single file takes longer than that.
    """
    decide = _decision(node, compiler, deadline)
    ids = compiler.view.ids
    for begin in range(0, len(positions), BLOCK):
        if begin and time.monotonic() > deadline:  # never without having come further
            return
        block = positions[begin : begin + BLOCK]
        media_ids = [MediaId(item) for item in ids[block].tolist()]
        with store.read() as unit:
            bodies = unit.media.bodies(media_ids)
            for position, media_id in zip(block.tolist(), media_ids, strict=True):
                body = bodies.get(media_id)
                yield position, body is not None and decide(_File(media_id, body, unit))


def _decision(node: Node, compiler: Compiler, deadline: float) -> Decision:
    if isinstance(node, And | Or):
        parts = [_decision(part, compiler, deadline) for part in node.parts]
        if isinstance(node, And):
            return lambda file: all(part(file) for part in parts)
        return lambda file: any(part(file) for part in parts)
    if isinstance(node, Not):
        inner = _decision(node.part, compiler, deadline)
        return lambda file: not inner(file)
    if isinstance(node, TextTerm):
        return _text_decision(node, deadline)
    mask = compiler.part(node).mask
    if mask is None:
        return lambda _file: True
    known = np.asarray(mask)
    return lambda file: bool(known[file.media_id])


def _text_decision(term: TextTerm, deadline: float) -> Decision:
    targets = (Target.PATH, Target.TEXT) if term.target is Target.ANY else (term.target,)
    if term.pattern.match is not Match.REGEX:
        test = folded_test(term.pattern, whole=False)
        return lambda file: any(test(file.folded(target)) for target in targets)
    pattern = compile_pattern(term.pattern.value)
    raw_targets = (Target.NAME, *targets) if term.target is Target.ANY else targets

    def search(file: _File) -> bool:
        left_s = max(MIN_LEFT_S, deadline - time.monotonic())
        try:
            return any(pattern.found_in(file.raw(target), left_s) for target in raw_targets)
        except TimeoutError as error:
            raise BudgetExceeded(TOO_SLOW) from error

    return search
