"""One step on the disk: it is applied completely or not at all, and the disk shows afterwards whether it was."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from dataclasses import dataclass

from iib._lib.exclusive_rename import exists_exactly, is_case_change, rename_exclusive
from iib._lib.verified_copy import Stamp, copy_verified, digest_of, stamp_of, sync_folder
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import has_media_file
from iib.files.planning.trash_folder import prepare_entry, remove_empty_entry
from iib.model import Step, StepKind, StepRole, StepState, is_in_trash

TIME_SLACK_NS = 2_000_000_000  # FAT stores times in units of two seconds


class NeedsExpansion(Exception):
    """A folder is on another disk than its target and must be moved entry by entry."""


@dataclass(frozen=True, slots=True)
class VerifiedCopy:
    """A verified copy next to the target, under a temporary name. `stamp` identifies the copied state of the source."""

    path: str
    stamp: Stamp


def is_single_file(step: Step) -> bool:
    """True for steps that change one file, not a folder."""
    return step.kind is StepKind.REMOVE or (step.kind in (StepKind.MOVE, StepKind.COPY) and not step.is_folder)


def needs_copy(step: Step) -> bool:
    """True for copies and for moves of files between disks. Raises `OSError`."""
    if step.kind is StepKind.COPY:
        return True
    return step.kind is StepKind.MOVE and not step.is_folder and _is_on_other_disk(step)


def copy_to_partial(step: Step, partial: str, at_ns: int) -> VerifiedCopy:
    """Write a verified copy of the source under the temporary name `partial`. Slow; nothing is left after a failure."""
    _prepare_trash_entry(step, at_ns)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial)
    try:
        return VerifiedCopy(partial, copy_verified(step.source, partial))
    except BaseException:
        _discard_trash_entry(step)
        raise


def apply_step(
    step: Step, verified: VerifiedCopy | None, partial: str, at_ns: int, *, only_unchanged: bool = False
) -> StepState:
    """Change the disk and return DONE, or SKIPPED when there was nothing to do. Fast, except for an unexpected copy.

    With `only_unchanged`, a removal fails when the file differs from the step's size and time. Raises `OSError`,
    `StepFailed`, `NeedsExpansion`; the disk is then unchanged.
    """
    if step.role is StepRole.SIDECAR and step.kind is not StepKind.COPY and has_media_file(step.source):
        return StepState.SKIPPED
    if step.kind is StepKind.MAKE_FOLDER:
        return _make_folder(step)
    if step.kind is StepKind.REMOVE_FOLDER:
        return _remove_folder(step)
    if step.kind is StepKind.REMOVE:
        return _remove_unchanged(step) if only_unchanged else _remove(step)
    if verified is not None:
        _rename_copy(step, verified)
    else:
        _move(step, partial, at_ns)
    if step.kind is StepKind.MOVE and is_in_trash(step.source):
        remove_empty_entry(step.source)
    return StepState.DONE


def check_already_applied(step: Step, partial: str) -> bool:
    """After a crash: remove what is left of an interrupted step, and return whether the step was applied."""
    with contextlib.suppress(OSError):
        os.unlink(partial)
    if step.kind is StepKind.MAKE_FOLDER:
        return os.path.isdir(step.source)
    if step.kind in (StepKind.REMOVE, StepKind.REMOVE_FOLDER):
        return not os.path.lexists(step.source)
    if step.kind is StepKind.COPY:
        return _is_copied(step)
    return _finish_move(step)


def is_same_content(first: str, second: str) -> bool:
    """True for two regular files with equal bytes, or two links with equal targets."""
    try:
        first_status, second_status = os.lstat(first), os.lstat(second)
        if stat.S_ISLNK(first_status.st_mode) and stat.S_ISLNK(second_status.st_mode):
            return os.readlink(first) == os.readlink(second)
        are_files = stat.S_ISREG(first_status.st_mode) and stat.S_ISREG(second_status.st_mode)
        if not are_files or first_status.st_size != second_status.st_size:
            return False
        return digest_of(first) == digest_of(second)
    except OSError:
        return False


def _is_on_other_disk(step: Step) -> bool:
    parent = os.path.dirname(step.target)
    while not os.path.lexists(parent) and os.path.dirname(parent) != parent:
        parent = os.path.dirname(parent)
    return os.lstat(step.source).st_dev != os.stat(parent).st_dev


def _prepare_trash_entry(step: Step, at_ns: int) -> None:
    if is_in_trash(step.target) and not is_in_trash(step.source):
        prepare_entry(step.target, step.source, at_ns)


def _discard_trash_entry(step: Step) -> None:
    if is_in_trash(step.target) and not is_in_trash(step.source):
        remove_empty_entry(step.target)


def _move(step: Step, partial: str, at_ns: int) -> None:
    """Rename the source. A disk boundary that the device numbers did not show is crossed by a copy."""
    _prepare_trash_entry(step, at_ns)
    try:
        rename_exclusive(step.source, step.target)
    except OSError as error:
        _discard_trash_entry(step)
        if error.errno != errno.EXDEV:
            raise
        if step.is_folder:
            raise NeedsExpansion from error
        _prepare_trash_entry(step, at_ns)
        _rename_copy(step, VerifiedCopy(partial, copy_verified(step.source, partial)))


def _rename_copy(step: Step, verified: VerifiedCopy) -> None:
    """Rename the copy to its final name; for a move, remove the source afterwards."""
    try:
        _check_unchanged(step, verified)
        rename_exclusive(verified.path, step.target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(verified.path)
        _discard_trash_entry(step)
        raise
    sync_folder(os.path.dirname(step.target))
    if step.kind is StepKind.COPY:
        return
    try:
        os.unlink(step.source)
    except OSError:
        os.unlink(step.target)
        _discard_trash_entry(step)
        raise


def _check_unchanged(step: Step, verified: VerifiedCopy) -> None:
    if stamp_of(step.source) != verified.stamp:
        raise StepFailed(ProblemCode.CHANGED, "the file changed while it was copied")


def _make_folder(step: Step) -> StepState:
    try:
        os.mkdir(step.source)
    except FileExistsError:
        if not os.path.isdir(step.source):
            raise
        return StepState.SKIPPED
    if step.target:
        with contextlib.suppress(OSError):
            shutil.copystat(step.target, step.source)
    return StepState.DONE


def _remove_folder(step: Step) -> StepState:
    try:
        os.rmdir(step.source)
    except FileNotFoundError:
        return StepState.SKIPPED
    except OSError:
        if step.role is StepRole.TIDY:
            return StepState.SKIPPED
        raise
    return StepState.DONE


def _remove(step: Step) -> StepState:
    try:
        os.unlink(step.source)
    except FileNotFoundError:
        return StepState.SKIPPED if not is_in_trash(step.source) else StepState.DONE
    if is_in_trash(step.source):
        remove_empty_entry(step.source)
    return StepState.DONE


def _remove_unchanged(step: Step) -> StepState:
    """Remove a copy that this operation created. Raises `StepFailed` when the copy has changed since then."""
    try:
        status = os.lstat(step.source)
    except FileNotFoundError:
        return StepState.DONE
    if stat.S_ISREG(status.st_mode) and not _matches(step, status):
        raise StepFailed(ProblemCode.CHANGED, "the file has changed since it was copied")
    os.unlink(step.source)
    return StepState.DONE


def _finish_move(step: Step) -> bool:
    """True if the move was applied; a move that stopped between rename and removal of the source is completed."""
    source_exists, target_exists = os.path.lexists(step.source), os.path.lexists(step.target)
    if source_exists and target_exists and not exists_exactly(step.source):
        source_exists = False  # a change of letter case that was already applied
    if not source_exists and target_exists:
        return step.is_folder or _matches(step, os.lstat(step.target))
    if not (source_exists and target_exists) or is_case_change(step.source, step.target):
        return False
    if step.is_folder:
        with contextlib.suppress(OSError):
            os.rmdir(step.target)  # the empty folder that reserved the name
        return False
    if os.path.samestat(os.lstat(step.source), os.lstat(step.target)) or (
        _matches(step, os.lstat(step.target)) and is_same_content(step.source, step.target)
    ):
        os.unlink(step.source)
        return True
    return False


def _is_copied(step: Step) -> bool:
    if not os.path.lexists(step.target):
        return False
    if os.path.lexists(step.source):
        return is_same_content(step.source, step.target)
    return _matches(step, os.lstat(step.target))


def _matches(step: Step, status: os.stat_result) -> bool:
    """True if the status has the size and time of the step; links match any step without a size."""
    if not stat.S_ISREG(status.st_mode):
        return stat.S_ISLNK(status.st_mode) and step.size_bytes == 0
    return status.st_size == step.size_bytes and abs(status.st_mtime_ns - step.mtime_ns) <= TIME_SLACK_NS
