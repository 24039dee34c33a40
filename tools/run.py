"""Serves a library, by default a small demo library. `make run` calls this tool."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"


def main() -> int:
    """Create the demo library if no other one is named, then run `python app.py`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--library", default="")
    options = parser.parse_args()
    library = Path(options.library).expanduser().resolve() if options.library else make_demo_library()
    if not library.is_dir():
        parser.error(f"this folder does not exist: {library}")
    from iib.cli.serve import main as serve

    print(f"Library: {library} (Ctrl+C stops the server)", flush=True)
    return serve(["--port", str(options.port), "--extra_paths", str(library), "--update_in_background"])


def make_demo_library() -> Path:
    """Create the demo library, and store its database and thumbnails next to it."""
    from make_demo import make_demo

    make_demo(DEMO / "library")
    os.environ["IIB_DB_PATH"] = str(DEMO / "iib.db")
    os.environ["IIB_CACHE_DIR"] = str(DEMO)
    return DEMO / "library"


if __name__ == "__main__":
    sys.exit(main())
