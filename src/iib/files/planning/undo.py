"""Plans that reverse an operation."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.files.planning.plan import Plan, PlanBuilder, step_from_disk
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed
from iib.files.planning.trash_folder import TrashAllocator
from iib.model import JournalStep, OperationId, OperationKind, Step, StepKind, StepRole, StepState


def plan_undo(operation_id: OperationId, steps: Sequence[JournalStep], trash: TrashAllocator) -> Plan:
    """Reverse the completed steps, last step first.

    Moved files go back, copies go to the trash, and folders are created or removed. Nothing is overwritten; each entry
    that cannot be reversed becomes a problem.
    """
    builder = PlanBuilder(OperationKind.UNDO)
    by_item: dict[int, list[Step]] = {}
    for row in steps:
        if row.state is StepState.DONE:
            by_item.setdefault(row.item, []).append(row.step)
    for _item, done in sorted(by_item.items(), reverse=True):
        path = done[0].target or done[0].source
        try:
            created: set[str] = set()
            reversed_steps = [reverse for step in reversed(done) for reverse in _reverse(builder, step, trash, created)]
            if reversed_steps:
                builder.add(path, done[0].source, reversed_steps)
        except (FileNotFoundError, NotADirectoryError):
            builder.problems.append(PathProblem(path, ProblemCode.MISSING, "the file or folder no longer exists"))
        except (OSError, StepFailed) as error:
            builder.add_problem(path, error)
    return builder.build(undo_of=operation_id)


def reverse_step(step: Step) -> Step | None:
    """Return the step that reverses this one; None for a permanent removal. Pure."""
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


def _reverse(builder: PlanBuilder, step: Step, trash: TrashAllocator, created: set[str]) -> list[Step]:
    """Reverse one step. `created` collects the folders that earlier steps of the same item create."""
    if step.kind is StepKind.REMOVE:
        raise StepFailed(ProblemCode.FAILED, "the file was deleted permanently")
    if step.kind is StepKind.COPY:
        return [step_from_disk(StepKind.MOVE, step.target, trash.path_for(step.target))]
    if step.kind is StepKind.MOVE:
        move_back = step_from_disk(StepKind.MOVE, step.target, step.source)
        if os.path.dirname(step.source) not in created:
            builder.ensure_folder(os.path.dirname(step.source))
        builder.choose_target(step.target, step.source, with_sidecars=False)
        return [move_back]
    reverse = reverse_step(step)
    if reverse is None or (reverse.kind is StepKind.REMOVE_FOLDER and not os.path.isdir(reverse.source)):
        return []
    if reverse.kind is StepKind.MAKE_FOLDER:
        if os.path.isdir(reverse.source):
            return []
        if os.path.dirname(reverse.source) not in created:
            builder.ensure_folder(os.path.dirname(reverse.source))
        created.add(reverse.source)
    return [reverse]
