"""What a step that was done on the disk means for the rows."""

from __future__ import annotations

import os

from iib.files.plan import spellings
from iib.model.media_types import is_in_trash, is_media_name
from iib.model.operation import OperationId, Step, StepKind, StepRole
from iib.store import WriteUnit


def follow(unit: WriteUnit, operation_id: OperationId, item: int, step: Step, at_ns: int) -> None:
    """Bring the rows in line with this step. Doing it twice is the same as once."""
    if step.kind is StepKind.MOVE and step.is_folder:
        for source in spellings(step.source):
            unit.places.move_folder(source, step.target)
    elif step.kind is StepKind.MOVE:
        _follow_file(unit, operation_id, item, step, at_ns)
    elif step.kind is StepKind.REMOVE:
        unit.trash.remove(step.source)
        for path in spellings(step.source):
            unit.places.remove_file(path)
        if is_in_trash(step.source):
            unit.places.tidy_folder(os.path.dirname(step.source))
    elif step.kind is StepKind.MAKE_FOLDER and step.target:
        unit.places.move_roots(step.target, step.source)
    elif step.kind is StepKind.REMOVE_FOLDER and step.target:
        unit.places.move_folder(step.source, step.target)
    elif step.kind is StepKind.REMOVE_FOLDER:
        for path in spellings(step.source):
            unit.places.mark_gone(path, at_ns)


def _follow_file(unit: WriteUnit, operation_id: OperationId, item: int, step: Step, at_ns: int) -> None:
    is_trashed = is_in_trash(step.target)
    missing_since_ns = at_ns if is_trashed or not is_media_name(step.target) else None
    for source in spellings(step.source):
        if unit.places.move_file(source, step.target, missing_since_ns=missing_since_ns) is not None:
            break
    if is_in_trash(step.source):
        unit.trash.remove(step.source)
        unit.places.tidy_folder(os.path.dirname(step.source))
    if is_trashed:
        unit.trash.add(
            operation_id=operation_id,
            item=item,
            is_sidecar=step.role is StepRole.SIDECAR,
            original_path=step.source,
            trash_path=step.target,
            size_bytes=step.size_bytes,
            deleted_ns=at_ns,
        )
