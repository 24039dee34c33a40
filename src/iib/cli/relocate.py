"""`python migrate.py`: rewrites the paths of a database after the library was moved to another folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from iib.errors import IIBError
from iib.store import relocate_database


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and rewrite the database. Return the exit code."""
    parser = argparse.ArgumentParser(
        prog="migrate.py", description="Replace the leading folder of all paths in a database. Stop the server first."
    )
    parser.add_argument("--db_path", required=True, type=Path, help="database of this program or the earlier one")
    parser.add_argument("--old_dir", required=True, help="previous folder of the files")
    parser.add_argument("--new_dir", required=True, help="current folder of the files")
    options = parser.parse_args(arguments)
    try:
        result = relocate_database(options.db_path.expanduser(), options.old_dir, options.new_dir)
    except IIBError as error:
        parser.exit(1, f"{parser.prog}: {error.message}\n")
    if result.original is None:
        print(f"No path below {options.old_dir} in {options.db_path}; nothing was changed.")
        return 0
    for table, count in result.rows.items():
        print(f"{table:<16} {count:>10,} rows")
    print(f"Done. The original is kept as {result.original}")
    return 0
