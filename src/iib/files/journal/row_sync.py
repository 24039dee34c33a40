"""Updates the rows of the database after steps have changed the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby

from iib.model import OperationId, Step, StepKind, StepRole, is_in_trash, is_media_name
from iib.store import FileMove, NewTrash, WriteUnit

AppliedStep = tuple[int, Step]  # (number of the item, step)


def apply_to_rows(unit: WriteUnit, operation_id: OperationId, applied: Sequence[AppliedStep], at_ns: int) -> None:
    """Update the rows for steps that were applied to the disk, in their order. Idempotent."""
    spellings = _SpellingCache()
    for is_file_move, group in groupby(
        applied, lambda entry: entry[1].kind is StepKind.MOVE and not entry[1].is_folder
    ):
        if is_file_move:
            _update_moved_files(unit, operation_id, list(group), at_ns, spellings)
            continue
        for is_removal, inner in groupby(group, lambda entry: entry[1].kind is StepKind.REMOVE):
            steps = [step for _item, step in inner]
            if is_removal:
                _delete_removed_files(unit, steps, spellings)
            else:
                for step in steps:
                    _update_folder(unit, step, at_ns, spellings)


class _SpellingCache:
    """Spellings of paths: a path has a second one if a folder above it is a link. Each folder is resolved once."""

    def __init__(self) -> None:
        self._real_folders: dict[str, str] = {}

    def of(self, path: str) -> tuple[str, ...]:
        """Return the path, followed by its resolved spelling if it differs."""
        folder, name = os.path.split(path)
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = os.path.realpath(folder)
        return (path,) if real == folder else (path, os.path.join(real, name))


def _update_folder(unit: WriteUnit, step: Step, at_ns: int, spellings: _SpellingCache) -> None:
    if step.kind is StepKind.MOVE:
        for source in spellings.of(step.source):
            unit.media_paths.move_folder(source, step.target)
    elif step.kind is StepKind.MAKE_FOLDER and step.target:
        unit.media_paths.move_roots(step.target, step.source)
    elif step.kind is StepKind.REMOVE_FOLDER and step.target:
        unit.media_paths.move_folder(step.source, step.target)
    elif step.kind is StepKind.REMOVE_FOLDER:
        for path in spellings.of(step.source):
            unit.media_paths.mark_missing(path, at_ns)


def _delete_removed_files(unit: WriteUnit, steps: Sequence[Step], spellings: _SpellingCache) -> None:
    unit.trash.remove([step.source for step in steps])
    unit.media_paths.remove_files([path for step in steps for path in spellings.of(step.source)])
    _tidy_trash_folders(unit, steps)


def _update_moved_files(
    unit: WriteUnit, operation_id: OperationId, applied: Sequence[AppliedStep], at_ns: int, spellings: _SpellingCache
) -> None:
    steps = [step for _item, step in applied]
    unit.media_paths.move_files(
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
    _tidy_trash_folders(unit, steps)
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
            for item, step in applied
            if is_in_trash(step.target)
        ]
    )


def _tidy_trash_folders(unit: WriteUnit, steps: Sequence[Step]) -> None:
    for folder in dict.fromkeys(os.path.dirname(step.source) for step in steps if is_in_trash(step.source)):
        unit.media_paths.remove_folder_if_empty(folder)
