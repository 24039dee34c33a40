"""`python migrate.py`: the library was moved to another folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from iib.errors import IIBError
from iib.store import relocate_database


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and rewrite."""
    parser = argparse.ArgumentParser(
        prog="migrate.py", description="Rewrite the leading folder of every path in a database. Stop the server first."
    )
    parser.add_argument("--db_path", required=True, type=Path, help="the database, of this or of the earlier program")
    parser.add_argument("--old_dir", required=True, help="folder in which the files were")
    parser.add_argument("--new_dir", required=True, help="folder in which they are now")
    chosen = parser.parse_args(arguments)
    try:
        done = relocate_database(chosen.db_path.expanduser(), chosen.old_dir, chosen.new_dir)
    except IIBError as error:
        parser.exit(1, f"{parser.prog}: {error.message}\n")
    if done.original is None:
        print(f"No path below {chosen.old_dir} in {chosen.db_path}; nothing was changed.")
        return 0
    for table, count in done.rows.items():
        print(f"{table:<16} {count:>10,} rows")
    print(f"Done. The original is kept as {done.original}")
    return 0
