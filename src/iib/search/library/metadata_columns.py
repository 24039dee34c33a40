"""Numbers of every file in memory, by id, for queries that compare them. Kept like the library's order: a refresh
after a commit touches only the files that changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from iib._lib.cache import Loaded, RevisionCache
from iib._lib.text_folding import fold
from iib.query import Pattern, compile_matcher, extension_of
from iib.search.library.snapshot import REFRESH_LIMIT, Mask
from iib.store import Store

NO_STEPS = -1
Row = Sequence["int | float | str | None"]


@dataclass(frozen=True, slots=True)
class MetadataColumns:
    """By media id. Lacking: steps and duration -1, cfg NaN, `has_seed` False."""

    steps: npt.NDArray[np.int32]
    cfg: npt.NDArray[np.float64]
    seed: npt.NDArray[np.uint64]
    has_seed: Mask
    duration_ms: npt.NDArray[np.int32]
    text_flags: npt.NDArray[np.uint8]
    has_problem: Mask
    extension: npt.NDArray[np.int16]  # a place in `MetadataColumnCache.extensions`
    path_pairs: Mask  # by two bytes of a folded path that follow one another: does any path of the library have them?

    def may_be_in_path(self, needle: str) -> bool:
        """False if no path holds this folded text."""
        return bool(self.path_pairs[_pairs(needle)].all())


class MetadataColumnCache:
    """The columns of one store as of its latest commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, MetadataColumns] = RevisionCache()
        self._codes: dict[str, int] = {"": 0}
        self._ends: dict[str, int] = {}

    def extension_mask(self, columns: MetadataColumns, pattern: Pattern, size: int) -> Mask:
        """Files whose extension matches."""
        test = compile_matcher(pattern, whole=True)
        wanted = [code for name, code in list(self._codes.items()) if test(name)]
        return np.isin(columns.extension[:size], wanted)

    @property
    def is_loaded(self) -> bool:
        """True if `columns` has no more to read than what changed."""
        return self._cache.loaded is not None

    @property
    def extensions(self) -> list[str]:
        """Folded extensions by code."""
        return list(self._codes)

    def columns(self, capacity: int) -> MetadataColumns:
        """Columns for ids below `capacity` at least."""
        return self._cache.get(
            lambda: self._store.revision,
            lambda _revision, previous: self._load(capacity, previous),
            is_sufficient=lambda columns: len(columns.steps) >= capacity,
        )

    def _load(self, capacity: int, previous: Loaded[int, MetadataColumns] | None) -> MetadataColumns:
        changed = self._store.changes_since(previous.revision) if previous is not None else None
        with self._store.read() as unit:
            if previous is None or changed is None or len(changed) > REFRESH_LIMIT:
                fresh = _empty(capacity)
                blocks: Iterable[Sequence[Row]] = unit.media.iter_metadata_columns()
                folders = unit.folders.list_paths()
            else:
                fresh = _grown(previous.value, max(capacity, max(changed, default=0) + 1))
                blocks = unit.media.iter_metadata_columns(sorted(changed))
                folders = unit.folders.list_paths_of_media(sorted(changed))
            fresh.path_pairs[_pairs(fold("\n".join(f"{path}{os.sep}" for path in folders)))] = True
            for block in blocks:
                fresh = self._fill(fresh, block)
        return fresh

    def _extensions(self, names: Sequence[object]) -> list[int]:
        """Codes of the names' extensions: there are few different ends, so each is understood once."""
        codes, ends = self._codes, self._ends
        found = []
        for name in map(str, names):
            end = "" if name.startswith(".") else name[name.rfind(".") :] if "." in name else "/"
            code = ends.get(end)
            if code is None:
                code = codes.setdefault(extension_of(name), len(codes))
                if end:  # a name that begins with dots is a matter for itself
                    ends[end] = code
            found.append(code)
        return found

    def _fill(self, columns: MetadataColumns, rows: Sequence[Row]) -> MetadataColumns:
        if not rows:
            return columns
        ids, steps, cfg, seed, duration_ms, text_flags, problem, names = (
            list(column) for column in zip(*rows, strict=True)
        )
        places = np.asarray(ids, dtype=np.int64)
        highest = int(places.max())
        if highest >= len(columns.steps):
            columns = _grown(columns, highest + 1)
        columns.steps[places] = [NO_STEPS if value is None else value for value in steps]
        columns.cfg[places] = [np.nan if value is None else value for value in cfg]
        columns.has_seed[places] = [value is not None for value in seed]
        signed = np.asarray([0 if value is None else value for value in seed], dtype=np.int64)
        columns.seed[places] = signed.view(np.uint64)
        columns.duration_ms[places] = [NO_STEPS if value is None else min(value, 2**31 - 1) for value in duration_ms]
        columns.text_flags[places] = text_flags
        columns.has_problem[places] = np.asarray(problem, dtype=np.bool_)
        columns.extension[places] = self._extensions(names)
        columns.path_pairs[_pairs(fold(f"{os.sep}{f'{chr(10)}{os.sep}'.join(map(str, names))}"))] = True
        return columns


def _pairs(folded: str) -> npt.NDArray[np.int64]:
    """Every two bytes that follow one another, as a number."""
    codes = np.frombuffer(folded.encode("utf-8", "replace"), dtype=np.uint8).astype(np.int64)
    return (codes[:-1] << 8) | codes[1:]


def _empty(capacity: int) -> MetadataColumns:
    capacity += capacity // 8 + 1024
    return MetadataColumns(
        steps=np.full(capacity, NO_STEPS, dtype=np.int32),
        cfg=np.full(capacity, np.nan),
        seed=np.zeros(capacity, dtype=np.uint64),
        has_seed=np.zeros(capacity, dtype=np.bool_),
        duration_ms=np.full(capacity, NO_STEPS, dtype=np.int32),
        text_flags=np.zeros(capacity, dtype=np.uint8),
        has_problem=np.zeros(capacity, dtype=np.bool_),
        extension=np.zeros(capacity, dtype=np.int16),
        path_pairs=np.zeros(1 << 16, dtype=np.bool_),
    )


def _grown(old: MetadataColumns, capacity: int) -> MetadataColumns:
    """A copy, so that queries under way keep theirs."""
    if capacity <= len(old.steps):
        return MetadataColumns(*(getattr(old, item.name).copy() for item in fields(MetadataColumns)))
    fresh = _empty(capacity)
    for item in fields(MetadataColumns):
        own = getattr(old, item.name)
        getattr(fresh, item.name)[: len(own)] = own
    return fresh
