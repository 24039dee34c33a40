"""Public entry point: `python app.py`, and `from app import launch_app, async_launch_app, AppUtils`."""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "src"
if SOURCE.is_dir() and str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))

from iib.bootstrap import AppUtils, async_launch_app, launch_app  # noqa: E402
from iib.cli.serve import main, setup_parser  # noqa: E402

__all__ = ["AppUtils", "async_launch_app", "launch_app", "setup_parser"]

if __name__ == "__main__":
    sys.exit(main())
