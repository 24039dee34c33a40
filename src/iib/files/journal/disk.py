"""One step on the disk: done whole or not at all, and recognisable afterwards whether it was done."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from dataclasses import dataclass

from iib._lib.exclusive_rename import exists_exactly, is_case_change, rename_new
from iib._lib.verified_copy import Stamp, copy_verified, digest_of, stamp_of, sync_folder
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import has_media
from iib.files.planning.trash_folder import prepare_entry, tidy_entry
from iib.model.media_types import is_in_trash
from iib.model.operation import Step, StepKind, StepRole, StepState

TIME_SLACK_NS = 2_000_000_000  # FAT keeps times in steps of two seconds


class NeedsExpansion(Exception):
    """A folder turned out to lie on another disk: it must be taken entry by entry."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A verified copy beside the target, under a temporary name. `stamp` is the source's when it was taken."""

    path: str
    stamp: Stamp


def needs_copy(step: Step) -> bool:
    """True for copies and for moves between disks. Raises `OSError`."""
    return step.kind is StepKind.COPY or (step.kind is StepKind.MOVE and not step.is_folder and _is_far(step))


def stage(step: Step, partial: str, at_ns: int) -> Staged:
    """The slow half of what `needs_copy`. Leaves nothing behind when it fails."""
    _prepare_target(step, at_ns)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial)
    try:
        return Staged(partial, copy_verified(step.source, partial))
    except BaseException:
        _tidy_target(step)
        raise


def perform(step: Step, staged: Staged | None, partial: str, at_ns: int) -> StepState:
    """The quick half. DONE, or SKIPPED when there was nothing to do. Raises `OSError`, `StepFailed`,
    `NeedsExpansion`; the disk is then as it was."""
    if step.role is StepRole.SIDECAR and step.kind is not StepKind.COPY and has_media(step.source):
        return StepState.SKIPPED
    if step.kind is StepKind.MAKE_FOLDER:
        return _make_folder(step)
    if step.kind is StepKind.REMOVE_FOLDER:
        return _remove_folder(step)
    if step.kind is StepKind.REMOVE:
        return _remove(step)
    if staged is not None:
        _place(step, staged)
    else:
        _move(step, partial, at_ns)
    if step.kind is StepKind.MOVE and is_in_trash(step.source):
        tidy_entry(step.source)
    return StepState.DONE


def settle(step: Step, partial: str) -> bool:
    """After a crash: True if this step has been done, after tidying up what it left. False: it can be begun."""
    with contextlib.suppress(OSError):
        os.unlink(partial)
    if step.kind is StepKind.MAKE_FOLDER:
        return os.path.isdir(step.source)
    if step.kind in (StepKind.REMOVE, StepKind.REMOVE_FOLDER):
        return not os.path.lexists(step.source)
    if step.kind is StepKind.COPY:
        return _is_copy(step)
    return _settle_move(step)


def is_same_content(one: str, other: str) -> bool:
    """True for regular files (or links) with equal bytes."""
    try:
        first, second = os.lstat(one), os.lstat(other)
        if stat.S_ISLNK(first.st_mode) and stat.S_ISLNK(second.st_mode):
            return os.readlink(one) == os.readlink(other)
        if not (stat.S_ISREG(first.st_mode) and stat.S_ISREG(second.st_mode)) or first.st_size != second.st_size:
            return False
        return digest_of(one) == digest_of(other)
    except OSError:
        return False


def discard_unchanged(step: Step) -> None:
    """Remove a copy that this operation made, if it is still what was copied. Raises `StepFailed` when it is not."""
    try:
        status = os.lstat(step.source)
    except FileNotFoundError:
        return
    if stat.S_ISREG(status.st_mode) and not _matches(step, status):
        raise StepFailed(ProblemCode.CHANGED, "it has changed since it was copied")
    os.unlink(step.source)


def _is_far(step: Step) -> bool:
    parent = os.path.dirname(step.target)
    while not os.path.lexists(parent) and os.path.dirname(parent) != parent:
        parent = os.path.dirname(parent)
    return os.lstat(step.source).st_dev != os.stat(parent).st_dev


def _prepare_target(step: Step, at_ns: int) -> None:
    if is_in_trash(step.target) and not is_in_trash(step.source):
        prepare_entry(step.target, step.source, at_ns)


def _move(step: Step, partial: str, at_ns: int) -> None:
    _prepare_target(step, at_ns)
    try:
        rename_new(step.source, step.target)
    except OSError as error:
        _tidy_target(step)
        if error.errno != errno.EXDEV:
            raise
        if step.is_folder:
            raise NeedsExpansion from error
        _prepare_target(step, at_ns)
        _place(step, Staged(partial, copy_verified(step.source, partial)))


def _tidy_target(step: Step) -> None:
    if is_in_trash(step.target) and not is_in_trash(step.source):
        tidy_entry(step.target)


def _place(step: Step, staged: Staged) -> None:
    """Give the copy its name; for a move, take the source away after that."""
    try:
        _check_unchanged(step, staged)
        rename_new(staged.path, step.target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(staged.path)
        _tidy_target(step)
        raise
    sync_folder(os.path.dirname(step.target))
    if step.kind is StepKind.COPY:
        return
    try:
        os.unlink(step.source)
    except OSError:
        os.unlink(step.target)
        _tidy_target(step)
        raise


def _check_unchanged(step: Step, staged: Staged) -> None:
    if stamp_of(step.source) != staged.stamp:
        raise StepFailed(ProblemCode.CHANGED, "it changed while it was copied")


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
        tidy_entry(step.source)
    return StepState.DONE


def _settle_move(step: Step) -> bool:
    source_exists, target_exists = os.path.lexists(step.source), os.path.lexists(step.target)
    if source_exists and target_exists and not exists_exactly(step.source):
        source_exists = False  # a change of letter case that was done already
    if not source_exists and target_exists:
        return step.is_folder or _matches(step, os.lstat(step.target))
    if not (source_exists and target_exists) or is_case_change(step.source, step.target):
        return False
    if step.is_folder:
        with contextlib.suppress(OSError):
            os.rmdir(step.target)  # the empty folder that kept the name
        return False
    if os.path.samestat(os.lstat(step.source), os.lstat(step.target)) or (
        _matches(step, os.lstat(step.target)) and is_same_content(step.source, step.target)
    ):
        os.unlink(step.source)
        return True
    return False


def _is_copy(step: Step) -> bool:
    if not os.path.lexists(step.target):
        return False
    if os.path.lexists(step.source):
        return is_same_content(step.source, step.target)
    return _matches(step, os.lstat(step.target))


def _matches(step: Step, status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return stat.S_ISLNK(status.st_mode) and step.size_bytes == 0
    return status.st_size == step.size_bytes and abs(status.st_mtime_ns - step.mtime_ns) <= TIME_SLACK_NS
