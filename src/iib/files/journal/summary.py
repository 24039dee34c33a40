"""What the journal remembers of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from iib.files.journal.runner import item_of, outcome_of
from iib.files.planning.plan import PlanItem
from iib.files.planning.results import PathProblem
from iib.model.operation import OperationRow, StepKind, StepState
from iib.store import Store


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """`done` pairs of (from, to); `failed` by the path they came from, with where they should have gone; `folders` that
    were made; `left` counts entries that were not begun because the operation was stopped."""

    row: OperationRow
    done: tuple[tuple[str, str], ...]
    failed: tuple[tuple[PathProblem, str], ...]
    folders: tuple[str, ...]
    left: int


def record_of(store: Store, token: str) -> OperationRecord | None:
    """What became of the operation opened under this token, from the journal alone; None if there was none.

    For operations whose items begin with the file they are about.
    """
    with store.read() as unit:
        row = unit.operations.find_by_token(token)
        steps = unit.operations.steps(row.id) if row is not None else []
    if row is None:
        return None
    done: list[tuple[str, str]] = []
    failed: list[tuple[PathProblem, str]] = []
    left = 0
    for _number, group in groupby(sorted(steps, key=item_of), item_of):
        own = list(group)
        first = own[0].step
        item = PlanItem(first.source, first.target, tuple(entry.step for entry in own))
        outcome = outcome_of(item, own)
        if isinstance(outcome, PathProblem):
            failed.append((outcome, first.target))
        elif outcome is not None:
            done.append(outcome)
        elif not item.is_housekeeping:
            left += 1
    made = tuple(
        entry.step.source
        for entry in steps
        if entry.step.kind is StepKind.MAKE_FOLDER and entry.state is StepState.DONE
    )
    return OperationRecord(row, tuple(done), tuple(failed), made, left)
