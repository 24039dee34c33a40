"""Plans of moves, copies, renames and flattening."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iib._lib.exclusive_rename import is_case_change
from iib._lib.file_names import name_problem
from iib.errors import InvalidRequest
from iib.files.planning.plan import Draft, Guarded, Plan, is_inside, measure
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import find_sidecars
from iib.model.media_types import TRASH_FOLDER, is_in_trash, is_media_name
from iib.model.operation import ConflictPolicy, OperationKind, Step, StepKind, StepRole


def plan_transfer(
    kind: OperationKind,
    sources: Sequence[str],
    destination: str,
    *,
    guarded: Guarded,
    create: bool = False,
    policy: ConflictPolicy = ConflictPolicy.FAIL,
) -> Plan:
    """Move or copy files and folders into a folder. Raises `InvalidRequest` when that is no place to go."""
    draft = Draft(kind, policy)
    plan_destination(draft, destination, create=create)
    chosen = list(dict.fromkeys(sources))
    for source in chosen:
        if kind is OperationKind.MOVE and _is_carried(source, chosen):
            continue  # goes with its folder
        try:
            _add_transfer(draft, source, os.path.join(destination, os.path.basename(source)), guarded)
        except (OSError, ValueError, StepFailed) as error:
            draft.refuse(source, error)
    return draft.plan(destination)


def plan_rename(path: str, name: str, *, guarded: Guarded) -> Plan:
    """Give a file or folder another name in its folder. Raises `InvalidRequest` for a name that is none."""
    problem = name_problem(name, windows=guarded.windows)
    if problem or name == TRASH_FOLDER:
        raise InvalidRequest(problem or "this name is reserved")
    draft = Draft(OperationKind.RENAME)
    target = os.path.join(os.path.dirname(path), name)
    try:
        if target == path:
            os.lstat(path)
            draft.settled.append(path)
        else:
            _add_move(draft, path, target, guarded)
    except (OSError, ValueError, StepFailed) as error:
        draft.refuse(path, error)
    return draft.plan(target)


@dataclass(frozen=True, slots=True)
class FlattenPlan:
    """`files`: media files in sub-folders; `conflicts`: names that occur more than once, in order."""

    plan: Plan
    files: int
    conflicts: tuple[str, ...]


def plan_flatten(folder: str, *, guarded: Guarded) -> FlattenPlan:
    """Move all media files of sub-folders into the folder itself, and remove sub-folders that this empties."""
    if not os.path.isdir(folder):
        raise InvalidRequest(f"not a folder: {folder}")
    if is_in_trash(folder):
        raise InvalidRequest("this lies in the trash")
    trees = list(_walk(folder, with_trash=False))
    files = [os.path.join(place, name) for place, _folders, names in trees[1:] for name in names if is_media_name(name)]
    conflicts = _clashes(folder, files)
    draft = Draft(OperationKind.FLATTEN)
    if not conflicts:
        for path in files:
            try:
                _add_move(draft, path, os.path.join(folder, os.path.basename(path)), guarded)
            except (OSError, ValueError, StepFailed) as error:
                draft.refuse(path, error)
        _add_emptied(draft, trees[1:], guarded)
    return FlattenPlan(draft.plan(folder), len(files), conflicts)


def _add_emptied(draft: Draft, trees: Sequence[tuple[str, list[str], list[str]]], guarded: Guarded) -> None:
    """Sub-folders whose last entries leave with this plan; those that were empty before stay."""
    for place, folders, names in reversed(trees):
        inner = [os.path.join(place, name) for name in (*folders, *names)]
        if inner and all(draft.will_leave(item) for item in inner):
            try:
                guarded.check_delete(place)
            except StepFailed:
                continue
            draft.add(place, "", [Step(StepKind.REMOVE_FOLDER, place, role=StepRole.TIDY)])


def _clashes(folder: str, files: Sequence[str]) -> tuple[str, ...]:
    """Names that would meet in the folder, whatever their letter case: those of files, those of their sidecars, and
    those that are there already."""
    present = {name.casefold() for name in os.listdir(folder)}
    places = {path: [os.path.basename(path)] for path in files}
    seen: set[str] = set()
    for path in files:
        for sidecar in find_sidecars(path):
            if sidecar not in seen:
                seen.add(sidecar)
                places[path].append(os.path.basename(sidecar))
    counts = Counter(name.casefold() for names in places.values() for name in names)
    found = {
        name for names in places.values() for name in names if counts[name.casefold()] > 1 or name.casefold() in present
    }
    return tuple(sorted(found))


def tree_steps(kind: StepKind, source: str, target: str) -> list[Step]:
    """A folder taken to another disk, or copied, entry by entry. Links stay links. Raises `OSError`, `StepFailed`."""
    is_move = kind is StepKind.MOVE
    steps: list[Step] = []
    removals: list[Step] = []
    for place, folders, names in _walk(source, with_trash=is_move):
        counterpart = target + place[len(source) :]
        steps.append(Step(StepKind.MAKE_FOLDER, counterpart, place if is_move else "", is_folder=is_move))
        if is_move:
            removals.append(Step(StepKind.REMOVE_FOLDER, place, counterpart, StepRole.TIDY, is_folder=True))
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        steps += [measure(kind, os.path.join(place, name), os.path.join(counterpart, name)) for name in names + links]
    return steps + removals[::-1]


def plan_destination(draft: Draft, destination: str, *, create: bool) -> None:
    """Add the making of this folder if it is missing. Raises `InvalidRequest` when that is no place to go."""
    if is_in_trash(destination):
        raise InvalidRequest("the trash is no destination")
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
        draft.need_folder(destination)
    except StepFailed as error:
        raise InvalidRequest(error.message) from error


def _missing_names(path: str) -> Iterator[str]:
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        yield os.path.basename(path)
        path = os.path.dirname(path)


def _is_carried(source: str, sources: Sequence[str]) -> bool:
    """True if the list names a folder that this entry lies in."""
    chosen = set(sources)
    place = os.path.dirname(source)
    while place != os.path.dirname(place):
        if place in chosen and not os.path.islink(place):
            return True
        place = os.path.dirname(place)
    return False


def _add_transfer(draft: Draft, source: str, target: str, guarded: Guarded) -> None:
    is_folder = measure(StepKind(draft.kind.value), source, target).is_folder
    if is_folder and is_inside(os.path.dirname(target), source):
        raise StepFailed(ProblemCode.INVALID, "a folder cannot go into itself")
    if draft.kind is OperationKind.MOVE:
        if source == target:
            raise StepFailed(ProblemCode.EXISTS, f"it is there already: {target}")
        _add_move(draft, source, target, guarded)
        return
    if is_in_trash(source):
        raise StepFailed(ProblemCode.PROTECTED, "this lies in the trash: restore it")
    chosen = draft.choose_target(source, target)
    if chosen is None:
        draft.skipped.append(source)
        return
    if is_folder:
        draft.add(source, chosen, tree_steps(StepKind.COPY, source, chosen))
        return
    sidecars = draft.sidecar_steps(StepKind.COPY, source, chosen)
    draft.add(source, chosen, [measure(StepKind.COPY, source, chosen), *sidecars])


def _add_move(draft: Draft, source: str, target: str, guarded: Guarded) -> None:
    guarded.check_move(source)
    step = measure(StepKind.MOVE, source, target)
    chosen = draft.choose_target(source, target)
    if chosen is None:
        draft.skipped.append(source)
        return
    if step.is_folder:
        is_far = not is_case_change(source, chosen) and _device(source) != _device(_existing(os.path.dirname(chosen)))
        steps = tree_steps(StepKind.MOVE, source, chosen) if is_far else [measure(StepKind.MOVE, source, chosen)]
        draft.add(source, chosen, steps)
        return
    sidecars = draft.sidecar_steps(StepKind.MOVE, source, chosen)
    draft.add(source, chosen, [measure(StepKind.MOVE, source, chosen), *sidecars])


def _existing(path: str) -> str:
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def _device(path: str) -> int:
    return os.stat(path).st_dev


def _walk(top: str, *, with_trash: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    """Folders parents first, entries sorted, links not followed. Raises `OSError` for what cannot be listed."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(top, onerror=fail):
        if not with_trash and TRASH_FOLDER in folders:
            folders.remove(TRASH_FOLDER)
        folders.sort()
        yield place, list(folders), sorted(names)
