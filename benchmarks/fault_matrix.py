"""Kill file operations at every checkpoint and see what the next start makes of it.

    python -m benchmarks.fault_matrix --count 200 --every 20 --far /dev/shm
    python -m benchmarks.fault_matrix --organise 2000 --collisions 300 --kills 3

Prints one line a scenario; the first thing that is lost, doubled or forgotten ends the run with an error.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.crash_scenarios import KINDS, Stage, survive, undisturbed
from support.crashing import CrashServer, crash_server
from support.organise_crashes import MessyStage
from support.organise_crashes import survive as survive_organising
from support.organise_crashes import undisturbed as organise_undisturbed


def run_kind(server: CrashServer, kind: str, far: Path | None, count: int, every: int) -> str:
    """Kill at each `every`th checkpoint (with a random first one) of one kind of operation."""
    base = Path(tempfile.mkdtemp(prefix="iib-faults-"))
    other = Path(tempfile.mkdtemp(prefix="iib-faults-", dir=far)) if far else base / "far"
    try:
        started = time.monotonic()
        stage = Stage(base, other, count)
        expected, checkpoints = undisturbed(stage, server, kind)
        moments = range(random.randrange(every), checkpoints, every)
        for moment in moments:
            survive(stage, server, kind, moment, expected)
        where = "two disks" if far else "one disk"
        return (
            f"{kind:<12} {where:<10} {count:>4} pictures  {checkpoints:>5} checkpoints  {len(moments):>4} kills  "
            f"0 lost  {time.monotonic() - started:6.1f} s"
        )
    finally:
        shutil.rmtree(base)
        shutil.rmtree(other, ignore_errors=True)


def run_organise(server: CrashServer, count: int, collisions: int, kills: int) -> str:
    """Kill an organising in the middle and at other random moments; restart, finish, undo, compare byte for byte."""
    base = Path(tempfile.mkdtemp(prefix="iib-faults-"))
    try:
        started = time.monotonic()
        stage = MessyStage(base, count, collisions)
        prepared = time.monotonic()
        expected, checkpoints = organise_undisturbed(stage, server)
        undisturbed_s = time.monotonic() - prepared
        others = random.sample(range(checkpoints), min(checkpoints, max(0, kills - 1)))
        for moment in [checkpoints // 2, *others][:kills]:
            begun = time.monotonic()
            state = survive_organising(stage, server, moment, expected)
            took_s = time.monotonic() - begun
            print(f"  killed at {moment:>6}: {state.message}; undone, tree as before  {took_s:6.1f} s", flush=True)
        return (
            f"organise     one disk   {count:>4} pictures  {stage.renamed} renamed  {checkpoints:>5} checkpoints  "
            f"{kills:>4} kills  0 lost  preview {prepared - started:.1f} s, undisturbed {undisturbed_s:.1f} s, "
            f"all {time.monotonic() - started:6.1f} s"
        )
    finally:
        shutil.rmtree(base)


def main() -> None:
    """All kinds on one disk, and those that can cross disks on two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--far", type=Path, default=None, help="a folder on another disk")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--organise", type=int, default=0, help="organise so many pictures instead")
    parser.add_argument("--collisions", type=int, default=300, help="how many of them have the name of another one")
    parser.add_argument("--kills", type=int, default=3, help="how often an organising is cut off; first in the middle")
    chosen = parser.parse_args()
    with crash_server() as server:
        if chosen.organise:
            print(run_organise(server, chosen.organise, chosen.collisions, chosen.kills), flush=True)
            return
        for kind in chosen.kinds:
            print(run_kind(server, kind, None, chosen.count, chosen.every), flush=True)
            if chosen.far is not None and kind in ("move", "move folder", "copy", "copy folder"):
                print(run_kind(server, kind, chosen.far, chosen.count, chosen.every), flush=True)


if __name__ == "__main__":
    main()
