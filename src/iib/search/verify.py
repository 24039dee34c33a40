"""Deciding single files on their real text, after the sets have proposed them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

import numpy as np

from iib._lib.fold import fold
from iib.errors import BudgetExceeded
from iib.model.media import MediaId
from iib.query.ast import And, Match, Node, Not, Or, Target, TextTerm
from iib.query.patterns import Test, regex_of, test_of
from iib.search.compile import Compiler
from iib.search.order import Ids
from iib.store import Body, ReadUnit, Store

BLOCK = 512
Decide = "Callable[[_File], bool]"


class _File:
    """One file's texts, folded when first needed."""

    __slots__ = ("_any", "_unit", "body", "media_id", "values")

    def __init__(self, media_id: MediaId, body: Body, unit: ReadUnit) -> None:
        self.media_id = media_id
        self.body = body
        self._unit = unit
        self.values: dict[tuple[Target, bool], str] = {}

    def value(self, target: Target, *, folded: bool) -> str:
        """The text of a target other than `ANY`."""
        key = (target, folded)
        known = self.values.get(key)
        if known is None:
            known = fold(self._raw(target)) if folded else self._raw(target)
            self.values[key] = known
        return known

    def _raw(self, target: Target) -> str:
        body = self.body
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
