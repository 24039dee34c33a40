"""Index and search a synthetic library with the real server, and compare the figures with their budgets.

python -m benchmarks.bench [--count 20000] [--port 0] [--json FILE]

Machines differ: every figure is also given as a multiple of a calibration loop (pure Python, hashing and compression on
one core) that is timed in the same run, and `budgets.toml` limits these multiples. Exceeding one ends with code 1.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.calibration import calibrate
from benchmarks.figures import Figure, over_budget, print_table
from benchmarks.library import make_library, read_once
from benchmarks.scenes import index_run, indexing, listing, load, searching, tagging, thumbnails
from benchmarks.server import Server, serve


def main() -> int:
    """Measure all scenes and print the figures; 1 if a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="files in the library")
    parser.add_argument("--port", type=int, default=0, help="port of the server (0: any)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iib-bench-") as folder:
        figures, unit_ms = measure_all(Path(folder), chosen.count, chosen.port)
    print(f"\n{chosen.count:,} files, Python {platform.python_version()}; calibration loop {unit_ms:.1f} ms\n")
    print_table(figures, unit_ms)
    if chosen.json:
        content = {"unit_ms": unit_ms, "count": chosen.count, "figures": [asdict(figure) for figure in figures]}
        chosen.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
    exceeded = over_budget(figures, unit_ms, chosen.count)
    for line in exceeded:
        print(f"OVER BUDGET  {line}")
    return 1 if exceeded else 0


def measure_all(folder: Path, count: int, port: int) -> tuple[list[Figure], float]:
    """Run all scenes, with the calibration loop before and after them."""
    units = [calibrate()]
    home, other = folder / "home", folder / "other"
    home.mkdir()
    other.mkdir()
    say(f"making {count:,} files")
    library = make_library(folder / "library", count)
    read_once(library)
    figures: list[Figure] = []
    say("indexing while nobody asks")
    with serve(other, library.root, port) as server:
        figures.append(Figure("index, nobody asking", library.count / index_run(server.port), "/s"))
    with serve(home, library.root, port) as server:
        figures.append(Figure.duration("start, empty", server.started_in_s))
        for title, scene in (
            ("indexing", indexing),
            ("searching", searching),
            ("tags", tagging),
            ("lists", listing),
            ("thumbnails", thumbnails),
            ("32 clients", load),
        ):
            say(title)
            figures += scene(server, library)
            if scene in (indexing, load):
                figures += memory(server, "indexed" if scene is indexing else "after everything")
            server.settle()
    say("starting again")
    with serve(home, library.root, port) as server:
        figures.append(Figure.duration("start, indexed", server.started_in_s))
    units.append(calibrate())
    return figures, min(units)


def memory(server: Server, when: str) -> list[Figure]:
    """Resident memory of the server process, if the system reports it."""
    found = server.memory_mb()
    return [] if found is None else [Figure(f"resident memory, {when}", found, "MB")]


def say(word: str) -> None:
    """Print a line of progress to standard error."""
    print(f"[{time.strftime('%H:%M:%S')}] {word} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
