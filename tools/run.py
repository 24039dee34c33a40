"""Serve a library, or a small demo library if none is named. `make run` calls it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"


def main() -> int:
    """Make the demo library if need be, then do what `python app.py` does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--library", default="")
    chosen = parser.parse_args()
    library = Path(chosen.library).expanduser().resolve() if chosen.library else make_demo_library()
    if not library.is_dir():
        parser.error(f"there is no folder {library}")
    from iib.cli.serve import main as serve

    print(f"Library: {library} (Ctrl+C ends the server)", flush=True)
    return serve(["--port", str(chosen.port), "--extra_paths", str(library), "--update_in_background"])


def make_demo_library() -> Path:
    """Its index and thumbnails lie beside it, apart from those of a real library."""
    from make_demo import make_demo

    make_demo(DEMO / "library")
    os.environ["IIB_DB_PATH"] = str(DEMO / "iib.db")
    os.environ["IIB_CACHE_DIR"] = str(DEMO)
    return DEMO / "library"


if __name__ == "__main__":
    sys.exit(main())
