"""Mixed load: many clients at once for a while, each asking what a page asks. Tells rate, latency and errors by kind.

python -m benchmarks.load [--count 20000] [--clients 32] [--seconds 60] [--port 0] [--pause 0]

`--pause` is how long a client waits between two answers; 0 measures what the server can take, a quarter of a second
what people feel. Any error ends with code 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.client import Client, Latency, Request
from benchmarks.library import SyntheticLibrary, make_library, read_once
from benchmarks.scenes import by_tags, files, find, index_run, thumbnail
from benchmarks.server import serve

WARM_S = 3.0


@dataclass(slots=True)
class Seen:
    """What one client saw, by kind of request."""

    taken_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


Choice = tuple[str, Callable[[], Request]]


def choices(library: SyntheticLibrary, tags: list[int], ids: list[int], rng: random.Random) -> list[Choice]:
    """What a client may ask next, as often as its weight says."""
    days = sorted(path for path in (library.root / "by-date").iterdir() if path.is_dir())
    kinds: list[tuple[int, str, Callable[[], Request]]] = [
        (8, "thumbnail", lambda: partial(thumbnail, str(rng.choice(library.pictures)), "256x256")),
        (4, "v1 thumbnail", lambda: partial(_get, f"/v1/media/{rng.choice(ids)}/thumbnail?size=256")),
        (2, "file", lambda: partial(_get_file, str(rng.choice(library.pictures)))),
        (3, "search", lambda: partial(_find, rng.choice(library.medium))),
        (2, "tags", lambda: partial(by_tags, {"and_tags": [rng.choice(tags)]})),
        (2, "grid", lambda: partial(_grid, rng.choice(library.medium))),
        (3, "folder", lambda: partial(files, str(rng.choice(days)))),
        (2, "details", lambda: partial(_get, f"/v1/media/{rng.choice(ids)}")),
        (1, "tagging", lambda: partial(_tag, str(rng.choice(library.pictures)), tags[0])),
        (1, "start of the page", lambda: partial(_get, "/global_setting")),
    ]
    return [(name, make) for weight, name, make in kinds for _ in range(weight)]


def _get(path: str, client: Client) -> bytes:
    return client.get(path)


def _get_file(path: str, client: Client) -> bytes:
    return client.get("/file", path=path)


def _find(word: str, client: Client) -> bytes:
    return find(word, client=client)


def _grid(word: str, client: Client) -> bytes:
    """Open a query and read its first columns."""
    token = json.loads(client.post("/v1/results", {"q": word}))["token"]
    return client.get(f"/v1/results/{token}/columns", start=0, count=200)


def _tag(path: str, tag_id: int, client: Client) -> bytes:
    return client.post("/db/toggle_custom_tag_to_img", {"img_path": path, "tag_id": tag_id})


def run_client(port: int, kinds: list[Choice], rng: random.Random, end: float, pause_s: float, seen: Seen) -> None:
    """Ask until the time is up; a failed request is noted and a new connection made."""
    started = time.perf_counter()
    while time.perf_counter() < end:
        with closing(Client(port)) as client:
            try:
                while time.perf_counter() < end:
                    name, make = rng.choice(kinds)
                    request, before = make(), time.perf_counter()
                    request(client)
                    if before - started > WARM_S:
                        seen.taken_s[name].append(time.perf_counter() - before)
                    time.sleep(pause_s)
            except (OSError, RuntimeError) as error:
                seen.errors.append(f"{name}: {error}")


def load(port: int, library: SyntheticLibrary, clients: int, seconds: float, pause_s: float) -> list[Seen]:
    """All clients at once."""
    index_run(port)
    with closing(Client(port)) as client:
        made = json.loads(client.post("/db/add_custom_tag", {"tag_name": "load"}))["id"]
        known = json.loads(client.get("/db/basic_info"))["tags"]
        token = json.loads(client.post("/v1/results", {}))["token"]
        ids = json.loads(client.get(f"/v1/results/{token}/columns", start=0, count=500))["id"]
    tags = [made, *(tag["id"] for tag in sorted(known, key=lambda tag: -int(tag["count"]))[:20])]
    seen = [Seen() for _ in range(clients)]
    end = time.perf_counter() + seconds + WARM_S
    threads = []
    for number, one in enumerate(seen):
        rng = random.Random(number)
        kinds = choices(library, tags, ids, rng)
        threads.append(threading.Thread(target=run_client, args=(port, kinds, rng, end, pause_s, one)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def report(seen: list[Seen], seconds: float) -> int:
    """Print the table; gives the number of errors."""
    merged: dict[str, list[float]] = defaultdict(list)
    for one in seen:
        for name, taken in one.taken_s.items():
            merged[name] += taken
            merged["all"] += taken
    print(f"{'':20}{'count':>9}{'rate/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    for name, taken in sorted(merged.items(), key=lambda item: -len(item[1])):
        latency = Latency.of(taken)
        rate = latency.count / seconds
        print(f"{name:20}{latency.count:9,}{rate:9.1f}{latency.p50_ms:9.1f}{latency.p95_ms:9.1f}{latency.max_ms:9.1f}")
    errors = [error for one in seen for error in one.errors]
    print(f"{len(errors)} errors")
    for error in errors[:10]:
        print(f"  {error[:200]}")
    return len(errors)


def main() -> int:
    """Make a library, serve it, load it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="files in the library")
    parser.add_argument("--clients", type=int, default=32, help="at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a client")
    parser.add_argument("--port", type=int, default=0, help="port of the server (0: any)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iib-load-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        library = make_library(Path(folder) / "library", chosen.count)
        read_once(library)
        with serve(home, library.root, chosen.port) as server:
            seen = load(server.port, library, chosen.clients, chosen.seconds, chosen.pause)
    return 1 if report(seen, chosen.seconds) else 0


if __name__ == "__main__":
    sys.exit(main())
