"""Rewrites paths after a move: `python migrate.py --db_path iib.db --old_dir OLD --new_dir NEW`."""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "src"
if SOURCE.is_dir() and str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))

from iib.cli.relocate import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
