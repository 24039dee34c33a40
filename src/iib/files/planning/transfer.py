"""Plans of moves, copies, renames and flattened folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iib._lib.exclusive_rename import is_case_change
from iib._lib.file_names import name_problem
from iib.errors import InvalidRequest
from iib.files.planning.plan import Plan, PlanBuilder, ProtectedFolders, is_inside, step_from_disk
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import find_sidecars
from iib.model import TRASH_FOLDER, ConflictPolicy, OperationKind, Step, StepKind, StepRole, is_in_trash, is_media_name


def plan_transfer(
    kind: OperationKind,
    sources: Sequence[str],
    destination: str,
    *,
    protected: ProtectedFolders,
    create: bool = False,
    policy: ConflictPolicy = ConflictPolicy.FAIL,
) -> Plan:
    """Move or copy files and folders into a folder. Raises `InvalidRequest` for an invalid destination."""
    builder = PlanBuilder(kind, policy)
    plan_destination(builder, destination, create=create)
    requested = list(dict.fromkeys(sources))
    for source in requested:
        if kind is OperationKind.MOVE and _is_in_requested_folder(source, requested):
            continue  # moves with its folder
        try:
            _add_transfer(builder, source, os.path.join(destination, os.path.basename(source)), protected)
        except (OSError, ValueError, StepFailed) as error:
            builder.add_problem(source, error)
    return builder.build(destination)


def plan_rename(path: str, name: str, *, protected: ProtectedFolders) -> Plan:
    """Rename a file or folder within its folder. Raises `InvalidRequest` for an invalid name."""
    problem = name_problem(name, windows=protected.windows)
    if problem or name == TRASH_FOLDER:
        raise InvalidRequest(problem or "this name is reserved")
    builder = PlanBuilder(OperationKind.RENAME)
    target = os.path.join(os.path.dirname(path), name)
    try:
        if target == path:
            os.lstat(path)
            builder.already_done.append(path)
        else:
            _add_move(builder, path, target, protected)
    except (OSError, ValueError, StepFailed) as error:
        builder.add_problem(path, error)
    return builder.build(target)


@dataclass(frozen=True, slots=True)
class FlattenPlan:
    """A plan with the number of media files in sub-folders, and the names that occur more than once, sorted."""

    plan: Plan
    files: int
    conflicts: tuple[str, ...]


def plan_flatten(folder: str, *, protected: ProtectedFolders) -> FlattenPlan:
    """Move the media files of all sub-folders into the folder, and remove the sub-folders that become empty."""
    if not os.path.isdir(folder):
        raise InvalidRequest(f"not a folder: {folder}")
    if is_in_trash(folder):
        raise InvalidRequest("this folder is in the trash")
    trees = list(_walk(folder, with_trash=False))
    files = [
        os.path.join(parent, name) for parent, _folders, names in trees[1:] for name in names if is_media_name(name)
    ]
    conflicts = _name_conflicts(folder, files)
    builder = PlanBuilder(OperationKind.FLATTEN)
    if not conflicts:
        for path in files:
            try:
                _add_move(builder, path, os.path.join(folder, os.path.basename(path)), protected)
            except (OSError, ValueError, StepFailed) as error:
                builder.add_problem(path, error)
        _remove_emptied_folders(builder, trees[1:], protected)
    return FlattenPlan(builder.build(folder), len(files), conflicts)


def _remove_emptied_folders(
    builder: PlanBuilder, trees: Sequence[tuple[str, list[str], list[str]]], protected: ProtectedFolders
) -> None:
    """Add the removal of sub-folders that this plan empties. Sub-folders that are empty already stay."""
    for folder, folders, names in reversed(trees):
        entries = [os.path.join(folder, name) for name in (*folders, *names)]
        if entries and all(builder.will_be_gone(entry) for entry in entries):
            try:
                protected.check_delete(folder)
            except StepFailed:
                continue
            builder.add(folder, "", [Step(StepKind.REMOVE_FOLDER, folder, role=StepRole.TIDY)])


def _name_conflicts(folder: str, files: Sequence[str]) -> tuple[str, ...]:
    """Names that would occur more than once in the folder, ignoring letter case.

    Compared are the files, their sidecars and the existing entries of the folder.
    """
    existing = {name.casefold() for name in os.listdir(folder)}
    new_names = {path: [os.path.basename(path)] for path in files}
    planned_sidecars: set[str] = set()
    for path in files:
        for sidecar in find_sidecars(path):
            if sidecar not in planned_sidecars:
                planned_sidecars.add(sidecar)
                new_names[path].append(os.path.basename(sidecar))
    counts = Counter(name.casefold() for names in new_names.values() for name in names)
    conflicts = {
        name
        for names in new_names.values()
        for name in names
        if counts[name.casefold()] > 1 or name.casefold() in existing
    }
    return tuple(sorted(conflicts))


def tree_steps(kind: StepKind, source: str, target: str) -> list[Step]:
    """Steps that move or copy a folder entry by entry. Links stay links. Raises `OSError`, `StepFailed`."""
    is_move = kind is StepKind.MOVE
    steps: list[Step] = []
    removals: list[Step] = []
    for folder, folders, names in _walk(source, with_trash=is_move):
        counterpart = target + folder[len(source) :]
        steps.append(Step(StepKind.MAKE_FOLDER, counterpart, folder if is_move else "", is_folder=is_move))
        if is_move:
            removals.append(Step(StepKind.REMOVE_FOLDER, folder, counterpart, StepRole.TIDY, is_folder=True))
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        steps += [
            step_from_disk(kind, os.path.join(folder, name), os.path.join(counterpart, name)) for name in names + links
        ]
    return steps + removals[::-1]


def plan_destination(builder: PlanBuilder, destination: str, *, create: bool) -> None:
    """Add the creation of the destination folder if it is missing. Raises `InvalidRequest` for an invalid one."""
    if is_in_trash(destination):
        raise InvalidRequest("the trash cannot be a destination")
    if os.path.isdir(destination):
        return
    if os.path.lexists(destination):
        raise InvalidRequest(f"not a folder: {destination}")
    if not create:
        raise InvalidRequest(f"this folder does not exist: {destination}")
    for name in _missing_names(destination):
        problem = name_problem(name, windows=os.name == "nt")
        if problem:
            raise InvalidRequest(problem)
    try:
        builder.ensure_folder(destination)
    except StepFailed as error:
        raise InvalidRequest(error.message) from error


def _missing_names(path: str) -> Iterator[str]:
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        yield os.path.basename(path)
        path = os.path.dirname(path)


def _is_in_requested_folder(source: str, sources: Sequence[str]) -> bool:
    """True if the list contains a folder above this entry."""
    requested = set(sources)
    folder = os.path.dirname(source)
    while folder != os.path.dirname(folder):
        if folder in requested and not os.path.islink(folder):
            return True
        folder = os.path.dirname(folder)
    return False


def _add_transfer(builder: PlanBuilder, source: str, target: str, protected: ProtectedFolders) -> None:
    is_folder = step_from_disk(StepKind(builder.kind.value), source, target).is_folder
    if is_folder and is_inside(os.path.dirname(target), source):
        raise StepFailed(ProblemCode.INVALID, "a folder cannot be moved or copied into itself")
    if builder.kind is OperationKind.MOVE:
        if source == target:
            raise StepFailed(ProblemCode.EXISTS, f"the file or folder is already there: {target}")
        _add_move(builder, source, target, protected)
        return
    if is_in_trash(source):
        raise StepFailed(ProblemCode.PROTECTED, "this file is in the trash: restore it")
    chosen = builder.choose_target(source, target)
    if chosen is None:
        builder.skipped.append(source)
        return
    if is_folder:
        builder.add(source, chosen, tree_steps(StepKind.COPY, source, chosen))
        return
    sidecars = builder.sidecar_steps(StepKind.COPY, source, chosen)
    builder.add(source, chosen, [step_from_disk(StepKind.COPY, source, chosen), *sidecars])


def _add_move(builder: PlanBuilder, source: str, target: str, protected: ProtectedFolders) -> None:
    protected.check_move(source)
    step = step_from_disk(StepKind.MOVE, source, target)
    chosen = builder.choose_target(source, target)
    if chosen is None:
        builder.skipped.append(source)
        return
    if step.is_folder:
        is_on_other_disk = not is_case_change(source, chosen) and _device(source) != _device(
            _nearest_existing(os.path.dirname(chosen))
        )
        steps = (
            tree_steps(StepKind.MOVE, source, chosen)
            if is_on_other_disk
            else [step_from_disk(StepKind.MOVE, source, chosen)]
        )
        builder.add(source, chosen, steps)
        return
    sidecars = builder.sidecar_steps(StepKind.MOVE, source, chosen)
    builder.add(source, chosen, [step_from_disk(StepKind.MOVE, source, chosen), *sidecars])


def _nearest_existing(path: str) -> str:
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def _device(path: str) -> int:
    return os.stat(path).st_dev


def _walk(top: str, *, with_trash: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk a folder: parents first, entries sorted, links not followed. Raises `OSError` for unreadable folders."""

    def fail(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(top, onerror=fail):
        if not with_trash and TRASH_FOLDER in folders:
            folders.remove(TRASH_FOLDER)
        folders.sort()
        yield folder, list(folders), sorted(names)
