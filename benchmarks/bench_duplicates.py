"""Speed of finding duplicates among pictures: python -m benchmarks.bench_duplicates [--count 100000] [--threshold 6]

Rows of the store are written without files, with random hashes; a fifth of them are those of others with up to four
bits changed. What is timed is the job: reading the rows, grouping, storing the groups.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.bench_cluster import fill, peak_mb
from iib.bootstrap.search import build_duplicates
from iib.duplicates import DuplicateParams
from iib.jobs import EventBus, JobManager
from iib.model import MediaId, PictureHash
from iib.search import NoSimilarity, SearchService, SnapshotCache, ViewCache
from iib.store import Store

VERSIONS = 0.2
CHANGED_BITS = 4
BATCH = 5_000


def hashes(count: int, seed: int = 1) -> list[PictureHash]:
    """Picture hashes of unrelated pictures and of altered versions."""
    chosen = np.random.default_rng(seed)
    strangers = count - int(count * VERSIONS)
    bits = chosen.integers(0, 2**64, strangers, dtype=np.uint64)
    colours = chosen.integers(0, 256, (strangers, 48), dtype=np.uint8)
    source = np.concatenate((np.arange(strangers), chosen.integers(0, strangers, count - strangers)))
    bits = bits[source]
    for _ in range(CHANGED_BITS):
        is_changed = (np.arange(count) >= strangers) & (chosen.random(count) < 0.5)
        bits = np.where(is_changed, bits ^ (np.uint64(1) << chosen.integers(0, 64, count).astype(np.uint64)), bits)
    return [
        PictureHash(int(one), 60, colours[place].tobytes()) for one, place in zip(bits, source.tolist(), strict=True)
    ]


def main() -> None:
    """Measure the search and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--threshold", type=int, default=6)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        store = Store.open(Path(home) / "bench.db")
        fill(store, ["a picture"] * chosen.count)
        made = hashes(chosen.count)
        with store.read() as unit:
            ids = [MediaId(one) for one in unit.media.visible_ids()]
            rows = unit.media.list_by_ids(ids)
        for start in range(0, len(rows), BATCH):
            with store.write() as write:
                write.duplicates.set_picture_hashes(
                    list(zip(rows[start : start + BATCH], made[start : start + BATCH], strict=True))
                )
        jobs = JobManager(store, EventBus())
        search = SearchService(store, ViewCache(store, SnapshotCache(store), lambda: None), NoSimilarity())
        service = build_duplicates(search, jobs, lambda _path, _kind: None)
        before_mb, started = peak_mb(), time.perf_counter()
        row = jobs.wait(service.start(DuplicateParams(threshold=chosen.threshold)), 3600)
        seconds = time.perf_counter() - started
        jobs.close()
        store.close()
    print(f"{row.message}; {seconds:.1f} s, {peak_mb():.0f} MB at the peak, {before_mb:.0f} MB before")


if __name__ == "__main__":
    main()
