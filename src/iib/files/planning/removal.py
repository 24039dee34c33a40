"""Plans of deletions, restorations and purges."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.files.planning.plan import Plan, PlanBuilder, ProtectedFolders, step_from_disk
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed
from iib.files.planning.trash_folder import TrashAllocator
from iib.model import ConflictPolicy, OperationKind, Step, StepKind, StepRole, TrashRow


def plan_delete(paths: Sequence[str], trash: TrashAllocator | None, *, protected: ProtectedFolders) -> Plan:
    """Delete files with their sidecars, and empty folders. Without `trash` the deletion is permanent.

    A folder counts as empty if the same plan removes everything in it.
    """
    builder = PlanBuilder(OperationKind.DELETE)
    requested = list(dict.fromkeys(paths))
    folders = [path for path in requested if os.path.isdir(path) and not os.path.islink(path)]
    inner_first = sorted(folders, key=lambda path: (-path.count(os.sep), requested.index(path)))
    folder_set = set(folders)
    for path in [path for path in requested if path not in folder_set]:
        try:
            _add_file(builder, path, trash, protected)
        except (FileNotFoundError, NotADirectoryError):
            builder.already_done.append(path)
        except (OSError, ValueError, StepFailed) as error:
            builder.add_problem(path, error)
    for path in inner_first:
        try:
            _add_folder(builder, path, protected)
        except (OSError, StepFailed) as error:
            builder.add_problem(path, error)
    return builder.build()


def plan_restore(rows: Sequence[TrashRow], *, policy: ConflictPolicy = ConflictPolicy.FAIL) -> Plan:
    """Move files back to their original folders, which are created again if they are missing.

    Sidecars follow their media file, and get its new name if the file is restored under another name.
    """
    builder = PlanBuilder(OperationKind.RESTORE, policy)
    for group in _by_item(rows):
        try:
            _add_restored(builder, group)
        except (FileNotFoundError, NotADirectoryError):
            builder.problems.append(
                PathProblem(group[0].original_path, ProblemCode.MISSING, "it is no longer in the trash")
            )
        except (OSError, StepFailed) as error:
            builder.add_problem(group[0].original_path, error)
    return builder.build()


def plan_purge(rows: Sequence[TrashRow]) -> Plan:
    """Remove files from the trash permanently."""
    builder = PlanBuilder(OperationKind.PURGE)
    for group in _by_item(rows):
        removals = [Step(StepKind.REMOVE, row.trash_path, size_bytes=row.size_bytes) for row in group]
        builder.add(group[0].original_path, "", removals[::-1])
    return builder.build()


def _by_item(rows: Sequence[TrashRow]) -> list[list[TrashRow]]:
    """Group rows by item: each file, then its sidecars."""
    groups: dict[tuple[int, int], list[TrashRow]] = {}
    for row in sorted(rows, key=lambda row: (row.operation_id, row.item, row.is_sidecar, row.id)):
        groups.setdefault((row.operation_id, row.item), []).append(row)
    return list(groups.values())


def _add_file(builder: PlanBuilder, path: str, trash: TrashAllocator | None, protected: ProtectedFolders) -> None:
    protected.check_delete(path)
    kind = StepKind.REMOVE if trash is None else StepKind.MOVE
    target = "" if trash is None else trash.path_for(path)
    step = step_from_disk(kind, path, target)
    builder.add(path, target, [step, *builder.sidecar_steps(kind, path, target)])


def _add_folder(builder: PlanBuilder, path: str, protected: ProtectedFolders) -> None:
    protected.check_delete(path)
    if not all(builder.will_be_gone(os.path.join(path, name)) for name in os.listdir(path)):
        raise StepFailed(ProblemCode.NOT_EMPTY, "the folder is not empty")
    builder.add(path, "", [Step(StepKind.REMOVE_FOLDER, path)])


def _add_restored(builder: PlanBuilder, group: Sequence[TrashRow]) -> None:
    first = group[0]
    os.lstat(first.trash_path)
    builder.ensure_folder(os.path.dirname(first.original_path))
    chosen = builder.choose_target(first.trash_path, first.original_path)
    if chosen is None:
        builder.skipped.append(first.original_path)
        return
    steps = [step_from_disk(StepKind.MOVE, first.trash_path, chosen)]
    old_stem, new_stem = (os.path.splitext(path)[0] for path in (first.original_path, chosen))
    for row in group[1:]:
        target = new_stem + row.original_path[len(old_stem) :] if new_stem != old_stem else row.original_path
        try:
            free_target = builder.choose_target(row.trash_path, target, with_sidecars=False)
            if free_target is not None:
                steps.append(step_from_disk(StepKind.MOVE, row.trash_path, free_target, StepRole.MAIN))
        except FileNotFoundError:
            continue  # the sidecar was removed from the trash manually
    builder.add(first.original_path, chosen, steps)
