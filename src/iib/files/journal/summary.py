"""Outcome of an operation as the journal records it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from iib.files.planning.plan import PlanItem
from iib.files.planning.results import PathProblem, ProblemCode
from iib.model import JournalStep, OperationRow, StepKind, StepState
from iib.store import Store


@dataclass(frozen=True, slots=True)
class OperationSummary:
    """Outcome of one operation.

    `done` holds pairs of (source, target), `failed` pairs of (problem, intended target). `not_started` counts the
    entries that were not started because the operation was stopped.
    """

    row: OperationRow
    done: tuple[tuple[str, str], ...]
    failed: tuple[tuple[PathProblem, str], ...]
    created_folders: tuple[str, ...]
    not_started: int


def load_summary(store: Store, token: str) -> OperationSummary | None:
    """Read the outcome of the operation with this token from the journal; None if there is no such operation.

    Only for operations in which the first step of each item is about the requested file.
    """
    with store.read() as unit:
        row = unit.operations.find_by_token(token)
        entries = unit.operations.list_steps(row.id) if row is not None else []
    if row is None:
        return None
    done: list[tuple[str, str]] = []
    failed: list[tuple[PathProblem, str]] = []
    not_started = 0
    for _number, group in groupby(sorted(entries, key=item_of), item_of):
        item_entries = list(group)
        first = item_entries[0].step
        item = PlanItem(first.source, first.target, tuple(entry.step for entry in item_entries))
        outcome = outcome_of(item, item_entries)
        if isinstance(outcome, PathProblem):
            failed.append((outcome, first.target))
        elif outcome is not None:
            done.append(outcome)
        elif not item.is_housekeeping:
            not_started += 1
    created = tuple(
        entry.step.source
        for entry in entries
        if entry.step.kind is StepKind.MAKE_FOLDER and entry.state is StepState.DONE
    )
    return OperationSummary(row, tuple(done), tuple(failed), created, not_started)


def item_of(entry: JournalStep) -> int:
    """Sort and group key: the item number of an entry."""
    return entry.item


def outcome_of(item: PlanItem, entries: Sequence[JournalStep]) -> tuple[str, str] | PathProblem | None:
    """Return (source, target), or the problem; None for housekeeping folders and for items that were not started."""
    failed = next((entry for entry in entries if entry.state is StepState.FAILED), None)
    if failed is not None:
        code, _, message = failed.error.partition(": ")
        not_rolled_back = "".join(
            f"; {entry.error}: {entry.step.target}"
            for entry in entries
            if entry.state is StepState.DONE and entry.error
        )
        return PathProblem(item.path, ProblemCode(code), message + not_rolled_back)
    if item.is_housekeeping or all(entry.state is StepState.PLANNED for entry in entries):
        return None
    return item.path, item.target
