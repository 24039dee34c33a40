"""Finds duplicates in a job, and shows what was found as the files are now."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from iib._lib.cache import LruCache
from iib.duplicates.hamming import MAX_HAMMING_RADIUS
from iib.duplicates.hashing import Hasher, MakePreview
from iib.duplicates.keep_ranking import KeepRanking
from iib.duplicates.near_duplicates import PictureColumns, find_near_duplicates
from iib.duplicates.stored_results import DuplicateParams, Group, Totals, pack, unpack
from iib.errors import BudgetExceeded, Conflict, InvalidRequest, NotFound
from iib.jobs import JobManager, Progress
from iib.model import JobId, Json, MediaId, MediaRow, PictureHash
from iib.query import parse_query
from iib.search import CurationCache, Ids, MetadataColumnCache, QueryEngine, View, ViewCache
from iib.store import DuplicateRunRow, Store

JOB_KIND = "duplicates"
QUERY_BUDGET_S = 600.0
KEPT_RUNS = 2
COLOUR_BYTES = 48  # of a `PictureHash`
MAX_LOOKED = 2_000  # groups a page looks at: where all files are gone, one asks for the next

Kind = Literal["all", "exact", "near"]
Shown = Callable[[Sequence[MediaRow]], Sequence[MediaRow]]


@dataclass(frozen=True, slots=True)
class DuplicateFile:
    """`content` numbers the contents of a group: files with the same number are equal byte for byte. `distance`: in
    how many of 64 bits the picture's hash differs from the keeper's; None where there is no hash."""

    row: MediaRow
    content: int
    distance: int | None
    rating: int
    has_metadata: bool


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """The keeper first, then in the order in which one would keep them; `reason` is the rule that decided."""

    number: int
    is_exact: bool
    reason: str
    files: tuple[DuplicateFile, ...]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """`totals` are those of the time of the search. `following`: where the next page begins; None at the end."""

    job_id: str
    created_at: float
    params: DuplicateParams
    totals: Totals
    groups: tuple[DuplicateGroup, ...]
    following: int | None


class DuplicateService:
    """Owns the job and its results."""

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobManager,
        views: ViewCache,
        engine: QueryEngine,
        facts: MetadataColumnCache,
        curation_cache: CurationCache,
        make_preview: MakePreview,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._views = views
        self._engine = engine
        self._facts = facts
        self._curation_cache = curation_cache
        self._hashes = Hasher(store, make_preview)
        self._clock = clock
        self._runs: LruCache[str, tuple[DuplicateRunRow, Totals, list[Group]]] = LruCache(KEPT_RUNS)
        jobs.register(JOB_KIND, self._job)

    def start(self, params: DuplicateParams) -> JobId:
        """Begin a search, or return the running one of the same question. Raises `InvalidRequest`."""
        parse_query(params.q)
        if not 0 <= params.threshold <= MAX_HAMMING_RADIUS:
            raise InvalidRequest(f"threshold must lie between 0 and {MAX_HAMMING_RADIUS}")
        return self._jobs.start(JOB_KIND, params.dump())

    def page(self, job_id: str | None, kind: Kind, start: int, limit: int, shown: Shown) -> DuplicatePage:
        """Groups of a search (None: the latest), the most wasteful first, from number `start` on; what `shown` leaves
        out does not count. Raises `NotFound`, `Conflict` while the search runs."""
        row, totals, groups = self._run(job_id)
        view = self._views.view()
        merits = KeepRanking.of(view, self._facts, self._curation_cache)
        found: list[DuplicateGroup] = []
        number = max(0, start)
        looked = 0
        while number < len(groups) and len(found) < limit and looked < MAX_LOOKED:
            if kind == "all" or (len(groups[number]) == 1) == (kind == "exact"):
                looked += 1
                group = self._present(number, groups[number], view, merits, shown)
                found += [group] if group is not None else []
            number += 1
        following = number if number < len(groups) else None
        params = DuplicateParams.load(json.loads(row.params))
        return DuplicatePage(row.job_id, row.created_at, params, totals, tuple(found), following)

    def _run(self, job_id: str | None) -> tuple[DuplicateRunRow, Totals, list[Group]]:
        known = self._runs.get(job_id) if job_id is not None else None
        if known is not None:
            return known
        with self._store.read() as unit:
            row = unit.duplicates.find_latest_run() if job_id is None else unit.duplicates.find_run(job_id)
        if row is None:
            if job_id is not None and self._jobs.get(JobId(job_id)).kind == JOB_KIND:  # raises `NotFound`
                raise Conflict(f"this search is {self._jobs.get(JobId(job_id)).status.value}")
            raise NotFound("no search for duplicates has been made")
        totals, groups = unpack(row.groups)
        self._runs.put(row.job_id, (row, totals, groups))
        return row, totals, groups

    def _present(
        self, number: int, contents: Group, view: View, merits: KeepRanking, shown: Shown
    ) -> DuplicateGroup | None:
        """A group as it is now; None when fewer than two of its files are left as they were when they were compared."""
        content_of = {media_id: place for place, ids in enumerate(contents) for media_id in ids}
        visible = [one for one in content_of if one < len(view.rank) and view.rank[one] >= 0]
        with self._store.read() as unit:
            rows = {row.id: row for row in shown(unit.media.list_by_ids([MediaId(one) for one in visible]))}
            hashes = unit.duplicates.picture_hashes_by_media(list(rows))
            digests = unit.duplicates.digests_by_media(list(rows))
        unchanged = {one for ids in contents for one in _unchanged(ids, hashes, digests)}
        rows = {one: row for one, row in rows.items() if one in unchanged}
        if len(rows) < 2:  # noqa: PLR2004  (a pair)
            return None
        ordered = merits.best_first(np.asarray(sorted(rows), dtype=np.int64)).tolist()
        places = {content: place for place, content in enumerate(dict.fromkeys(content_of[one] for one in ordered))}
        files = tuple(
            DuplicateFile(
                row=rows[MediaId(one)],
                content=places[content_of[one]],
                distance=_distance(hashes.get(MediaId(ordered[0])), hashes.get(MediaId(one))),
                rating=-int(merits.columns[2][one]),
                has_metadata=bool(merits.columns[1][one]),
            )
            for one in ordered
        )
        return DuplicateGroup(number, len(places) == 1, merits.reason(ordered), files)

    # --- the job

    def _job(self, stored: dict[str, Json], progress: Progress) -> str:
        params = DuplicateParams.load(stored)
        progress.update(stage="listing")
        view = self._views.view(params.folders)
        found = self._engine.find(parse_query(params.q), view, budget_s=QUERY_BUDGET_S)
        if not found.is_complete:
            raise BudgetExceeded("this query takes too long; make it simpler")
        ids = view.ids[found.positions]
        if params.near:
            self._hashes.draw_missing([MediaId(one) for one in ids.tolist()], progress)
        is_wanted = np.zeros(len(view.rank), dtype=np.bool_)
        is_wanted[ids] = True
        equal = self._hashes.equal_files(lambda one: one < len(is_wanted) and bool(is_wanted[one]), progress)
        progress.update(stage="comparing", done=0, total=0)
        groups = self._grouped(params, view, ids, equal, progress)
        sizes = view.columns.size_bytes
        spare = [
            sum(int(sizes[one]) for content in group for one in content) - int(sizes[group[0][0]]) for group in groups
        ]
        ordered = sorted(range(len(groups)), key=lambda place: (-spare[place], groups[place][0][0]))
        totals = Totals(len(groups), sum(len(content) for group in groups for content in group), sum(spare))
        packed = pack(totals, [groups[place] for place in ordered])
        with self._store.write() as write:
            write.duplicates.save_run(
                DuplicateRunRow(progress.job_id, self._clock(), json.dumps(params.dump()), packed)
            )
        return f"{totals.groups} groups of {totals.files} files"

    def _grouped(
        self, params: DuplicateParams, view: View, ids: Ids, equal: Sequence[Sequence[int]], progress: Progress
    ) -> list[Group]:
        """Equal files count as one, the best of them; those that look alike are joined, then the copies come back."""
        merits = KeepRanking.of(view, self._facts, self._curation_cache)
        copies: dict[int, list[int]] = {}
        for same in equal:
            ordered = merits.best_first(np.asarray(same, dtype=np.int64)).tolist()
            copies[ordered[0]] = ordered
        others = [one for ordered in copies.values() for one in ordered[1:]]
        near: list[list[int]] = []
        if params.near:
            rows, pictures = self._pictures(view, merits, ids[~np.isin(ids, others)])
            near = [
                [int(rows[place]) for place in group]
                for group in find_near_duplicates(pictures, params.threshold, progress.check)
            ]
        joined = {one for group in near for one in group}
        groups: list[Group] = [[copies.get(one, [one]) for one in group] for group in near]
        return groups + [[ordered] for first, ordered in copies.items() if first not in joined]

    def _pictures(self, view: View, merits: KeepRanking, wanted: Ids) -> tuple[Ids, PictureColumns]:
        """(ids, best first; what is known of their looks)."""
        numbers = [np.empty((0, 3), dtype=np.int64)]
        grids = [b""]
        with self._store.read() as unit:
            for block in unit.duplicates.iter_picture_hashes():
                numbers.append(np.asarray([row[:3] for row in block], dtype=np.int64))
                grids.append(b"".join(row[3] for row in block))
        known, bits, certain = np.concatenate(numbers).T
        colours = np.frombuffer(b"".join(grids), dtype=np.uint8).reshape(-1, COLOUR_BYTES)
        ids = merits.best_first(wanted[np.isin(wanted, known)])
        rows = np.searchsorted(known, ids)
        width = view.columns.width_px[ids].astype(np.float64)
        height = view.columns.height_px[ids].astype(np.float64)
        has_size = (width > 0) & (height > 0)
        aspect = np.log(np.where(has_size, width, np.nan) / np.where(has_size, height, np.nan))
        return ids, PictureColumns(
            bits[rows].view(np.uint64), certain[rows], colours[rows], aspect, view.columns.kind[ids]
        )


def _unchanged(
    content: Sequence[int], hashes: dict[MediaId, PictureHash], digests: dict[MediaId, bytes]
) -> set[MediaId]:
    """Of files that were equal those that still are; a single file if it still has the hash it was compared by."""
    if len(content) == 1:
        return {MediaId(one) for one in content if MediaId(one) in hashes}
    known = [(MediaId(one), digests[MediaId(one)]) for one in content if MediaId(one) in digests]
    return {one for one, digest in known if digest == known[0][1]}


def _distance(first: PictureHash | None, second: PictureHash | None) -> int | None:
    return (first.bits ^ second.bits).bit_count() if first is not None and second is not None else None
