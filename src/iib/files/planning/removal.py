"""Plans of deleting, restoring and purging."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.files.planning.plan import Draft, Guarded, Plan, measure
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed
from iib.files.planning.trash_folder import TrashPlaces
from iib.model.operation import ConflictPolicy, OperationKind, Step, StepKind, StepRole, TrashRow


def plan_delete(paths: Sequence[str], places: TrashPlaces | None, *, guarded: Guarded) -> Plan:
    """Delete files with their sidecars, and empty folders. Without `places` they are gone for good.

    A folder counts as empty when the same plan takes away all that is in it.
    """
    draft = Draft(OperationKind.DELETE)
    chosen = list(dict.fromkeys(paths))
    folders = [path for path in chosen if os.path.isdir(path) and not os.path.islink(path)]
    inner_first = sorted(folders, key=lambda path: (-path.count(os.sep), chosen.index(path)))
    known_folders = set(folders)
    for path in [path for path in chosen if path not in known_folders]:
        try:
            _add_file(draft, path, places, guarded)
        except (FileNotFoundError, NotADirectoryError):
            draft.settled.append(path)
        except (OSError, ValueError, StepFailed) as error:
            draft.refuse(path, error)
    for path in inner_first:
        try:
            _add_folder(draft, path, guarded)
        except (OSError, StepFailed) as error:
            draft.refuse(path, error)
    return draft.plan()


def plan_restore(rows: Sequence[TrashRow], *, policy: ConflictPolicy = ConflictPolicy.FAIL) -> Plan:
    """Put files back where they came from. Sidecars follow their media file; without a choice of theirs, under its
    new name. Folders that are gone are made again."""
    draft = Draft(OperationKind.RESTORE, policy)
    for group in _by_item(rows):
        try:
            _add_restored(draft, group)
        except (FileNotFoundError, NotADirectoryError):
            draft.problems.append(
                PathProblem(group[0].original_path, ProblemCode.MISSING, "it is no longer in the trash")
            )
        except (OSError, StepFailed) as error:
            draft.refuse(group[0].original_path, error)
    return draft.plan()


def plan_purge(rows: Sequence[TrashRow]) -> Plan:
    """Remove files of the trash for good."""
    draft = Draft(OperationKind.PURGE)
    for group in _by_item(rows):
        removals = [Step(StepKind.REMOVE, row.trash_path, size_bytes=row.size_bytes) for row in group]
        draft.add(group[0].original_path, "", removals[::-1])
    return draft.plan()


def _by_item(rows: Sequence[TrashRow]) -> list[list[TrashRow]]:
    """Files with their sidecars behind them."""
    found: dict[tuple[int, int], list[TrashRow]] = {}
    for row in sorted(rows, key=lambda row: (row.operation_id, row.item, row.is_sidecar, row.id)):
        found.setdefault((row.operation_id, row.item), []).append(row)
    return list(found.values())


def _add_file(draft: Draft, path: str, places: TrashPlaces | None, guarded: Guarded) -> None:
    guarded.check_delete(path)
    kind = StepKind.REMOVE if places is None else StepKind.MOVE
    target = "" if places is None else places.place_for(path)
    step = measure(kind, path, target)
    draft.add(path, target, [step, *draft.sidecar_steps(kind, path, target)])


def _add_folder(draft: Draft, path: str, guarded: Guarded) -> None:
    guarded.check_delete(path)
    if not all(draft.will_leave(os.path.join(path, name)) for name in os.listdir(path)):
        raise StepFailed(ProblemCode.NOT_EMPTY, "this folder is not empty")
    draft.add(path, "", [Step(StepKind.REMOVE_FOLDER, path)])


def _add_restored(draft: Draft, group: Sequence[TrashRow]) -> None:
    first = group[0]
    os.lstat(first.trash_path)
    draft.need_folder(os.path.dirname(first.original_path))
    chosen = draft.choose_target(first.trash_path, first.original_path)
    if chosen is None:
        draft.skipped.append(first.original_path)
        return
    steps = [measure(StepKind.MOVE, first.trash_path, chosen)]
    old_stem, new_stem = (os.path.splitext(path)[0] for path in (first.original_path, chosen))
    for row in group[1:]:
        target = new_stem + row.original_path[len(old_stem) :] if new_stem != old_stem else row.original_path
        try:
            place = draft.choose_target(row.trash_path, target, with_sidecars=False)
            if place is not None:
                steps.append(measure(StepKind.MOVE, row.trash_path, place, StepRole.MAIN))
        except FileNotFoundError:
            continue  # somebody took the sidecar out by hand
    draft.add(first.original_path, chosen, steps)
