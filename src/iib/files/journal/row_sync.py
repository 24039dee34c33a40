"""What steps that were done on the disk mean for the rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby

from iib.model.media_types import is_in_trash, is_media_name
from iib.model.operation import OperationId, Step, StepKind, StepRole
from iib.store import FileMove, NewTrash, WriteUnit

Done = tuple[int, Step]  # with the number of its item


def follow(unit: WriteUnit, operation_id: OperationId, done: Sequence[Done], at_ns: int) -> None:
    """Bring the rows in line with these steps, in their order. Doing it twice is the same as once."""
    spellings = _Spellings()
    for is_file_move, group in groupby(done, lambda entry: entry[1].kind is StepKind.MOVE and not entry[1].is_folder):
        if is_file_move:
            _follow_files(unit, operation_id, list(group), at_ns, spellings)
            continue
        for is_removal, inner in groupby(group, lambda entry: entry[1].kind is StepKind.REMOVE):
            steps = [step for _item, step in inner]
            if is_removal:
                _follow_removals(unit, steps, spellings)
            else:
                for step in steps:
                    _follow_folder(unit, step, at_ns, spellings)


class _Spellings:
    """The path, and its other spelling when a folder above it is a link; each folder is resolved once."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """The given one first."""
        folder, name = os.path.split(path)
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = os.path.realpath(folder)
        return (path,) if real == folder else (path, os.path.join(real, name))


def _follow_folder(unit: WriteUnit, step: Step, at_ns: int, spellings: _Spellings) -> None:
    if step.kind is StepKind.MOVE:
        for source in spellings.of(step.source):
            unit.places.move_folder(source, step.target)
    elif step.kind is StepKind.MAKE_FOLDER and step.target:
        unit.places.move_roots(step.target, step.source)
    elif step.kind is StepKind.REMOVE_FOLDER and step.target:
        unit.places.move_folder(step.source, step.target)
    elif step.kind is StepKind.REMOVE_FOLDER:
        for path in spellings.of(step.source):
            unit.places.mark_gone(path, at_ns)


def _follow_removals(unit: WriteUnit, steps: Sequence[Step], spellings: _Spellings) -> None:
    unit.trash.remove([step.source for step in steps])
    unit.places.remove_files([path for step in steps for path in spellings.of(step.source)])
    _tidy_trash(unit, steps)


def _follow_files(
    unit: WriteUnit, operation_id: OperationId, done: Sequence[Done], at_ns: int, spellings: _Spellings
) -> None:
    steps = [step for _item, step in done]
    unit.places.move_files(
        [
            FileMove(
                spellings.of(step.source),
                step.target,
                at_ns if is_in_trash(step.target) or not is_media_name(step.target) else None,
            )
            for step in steps
        ]
    )
    unit.trash.remove([step.source for step in steps if is_in_trash(step.source)])
    _tidy_trash(unit, steps)
    unit.trash.add(
        [
            NewTrash(
                operation_id=operation_id,
                item=item,
                is_sidecar=step.role is StepRole.SIDECAR,
                original_path=step.source,
                trash_path=step.target,
                size_bytes=step.size_bytes,
                deleted_ns=at_ns,
            )
            for item, step in done
            if is_in_trash(step.target)
        ]
    )


def _tidy_trash(unit: WriteUnit, steps: Sequence[Step]) -> None:
    for folder in dict.fromkeys(os.path.dirname(step.source) for step in steps if is_in_trash(step.source)):
        unit.places.tidy_folder(folder)
