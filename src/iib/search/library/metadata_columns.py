"""Holds numeric metadata of every file in memory, by media id, for queries that compare numbers.

A refresh after a commit touches only the changed files, like the snapshot of the library.
"""

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
    """Columns indexed by media id. Missing values: steps and duration -1, cfg NaN, `has_seed` False."""

    steps: npt.NDArray[np.int32]
    cfg: npt.NDArray[np.float64]
    seed: npt.NDArray[np.uint64]
    has_seed: Mask
    duration_ms: npt.NDArray[np.int32]
    text_flags: npt.NDArray[np.uint8]
    has_problem: Mask
    extension: npt.NDArray[np.int16]  # an index into `MetadataColumnCache.extensions`
    path_pairs: Mask  # by pair of consecutive bytes: True if it occurs in a folded path

    def may_be_in_path(self, needle: str) -> bool:
        """Returns False if no path of the library contains this folded text."""
        return bool(self.path_pairs[_byte_pairs(needle)].all())


class MetadataColumnCache:
    """Caches the metadata columns of one store. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, MetadataColumns] = RevisionCache()
        self._code_by_extension: dict[str, int] = {"": 0}
        self._code_by_suffix: dict[str, int] = {}

    def extension_mask(self, columns: MetadataColumns, pattern: Pattern, size: int) -> Mask:
        """Return the mask of the files (ids below `size`) whose extension matches the pattern."""
        test = compile_matcher(pattern, whole=True)
        codes = [code for name, code in list(self._code_by_extension.items()) if test(name)]
        return np.isin(columns.extension[:size], codes)

    @property
    def is_loaded(self) -> bool:
        """True if `columns` has to read changed files only."""
        return self._cache.loaded is not None

    @property
    def extensions(self) -> list[str]:
        """The folded extensions; the position in the list is the code in the column `extension`."""
        return list(self._code_by_extension)

    def columns(self, capacity: int) -> MetadataColumns:
        """Return the columns of the latest commit for ids below `capacity` at least."""
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
                blocks: Iterable[Sequence[Row]] = unit.media_search.iter_metadata_columns()
                folders = unit.folders.list_paths()
            else:
                fresh = _grown(previous.value, max(capacity, max(changed, default=0) + 1))
                blocks = unit.media_search.iter_metadata_columns(sorted(changed))
                folders = unit.folders.list_paths_of_media(sorted(changed))
            fresh.path_pairs[_byte_pairs(fold("\n".join(f"{path}{os.sep}" for path in folders)))] = True
            for block in blocks:
                fresh = self._fill(fresh, block)
        return fresh

    def _extensions(self, names: Sequence[object]) -> list[int]:
        """Return the codes of the extensions of file names; each distinct suffix is parsed once."""
        code_by_extension, code_by_suffix = self._code_by_extension, self._code_by_suffix
        result = []
        for name in map(str, names):
            suffix = "" if name.startswith(".") else name[name.rfind(".") :] if "." in name else "/"
            code = code_by_suffix.get(suffix)
            if code is None:
                code = code_by_extension.setdefault(extension_of(name), len(code_by_extension))
                if suffix:  # names that begin with dots are parsed one by one
                    code_by_suffix[suffix] = code
            result.append(code)
        return result

    def _fill(self, columns: MetadataColumns, rows: Sequence[Row]) -> MetadataColumns:
        if not rows:
            return columns
        ids, steps, cfg, seed, duration_ms, text_flags, problem, names = (
            list(column) for column in zip(*rows, strict=True)
        )
        media_ids = np.asarray(ids, dtype=np.int64)
        highest = int(media_ids.max())
        if highest >= len(columns.steps):
            columns = _grown(columns, highest + 1)
        columns.steps[media_ids] = [NO_STEPS if value is None else value for value in steps]
        columns.cfg[media_ids] = [np.nan if value is None else value for value in cfg]
        columns.has_seed[media_ids] = [value is not None for value in seed]
        signed = np.asarray([0 if value is None else value for value in seed], dtype=np.int64)
        columns.seed[media_ids] = signed.view(np.uint64)
        columns.duration_ms[media_ids] = [NO_STEPS if value is None else min(value, 2**31 - 1) for value in duration_ms]
        columns.text_flags[media_ids] = text_flags
        columns.has_problem[media_ids] = np.asarray(problem, dtype=np.bool_)
        columns.extension[media_ids] = self._extensions(names)
        columns.path_pairs[_byte_pairs(fold(f"{os.sep}{f'{chr(10)}{os.sep}'.join(map(str, names))}"))] = True
        return columns


def _byte_pairs(folded: str) -> npt.NDArray[np.int64]:
    """Return each pair of consecutive bytes as a number below 65,536."""
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
    """Return a copy with at least this capacity, so that running queries can use the old columns."""
    if capacity <= len(old.steps):
        return MetadataColumns(*(getattr(old, item.name).copy() for item in fields(MetadataColumns)))
    fresh = _empty(capacity)
    for item in fields(MetadataColumns):
        column = getattr(old, item.name)
        getattr(fresh, item.name)[: len(column)] = column
    return fresh
