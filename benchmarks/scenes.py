"""What is measured, one function a subject."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial

from benchmarks.client import Client, Probe, Request, measure, measure_together
from benchmarks.figures import Figure
from benchmarks.library import ABSENT, COMMON, RARE, SyntheticLibrary
from benchmarks.server import Server

POLL_S = 0.1
REPEATS = 30
THUMB_CLIENTS = 16
MIXED_CLIENTS = 32
MIXED_REQUESTS = 4_000
WARM_ROUNDS = 20


def find(text: str, *, regexp: bool = False, client: Client) -> bytes:
    """A text search of the public API."""
    return client.post("/db/search_by_substr", {"surstr": "" if regexp else text, "regexp": text if regexp else ""})


def files(folder: str, client: Client) -> bytes:
    """A folder's list."""
    return client.get("/files", folder_path=folder)


def thumbnail(path: str, size: str, client: Client) -> bytes:
    """A small picture."""
    return client.get("/image-thumbnail", path=path, size=size, t="1")


def by_tags(body: dict[str, list[int]], client: Client) -> bytes:
    """A tag search."""
    return client.post("/db/match_images_by_tags", {"and_tags": [], "or_tags": [], "not_tags": [], **body})


def index_run(port: int) -> float:
    """Start a run and wait for its end: seconds."""
    with closing(Client(port)) as client:
        started = time.perf_counter()
        job_id = json.loads(client.post("/v1/index", {}))["job_id"]
        while True:
            jobs = json.loads(client.get("/v1/jobs"))["jobs"]
            job = next(item for item in jobs if item["id"] == job_id)
            if job["status"] not in ("queued", "running"):
                break
            time.sleep(POLL_S if time.perf_counter() - started > 1 else POLL_S / 10)
        elapsed = time.perf_counter() - started
    if job["status"] != "completed":
        raise RuntimeError(f"the index run {job['status']}: {job['message']}")
    return elapsed


def indexing(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """From nothing to everything, how the server feels meanwhile, and again with nothing changed."""
    probes = {
        "search while indexing": Probe(server.port, partial(_search_probe, library)),
        "/files while indexing": Probe(server.port, partial(files, str(library.root / "pictures"))),
    }
    first = index_run(server.port)
    felt = [Figure.latency(name, probe.stop()) for name, probe in probes.items()]
    with closing(Client(server.port)) as client:
        indexed = json.loads(client.get("/db/basic_info"))["img_count"]
    if indexed != library.count:
        raise RuntimeError(f"{indexed} of {library.count} files are indexed")
    again = min(index_run(server.port) for _ in range(3))
    return [Figure("index", library.count / first, "/s"), *felt, Figure.duration("index, nothing changed", again)]


def _search_probe(library: SyntheticLibrary, client: Client) -> bytes:
    return find(random.choice(library.medium), client=client)


def searching(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """Words and patterns; different ones in turn, so that no cache stands in for a search."""
    cases: dict[str, Sequence[Request]] = {
        "search, common word": [partial(_find, COMMON[:cut]) for cut in range(5, len(COMMON) + 1)],
        "search, medium word": [partial(_find, word) for word in library.medium],
        "search, rare word": [partial(_find, RARE[:cut]) for cut in range(6, len(RARE) + 1)],
        "search, absent word": [partial(_find, word) for word in ABSENT],
        "search, two letters": [partial(_find, pair) for pair in ("qu", "gr", "xy", "st", "zz")],
        "search, regular expression": [partial(_match, f"{word}.{{2,40}}Steps") for word in library.medium[:10]],
        "search, regular expression, absent": [partial(_match, f"{word}\\d+") for word in ABSENT],
    }
    return [Figure.latency(name, measure(server.port, asked, repeats=repeats(asked))) for name, asked in cases.items()]


def repeats(asked: Sequence[Request]) -> int:
    """So that every case is asked about as often."""
    return max(2, REPEATS * 2 // len(asked))


def _find(text: str, client: Client) -> bytes:
    return find(text, client=client)


def _match(pattern: str, client: Client) -> bytes:
    return find(pattern, regexp=True, client=client)


def tagging(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """Queries by tag: the commonest, two together, and everything but one."""
    del library
    with closing(Client(server.port)) as client:
        tags = json.loads(client.get("/db/basic_info"))["tags"]
    common = [int(tag["id"]) for tag in sorted(tags, key=lambda tag: -int(tag["count"]))[:20]]
    cases: dict[str, Sequence[Request]] = {
        "tags, one": [partial(by_tags, {"and_tags": [tag]}) for tag in common],
        "tags, two of them": [
            partial(by_tags, {"and_tags": list(pair)}) for pair in zip(common, common[5:], strict=False)
        ],
        "tags, any of three": [partial(by_tags, {"or_tags": common[at : at + 3]}) for at in range(10)],
        "tags, without one": [partial(by_tags, {"not_tags": [tag]}) for tag in common],
    }
    return [Figure.latency(name, measure(server.port, asked, repeats=repeats(asked))) for name, asked in cases.items()]


def listing(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """Lists of the public API, and the grid's."""
    cases: dict[str, Request] = {
        "/files, largest folder": partial(files, str(library.flat)),
        "basic_info": lambda client: client.get("/db/basic_info"),
        "random_images": lambda client: client.get("/db/random_images"),
        "grid, whole library": lambda client: client.post("/v1/results", {}),
        "folder tree": lambda client: client.get("/v1/folders"),
    }
    return [Figure.latency(name, measure(server.port, [asked], repeats=20)) for name, asked in cases.items()]


def thumbnails(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """Of 1024 pixel PNG: cold and warm, many clients at once; and how a search feels while they are made."""
    asked = [partial(thumbnail, str(path), "256x256") for path in library.pictures]
    probe = Probe(server.port, partial(_search_probe, library))
    cold, _ = measure_together(server.port, asked, THUMB_CLIENTS)
    felt = probe.stop()
    warm, _ = measure_together(server.port, asked * WARM_ROUNDS, THUMB_CLIENTS)
    alone = measure(server.port, asked, repeats=3)
    return [
        Figure("thumbnails, cold, 16 clients", cold, "/s"),
        Figure.latency("search while thumbnails are made", felt),
        Figure("thumbnails, warm, 16 clients", warm, "/s"),
        Figure.latency("thumbnail, warm", alone),
    ]


def load(server: Server, library: SyntheticLibrary) -> list[Figure]:
    """Everything at once, as a busy household would."""
    rng = random.Random(1)
    kinds: list[Request] = [
        *(partial(_find, word) for word in library.medium),
        *(partial(thumbnail, str(path), "256x256") for path in library.pictures[:40]),
        *(partial(files, str(library.root / "by-date" / f"day-{day:05d}")) for day in range(10)),
        *([partial(files, str(library.root / "pictures"))] * 10),
    ]
    rate, latency = measure_together(server.port, [rng.choice(kinds) for _ in range(MIXED_REQUESTS)], MIXED_CLIENTS)
    return [Figure("mixed, 32 clients", rate, "/s"), Figure.latency("mixed, 32 clients, latency", latency)]
