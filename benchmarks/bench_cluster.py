"""The built-in model on many prompts: fit, embed, cluster, search: python -m benchmarks.bench_cluster [--count 100000]

Rows of the store are written without files; everything after that is what the server does. Prompts imitate a user's:
topics with words of their own, common words of style, sessions in which a prompt is kept or slightly changed.
`--repeats 0` makes every prompt a new one, which is the worst case.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from iib._lib.text_folding import search_body
from iib.jobs import EventBus, JobManager, Progress
from iib.model import FileStamp, JobStatus, MediaRecord
from iib.search import NoSimilarity, SearchService, SnapshotCache, ViewCache
from iib.semantic import ClusterParams, LibraryEmbeddings, PromptQuery, Scope, SemanticService
from iib.settings import AiSettings
from iib.store import Store

FOLDER = str(Path("/bench/library").absolute())
LIMITS = {"fit, embed and cluster, s": 60.0, "peak memory, MB": 1500.0, "query p50, ms": 20.0}
TOPICS, OWN_PHRASES, COMMON_PHRASES = 60, 80, 400
SYLLABLES = (
    "ba", "co", "di", "fu", "gre", "hol", "ki", "lan", "mo", "nar", "ot", "pel", "qua", "ris", "sto", "ul", "ve", "zan",
)  # fmt: skip
BATCH = 5_000
QUERIES = 60


class StillIndexer:
    """Replaces the index, because the benchmark has no files."""

    def bring_up_to_date(self, path: str, progress: Progress) -> None:
        """Do nothing, since there are no files."""


def phrase(random_: random.Random) -> str:
    """One to three synthetic words as text."""
    return " ".join("".join(random_.choice(SYLLABLES) for _ in range(4)) for _ in range(random_.choice((1, 2, 2, 3))))


def prompts(count: int, repeats: float, seed: int = 1) -> Iterator[tuple[int, str]]:
    """Pair of a topic and a prompt."""
    random_ = random.Random(seed)
    topics = [[phrase(random_) for _ in range(OWN_PHRASES)] for _ in range(TOPICS)]
    common = [phrase(random_) for _ in range(COMMON_PHRASES)]
    made = 0
    while made < count:
        number = min(int(random_.expovariate(4 / TOPICS)), TOPICS - 1)
        words = random_.sample(topics[number], random_.randint(6, 16)) + random_.sample(common, random_.randint(6, 20))
        for _ in range(random_.randint(1, 16)):
            if random_.random() >= repeats:
                words = [*words]
                words[random_.randrange(len(words))] = random_.choice((*topics[number], *common))
            yield number, ", ".join(words)
            made += 1
            if made == count:
                return


def fill(store: Store, texts: list[str]) -> None:
    """Records in the form that the index writes."""
    with store.write() as unit:
        folder_id = unit.folders.ensure(FOLDER)
    for start in range(0, len(texts), BATCH):
        items = [(folder_id, _record(number, texts[number]), None)
                 for number in range(start, min(start + BATCH, len(texts)))]  # fmt: skip
        with store.write() as unit:
            unit.media.upsert(items)


def _record(number: int, text: str) -> MediaRecord:
    name = f"{number:07}.png"
    return MediaRecord(
        name=name,
        kind=0,
        stamp=FileStamp(1000, 10**18 + number, 10**18, number),
        content_hash=number.to_bytes(16, "little"),
        width_px=64,
        height_px=64,
        duration_ms=None,
        text=f"{text}\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {number}, Size: 64x64",
        body=search_body(f"{FOLDER}/{name}", text),
        payload=None,
        tags=(),
        problem=None,
    )


def peak_mb() -> float:
    """Peak memory of this process; 0 if the system does not report it."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main() -> None:
    """Measure and print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--repeats", type=float, default=0.5)
    chosen = parser.parse_args()
    made = list(prompts(chosen.count, chosen.repeats))
    with tempfile.TemporaryDirectory() as home:
        store = Store.open(Path(home) / "bench.db")
        fill(store, [text for _topic, text in made])
        before_mb = peak_mb()
        figures = measure(store, [topic for topic, _text in made])
        store.close()
    figures["peak memory, MB"] = peak_mb()
    print(f"{chosen.count} prompts, {len({text for _topic, text in made})} distinct; {before_mb:.0f} MB before")
    too_much = False
    for name, value in figures.items():
        limit = LIMITS.get(name)
        too_much = too_much or (limit is not None and value > limit)
        print(f"{name:28} {value:10.2f}" + (f"   limit {limit:g}" if limit is not None else ""))
    sys.exit(1 if too_much else 0)


def measure(store: Store, topics: list[int]) -> dict[str, float]:
    """Measured figures in order, by name."""
    jobs = JobManager(store, EventBus())
    settings = AiSettings()
    views = ViewCache(store, SnapshotCache(store), lambda: None)
    service = SemanticService(
        store=store,
        jobs=jobs,
        indexer=StillIndexer(),
        search=SearchService(store, views, NoSimilarity()),
        views=views,
        embeddings=LibraryEmbeddings.of(store, settings),
        settings=settings,
    )
    stages: dict[str, float] = {}
    params = ClusterParams((FOLDER,), True, "local", "local", 0.9, 2, 0.92, "English", "")
    started = time.perf_counter()
    job_id = service.start_clustering(params)
    while not jobs.get(job_id).status.is_final:
        stage = service.status(job_id).progress.stage
        stages.setdefault(stage, time.perf_counter() - started)
        time.sleep(0.02)
    total = time.perf_counter() - started
    status = service.status(job_id)
    if status.row.status is not JobStatus.COMPLETED or status.result is None:
        raise SystemExit(status.row.message)
    begins = [*stages.items(), ("end", total)]
    figures = {f"  {name}, s": begins[place + 1][1] - begin for place, (name, begin) in enumerate(begins[:-1])}
    figures["fit, embed and cluster, s"] = total
    figures["clusters"] = len(status.result.clusters)
    pure = sum(
        int(np.bincount([topics[member - 1] for member in cluster.members]).max()) for cluster in status.result.clusters
    )
    figures["purity"] = pure / max(1, sum(len(cluster.members) for cluster in status.result.clusters))
    queries = [cluster.keywords[0] for cluster in status.result.clusters if cluster.keywords] or ["word"]
    times = []
    for number in range(QUERIES + 3):
        query = PromptQuery(queries[number % len(queries)], Scope((FOLDER,)), ensure_embed=False)
        begin = time.perf_counter()
        service.search(query)
        times.append(1000 * (time.perf_counter() - begin))
    figures["query p50, ms"] = statistics.median(times[3:])
    figures["query p95, ms"] = sorted(times[3:])[int(0.95 * QUERIES)]
    jobs.close()
    service.close()
    return figures


if __name__ == "__main__":
    main()
