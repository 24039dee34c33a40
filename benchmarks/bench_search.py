"""Search over a large library: `make bench-search SEARCH_COUNT=1000000`.

The store is filled directly (see `big_store`), kept in a folder of its own and used again by the next run. Measured are
the services that the server's endpoints call, in one process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.big_store import make_store
from benchmarks.calibration import calibrate
from iib.bootstrap.search import build_result_sets
from iib.query import parse_query
from iib.search import (
    GridQuery,
    NoSimilarity,
    SearchService,
    SnapshotCache,
    TagQuery,
    TextQuery,
    TimelineCounter,
    ViewCache,
)
from iib.store import Store

NEEDLES = 500
FACETS = ["model", "lora", "sampler", "tool", "size", "month", "rating", "folder", "custom", "kind", "ext"]
REGEXES = (
    r"masterpiece.*1girl.*dra", r"(kalo|zumi)\w+", r"\d{6}5\.webp", r"seed: 1234\d+", r"lora_00\d5",
    r"^00123\d\d\.png$",
    r"model_0[01]\d.*steps: 40", r"landscape, \w+, masterpiece",
)  # fmt: skip
OPEN_REGEXES = (r"[x-z]{5}", r"(\w)\1{4}", r"^\W+$")
QUERIES = (
    "steps:>30 model:model_00*", "lora:lora_000* -masterpiece", "sampler:euler steps:20..25 cfg:7",
    "size:832x1216 kalo",
    "negative:landscape steps:40", "prompt:kalo model:model_1*", "has:lora -tag:landscape", "seed:>4000000000 ext:webp",
)  # fmt: skip


def main() -> int:
    """Measure the searches and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "iib-bench-search")
    chosen = parser.parse_args()
    unit_ms = calibrate()
    store = make_store(chosen.folder / f"{chosen.count}.db", chosen.count)
    print(f"{chosen.count:,} files; calibration loop {unit_ms:.1f} ms\n")
    print(f"{'what':<52}{'p50':>10}{'p95':>10}{'worst':>10}   ms")
    try:
        measure(store)
    finally:
        store.close()
    return 0


def measure(store: Store) -> None:
    """Measure all figures of the table."""
    started = time.perf_counter()
    search = SearchService(store, ViewCache(store, SnapshotCache(store), lambda: None), NoSimilarity())
    view = search.views.view()
    search.by_text(TextQuery("masterpiece"))
    show("start to first answer", [(time.perf_counter() - started) * 1000])
    started = time.perf_counter()
    search.warm()
    search.wait_until_warm()
    show("read ahead, beside the first answers", [(time.perf_counter() - started) * 1000])
    chance = random.Random(7)
    needles = make_needles(store, chance)
    show(f"substring of 3+, newest 200 ({len(needles)})", times(needles, lambda item: search.by_text(TextQuery(item))))
    short = [chance.choice("abcdefghijklmnopqrstuvwxyz") + chance.choice("aeiouxz") for _ in range(60)]
    show("one or two characters", times(short, lambda item: search.by_text(TextQuery(item))))
    show("regex with a literal", times(REGEXES * 5, lambda item: search.by_text(TextQuery(regexp=item))))
    show("any regex (budget 2 s)", times(OPEN_REGEXES, lambda item: search.by_text(TextQuery(regexp=item))))
    with store.read() as unit:
        tags = [tag.id for tag in unit.tags.list_all()]
    picks = [chance.sample(tags[:4000], 8) for _ in range(100)]
    show(
        "and/or/not of 8 tags, exact total",
        times(picks, lambda item: search.by_tags(TagQuery(tuple(item[:3]), tuple(item[3:6]), tuple(item[6:])))),
    )
    show("all tags with counts", times(range(5), lambda _item: list_tags(store)))
    show(
        "queries of the language, newest 200",
        times(QUERIES * 5, lambda item: search.by_query(parse_query(item), None, "", 200)),
    )
    counted = view.ids[search.engine.find(parse_query(QUERIES[0]), view, budget_s=2).positions]
    show(f"facets of a query ({len(counted):,} files)", times(range(9), lambda _n: facets(search, counted)))
    show("facets of the whole library", times(range(9), lambda _n: facets(search, view.ids)))
    sets = build_result_sets(search)
    show("results of the whole library with buckets", times(range(9), lambda item: sets.open(GridQuery(seed=item))))
    token = sets.open(GridQuery()).token
    starts = [chance.randrange(max(1, len(view.ids) - 500)) for _ in range(100)]
    show("columns of 500", times(starts, lambda item: sets.columns(token, item, 500)))
    show("position of an id", times(starts, lambda item: sets.position(token, int(view.ids[item]))))
    show(
        "timeline by model",
        times(range(3), lambda _n: TimelineCounter(search.summary).timeline(view.ids, view, "model", "month", 10)),
    )
    show("suggestions", times(("mod", "lora:lora_0", "prompt:ka", "ka", "m") * 5, lambda item: suggest(search, item)))
    show("random 128", times(range(30), lambda _n: search.random(128)))
    show("one file added, then the next answer", times(range(9), lambda item: add_one(store, search, item)))
    search.close()
    print(f"\nresident memory {resident_mb():,.0f} MB")


def make_needles(store: Store, chance: random.Random) -> list[str]:
    """Frequent words, parts of words and phrases, and the same number of rare ones."""
    with store.read() as unit:
        bodies = unit.fulltext.list_sample_bodies(NEEDLES)
    found: list[str] = []
    for body in chance.sample(bodies, min(len(bodies), NEEDLES)):
        start = chance.randrange(max(1, len(body) - 20))
        piece = body[start : start + chance.choice((3, 4, 5, 6, 8, 12, 16))].strip()
        if len(piece) >= 3 and "\n" not in piece:
            found.append(piece if chance.random() < 0.8 else piece[::-1])
    return found


def facets(search: SearchService, ids: object) -> object:
    """Count all facets of these files."""
    return search.summary.facets(ids, search.views.view(), FACETS, 50)  # type: ignore[arg-type]


def suggest(search: SearchService, text: str) -> object:
    """Suggest words at the end of a text."""
    return search.suggester.suggest(text, len(text), search.views.view(), 12)


def list_tags(store: Store) -> int:
    """List tags as `/db/basic_info` does."""
    with store.read() as unit:
        return len(unit.tags.list_all())


def add_one(store: Store, search: SearchService, number: int) -> None:
    """Search after the change of a file."""
    with store.write() as write:
        write.media.mark_missing([search.views.view().ids[number].item()], 1)
    search.by_text(TextQuery("masterpiece"))
    with store.write() as write:
        write.media.restore([number + 1])


def times(items: Iterable[object], action: Callable[..., object]) -> list[float]:
    """Milliseconds of each repeated call."""
    found = []
    for item in items:
        started = time.perf_counter()
        action(item)
        found.append((time.perf_counter() - started) * 1000)
    return found


def show(name: str, found: list[float]) -> None:
    """Print one line of the table."""
    ordered = sorted(found)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{name:<52}{statistics.median(ordered):>10.1f}{p95:>10.1f}{ordered[-1]:>10.1f}", flush=True)


def resident_mb() -> float:
    """Memory of this process; 0 if the system does not report it."""
    place = Path("/proc/self/statm")
    return int(place.read_text().split()[1]) * 4096 / 2**20 if place.is_file() else 0.0


if __name__ == "__main__":
    sys.exit(main())
