"""Serve a library, or a small demo library if none is named."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"


def main() -> int:
    """Used by `make run`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--library", default="")
    chosen = parser.parse_args()
    library = chosen.library
    if not library:
        from make_demo import make_demo

        library = str(DEMO / "library")
        make_demo(Path(library))
        os.environ.setdefault("IIB_DB_PATH", str(DEMO / "iib.db"))
        os.environ.setdefault("IIB_CACHE_DIR", str(DEMO))
    elif not Path(library).is_dir():
        parser.error(f"there is no folder {library}")
    from iib.cli.serve import main as serve

    return serve(["--port", str(chosen.port), "--extra_paths", library, "--update_image_index"])


if __name__ == "__main__":
    sys.exit(main())
