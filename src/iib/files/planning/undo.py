"""Plans that take an operation back."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.files.planning.plan import Draft, Plan, measure
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed
from iib.files.planning.trash_folder import TrashPlaces
from iib.model.operation import JournalStep, OperationId, OperationKind, Step, StepKind, StepRole, StepState


def plan_undo(operation_id: OperationId, steps: Sequence[JournalStep], places: TrashPlaces) -> Plan:
    """Reverse what was done, last things first: moves go back, copies go to the trash, folders are made or removed.

    Nothing is overwritten; what cannot be taken back is a problem with its path.
    """
    draft = Draft(OperationKind.UNDO)
    by_item: dict[int, list[Step]] = {}
    for row in steps:
        if row.state is StepState.DONE:
            by_item.setdefault(row.item, []).append(row.step)
    for _item, done in sorted(by_item.items(), reverse=True):
        path = done[0].target or done[0].source
        try:
            made: set[str] = set()
            reversed_steps = [back for step in reversed(done) for back in _reverse(draft, step, places, made)]
            if reversed_steps:
                draft.add(path, done[0].source, reversed_steps)
        except (FileNotFoundError, NotADirectoryError):
            draft.problems.append(PathProblem(path, ProblemCode.MISSING, "it is no longer there"))
        except (OSError, StepFailed) as error:
            draft.refuse(path, error)
    return draft.plan(undo_of=operation_id)


def reverse_step(step: Step) -> Step | None:
    """The step that takes this one back; None when there is none. Pure."""
    if step.kind is StepKind.MOVE:
        return Step(
            StepKind.MOVE, step.target, step.source, StepRole.MAIN, step.is_folder, step.size_bytes, step.mtime_ns
        )
    if step.kind is StepKind.COPY:
        return Step(StepKind.REMOVE, step.target, size_bytes=step.size_bytes, mtime_ns=step.mtime_ns)
    if step.kind is StepKind.MAKE_FOLDER:
        return Step(StepKind.REMOVE_FOLDER, step.source, step.target, StepRole.TIDY, step.is_folder)
    if step.kind is StepKind.REMOVE_FOLDER:
        return Step(StepKind.MAKE_FOLDER, step.source, step.target, StepRole.MAIN, step.is_folder)
    return None


def _reverse(draft: Draft, step: Step, places: TrashPlaces, made: set[str]) -> list[Step]:
    """`made`: folders that earlier steps of the same item make."""
    if step.kind is StepKind.REMOVE:
        raise StepFailed(ProblemCode.FAILED, "it was deleted for good")
    if step.kind is StepKind.COPY:
        return [measure(StepKind.MOVE, step.target, places.place_for(step.target))]
    if step.kind is StepKind.MOVE:
        home = measure(StepKind.MOVE, step.target, step.source)
        if os.path.dirname(step.source) not in made:
            draft.need_folder(os.path.dirname(step.source))
        draft.choose_target(step.target, step.source, with_sidecars=False)
        return [home]
    back = reverse_step(step)
    if back is None or (back.kind is StepKind.REMOVE_FOLDER and not os.path.isdir(back.source)):
        return []
    if back.kind is StepKind.MAKE_FOLDER:
        if os.path.isdir(back.source):
            return []
        if os.path.dirname(back.source) not in made:
            draft.need_folder(os.path.dirname(back.source))
        made.add(back.source)
    return [back]
