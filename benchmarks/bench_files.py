"""Speed of delete, move and undo over HTTP: python -m benchmarks.bench_files [--count 2000]

A server of its own over synthetic files that it has indexed. While each operation is under way, another client tags one
file after the other: the longest of these requests tells how long others wait for the database.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.client import Client
from benchmarks.library import SyntheticLibrary, make_library
from benchmarks.server import serve

PAUSE_S = 0.01


@contextmanager
def others(port: int, tag_id: int, path: str, waits: list[float]) -> Iterator[None]:
    """Add and remove a tag repeatedly during the block."""
    ended = threading.Event()

    def work() -> None:
        with closing(Client(port)) as client:
            while not ended.wait(PAUSE_S):
                started = time.perf_counter()
                client.post("/db/toggle_custom_tag_to_img", {"img_path": path, "tag_id": tag_id})
                waits.append(time.perf_counter() - started)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def measure(port: int, library: SyntheticLibrary, count: int) -> None:
    """Measure all operations one after the other."""
    with closing(Client(port)) as client:
        tag_id = json.loads(client.post("/db/add_custom_tag", {"tag_name": "bench"}))["id"]
        query = {"surstr": "", "folder_paths": [str(library.flat), str(library.root / "by-date")], "size": 1000}
        ids: list[int] = []
        cursor: str | None = ""
        while len(ids) < count and cursor is not None:
            page = json.loads(client.post("/db/search_by_substr", {**query, "cursor": cursor}))
            ids += [entry["id"] for entry in page["files"]]
            cursor = page["cursor"]["next"] if page["cursor"]["has_next"] else None
        move = {"ids": ids, "dest": str(library.root / "moved"), "create_dest_folder": True}
        for name, path, body in (
            ("move", "/move_files", move),
            ("undo", "/v1/operations/undo", {}),
            ("delete", "/delete_files", {"ids": ids}),
            ("undo", "/v1/operations/undo", {}),
            ("purge", "/delete_files", {"ids": ids, "permanent": True}),
        ):
            waits: list[float] = []
            with others(port, tag_id, str(library.pictures[0]), waits):
                started = time.perf_counter()
                client.post(path, body)
                seconds = time.perf_counter() - started
            waits.sort()
            print(
                f"{name:<8} {len(ids)} files  {seconds:6.2f} s  {seconds / len(ids) * 1000:5.2f} ms a file; others "
                f"waited {waits[len(waits) // 2] * 1000:.0f} ms (half of them), {waits[-1] * 1000:.0f} ms at most",
                flush=True,
            )


def main() -> None:
    """Measure the operations and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iib-files-") as base:
        home, root = Path(base) / "home", Path(base) / "library"
        home.mkdir()
        library = make_library(root, chosen.count)
        with serve(home, root, chosen.port) as server:
            with closing(Client(server.port)) as client:
                client.post("/db/update_image_data", {})
            server.settle()
            measure(server.port, library, chosen.count)


if __name__ == "__main__":
    main()
