"""Results of a file operation, path by path."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from enum import Enum

from iib._lib.verified_copy import ChangedWhileCopied
from iib.errors import AccessDenied, Conflict, FileOperationFailed, IIBError, InvalidRequest, NotFound
from iib.model import OperationId, OperationKind

SHARING_VIOLATION = 32  # winerror: another program has the file open
LOCK_VIOLATION = 33


class ProblemCode(str, Enum):
    """Reason why a path could not be handled."""

    EXISTS = "exists"
    MISSING = "missing"
    INVALID = "invalid"
    PROTECTED = "protected"
    NOT_EMPTY = "not_empty"
    PERMISSION = "permission"
    NOT_TRUSTED = "not_trusted"
    IN_USE = "in_use"
    DISK_FULL = "disk_full"
    CHANGED = "changed"
    STOPPED = "stopped"
    FAILED = "failed"


ERRORS: dict[ProblemCode, type[IIBError]] = {
    ProblemCode.MISSING: NotFound,
    ProblemCode.PERMISSION: AccessDenied,
    ProblemCode.NOT_TRUSTED: AccessDenied,
    ProblemCode.INVALID: InvalidRequest,
}


@dataclass(frozen=True, slots=True)
class PathProblem:
    """A path that was not changed, with the reason."""

    path: str
    code: ProblemCode
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    def as_error(self) -> IIBError:
        """The exception for a request about this path only."""
        return ERRORS.get(self.code, FileOperationFailed)(str(self))


class StepFailed(Exception):
    """A step failed and left the disk unchanged."""

    def __init__(self, code: ProblemCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class OperationResult:
    """Outcome of an operation: `done` holds pairs of (source, target) in the order of the request.

    A target is "" after a permanent deletion. `operation_id` is None if nothing was started.
    """

    kind: OperationKind
    operation_id: OperationId | None = None
    done: tuple[tuple[str, str], ...] = ()
    problems: tuple[PathProblem, ...] = ()
    skipped: tuple[str, ...] = field(default=())

    def raise_first(self) -> None:
        """Raise the exception of the first problem, if any."""
        if self.problems:
            raise self.problems[0].as_error()


def explain(error: Exception) -> tuple[ProblemCode, str]:
    """Return the code and a short message for an error, without paths of temporary files."""
    if isinstance(error, StepFailed):
        return error.code, error.message
    if isinstance(error, Conflict):
        return ProblemCode.EXISTS, error.message
    if isinstance(error, ChangedWhileCopied):
        return ProblemCode.CHANGED, "the file changed while it was copied"
    if not isinstance(error, OSError):
        return ProblemCode.INVALID, "not a valid path"
    if getattr(error, "winerror", None) in (SHARING_VIOLATION, LOCK_VIOLATION) or error.errno in (
        errno.EBUSY,
        getattr(errno, "ETXTBSY", errno.EBUSY),
    ):
        return ProblemCode.IN_USE, "the file is used by another program"
    return BY_ERRNO.get(error.errno or 0, (ProblemCode.FAILED, error.strerror or type(error).__name__))


BY_ERRNO: dict[int, tuple[ProblemCode, str]] = {
    errno.EEXIST: (ProblemCode.EXISTS, "the target already exists"),
    errno.ENOENT: (ProblemCode.MISSING, "the file or folder does not exist"),
    errno.ENOTDIR: (ProblemCode.MISSING, "the file or folder does not exist"),
    errno.ENOTEMPTY: (ProblemCode.NOT_EMPTY, "the folder is not empty"),
    errno.EACCES: (ProblemCode.PERMISSION, "permission denied by the system"),
    errno.EPERM: (ProblemCode.PERMISSION, "permission denied by the system"),
    errno.EROFS: (ProblemCode.PERMISSION, "the disk is read-only"),
    errno.ENOSPC: (ProblemCode.DISK_FULL, "the disk is full"),
    errno.ENAMETOOLONG: (ProblemCode.INVALID, "the name is too long"),
    errno.EINVAL: (ProblemCode.INVALID, "the disk does not allow this name"),
    errno.ELOOP: (ProblemCode.INVALID, "too many levels of symbolic links"),
    **({errno.EDQUOT: (ProblemCode.DISK_FULL, "the disk quota is exceeded")} if hasattr(errno, "EDQUOT") else {}),
}
