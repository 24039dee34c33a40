"""Finds duplicates in a job, and presents stored results with the current state of the files."""

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
MAX_CACHED_RUNS = 2
COLOUR_BYTES = 48  # of a `PictureHash`
MAX_EXAMINED = 2_000  # groups that one page examines; further ones belong to the next page

DuplicateKind = Literal["all", "exact", "near"]
VisibleFilter = Callable[[Sequence[MediaRow]], Sequence[MediaRow]]


@dataclass(frozen=True, slots=True)
class DuplicateFile:
    """A file of a group. Files of the group with the same `content` number are equal byte for byte.

    `distance` is the number of bits, of 64, in which the hash differs from that of the file to keep; None without a
    hash.
    """

    row: MediaRow
    content: int
    distance: int | None
    rating: int
    has_metadata: bool


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A group in the order of preference: the file to keep is first, and `reason` is the rule that decided."""

    number: int
    is_exact: bool
    reason: str
    files: tuple[DuplicateFile, ...]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """A page of groups. `totals` date from the search; `following` is the start of the next page, None at the end."""

    job_id: str
    created_at: float
    params: DuplicateParams
    totals: Totals
    groups: tuple[DuplicateGroup, ...]
    following: int | None


class DuplicateService:
    """Runs the search for duplicates as a job and presents its results."""

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
        self._metadata = facts
        self._curation_cache = curation_cache
        self._hasher = Hasher(store, make_preview)
        self._clock = clock
        self._runs: LruCache[str, tuple[DuplicateRunRow, Totals, list[Group]]] = LruCache(MAX_CACHED_RUNS)
        jobs.register(JOB_KIND, self._job)

    def start(self, params: DuplicateParams) -> JobId:
        """Begin a search, or return the running one of the same parameters. Raises `InvalidRequest`."""
        parse_query(params.q)
        if not 0 <= params.threshold <= MAX_HAMMING_RADIUS:
            raise InvalidRequest(f"threshold must be between 0 and {MAX_HAMMING_RADIUS}")
        return self._jobs.start(JOB_KIND, params.dump())

    def page(
        self, job_id: str | None, kind: DuplicateKind, start: int, limit: int, visible_rows: VisibleFilter
    ) -> DuplicatePage:
        """A page of groups from number `start`, largest spare size first. A `job_id` of None means the latest search.

        Files that `visible_rows` filters out are ignored. Raises `NotFound`, `Conflict` while the search runs.
        """
        row, totals, groups = self._run(job_id)
        view = self._views.view()
        ranking = KeepRanking.of(view, self._metadata, self._curation_cache)
        page: list[DuplicateGroup] = []
        number = max(0, start)
        examined = 0
        while number < len(groups) and len(page) < limit and examined < MAX_EXAMINED:
            if kind == "all" or (len(groups[number]) == 1) == (kind == "exact"):
                examined += 1
                group = self._present(number, groups[number], view, ranking, visible_rows)
                page += [group] if group is not None else []
            number += 1
        following = number if number < len(groups) else None
        params = DuplicateParams.load(json.loads(row.params))
        return DuplicatePage(row.job_id, row.created_at, params, totals, tuple(page), following)

    def _run(self, job_id: str | None) -> tuple[DuplicateRunRow, Totals, list[Group]]:
        cached = self._runs.get(job_id) if job_id is not None else None
        if cached is not None:
            return cached
        with self._store.read() as unit:
            row = unit.duplicates.find_latest_run() if job_id is None else unit.duplicates.find_run(job_id)
        if row is None:
            if job_id is not None and self._jobs.get(JobId(job_id)).kind == JOB_KIND:  # raises `NotFound`
                raise Conflict(f"this search is {self._jobs.get(JobId(job_id)).status.value}")
            raise NotFound("there is no search for duplicates yet")
        totals, groups = unpack(row.groups)
        self._runs.put(row.job_id, (row, totals, groups))
        return row, totals, groups

    def _present(
        self, number: int, contents: Group, view: View, ranking: KeepRanking, visible_rows: VisibleFilter
    ) -> DuplicateGroup | None:
        """A group in its current state; None if fewer than two of its files are unchanged since the comparison."""
        content_of = {media_id: place for place, ids in enumerate(contents) for media_id in ids}
        visible = [media_id for media_id in content_of if media_id < len(view.rank) and view.rank[media_id] >= 0]
        with self._store.read() as unit:
            rows = {
                row.id: row for row in visible_rows(unit.media.list_by_ids([MediaId(media_id) for media_id in visible]))
            }
            hashes = unit.duplicates.picture_hashes_by_media(list(rows))
            digests = unit.duplicates.digests_by_media(list(rows))
        unchanged = {media_id for ids in contents for media_id in _unchanged(ids, hashes, digests)}
        rows = {media_id: row for media_id, row in rows.items() if media_id in unchanged}
        if len(rows) < 2:  # noqa: PLR2004  (a pair)
            return None
        ordered = ranking.best_first(np.asarray(sorted(rows), dtype=np.int64)).tolist()
        places = {
            content: place for place, content in enumerate(dict.fromkeys(content_of[media_id] for media_id in ordered))
        }
        files = tuple(
            DuplicateFile(
                row=rows[MediaId(media_id)],
                content=places[content_of[media_id]],
                distance=_distance(hashes.get(MediaId(ordered[0])), hashes.get(MediaId(media_id))),
                rating=-int(ranking.columns[2][media_id]),
                has_metadata=bool(ranking.columns[1][media_id]),
            )
            for media_id in ordered
        )
        return DuplicateGroup(number, len(places) == 1, ranking.reason(ordered), files)

    # --- the job

    def _job(self, stored: dict[str, Json], progress: Progress) -> str:
        params = DuplicateParams.load(stored)
        progress.update(stage="listing")
        view = self._views.view(params.folders)
        result = self._engine.find(parse_query(params.q), view, budget_s=QUERY_BUDGET_S)
        if not result.is_complete:
            raise BudgetExceeded("this query takes too long; make it simpler")
        ids = view.ids[result.positions]
        if params.near:
            self._hasher.hash_pictures([MediaId(media_id) for media_id in ids.tolist()], progress)
        is_included = np.zeros(len(view.rank), dtype=np.bool_)
        is_included[ids] = True
        equal = self._hasher.equal_files(
            lambda media_id: media_id < len(is_included) and bool(is_included[media_id]), progress
        )
        progress.update(stage="comparing", done=0, total=0)
        groups = self._grouped(params, view, ids, equal, progress)
        sizes = view.columns.size_bytes
        spare = [
            sum(int(sizes[media_id]) for content in group for media_id in content) - int(sizes[group[0][0]])
            for group in groups
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
        """Groups of similar contents; equal files are represented by the best of them while contents are compared."""
        ranking = KeepRanking.of(view, self._metadata, self._curation_cache)
        copies: dict[int, list[int]] = {}
        for same in equal:
            ordered = ranking.best_first(np.asarray(same, dtype=np.int64)).tolist()
            copies[ordered[0]] = ordered
        others = [media_id for ordered in copies.values() for media_id in ordered[1:]]
        near: list[list[int]] = []
        if params.near:
            rows, pictures = self._pictures(view, ranking, ids[~np.isin(ids, others)])
            near = [
                [int(rows[place]) for place in group]
                for group in find_near_duplicates(pictures, params.threshold, progress.check)
            ]
        joined = {media_id for group in near for media_id in group}
        groups: list[Group] = [[copies.get(media_id, [media_id]) for media_id in group] for group in near]
        return groups + [[ordered] for first, ordered in copies.items() if first not in joined]

    def _pictures(self, view: View, ranking: KeepRanking, candidates: Ids) -> tuple[Ids, PictureColumns]:
        """(ids of the hashed candidates, best first; their hashes, colours and shapes)."""
        numbers = [np.empty((0, 3), dtype=np.int64)]
        grids = [b""]
        with self._store.read() as unit:
            for block in unit.duplicates.iter_picture_hashes():
                numbers.append(np.asarray([row[:3] for row in block], dtype=np.int64))
                grids.append(b"".join(row[3] for row in block))
        hashed, bits, certain = np.concatenate(numbers).T
        colours = np.frombuffer(b"".join(grids), dtype=np.uint8).reshape(-1, COLOUR_BYTES)
        ids = ranking.best_first(candidates[np.isin(candidates, hashed)])
        rows = np.searchsorted(hashed, ids)
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
    """The files of a content that are still equal; a single file if it still has a hash."""
    if len(content) == 1:
        return {MediaId(media_id) for media_id in content if MediaId(media_id) in hashes}
    read = [(MediaId(media_id), digests[MediaId(media_id)]) for media_id in content if MediaId(media_id) in digests]
    return {media_id for media_id, digest in read if digest == read[0][1]}


def _distance(first: PictureHash | None, second: PictureHash | None) -> int | None:
    return (first.bits ^ second.bits).bit_count() if first is not None and second is not None else None
