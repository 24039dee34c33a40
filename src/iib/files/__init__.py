"""File operations that lose nothing: each one is planned, journalled, executed and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.files.archive import iter_archive, plan_archive, write_archive
    from iib.files.journal.progress import OperationProgress
    from iib.files.journal.runner import Checkpoint, no_checkpoint
    from iib.files.journal.summary import OperationSummary
    from iib.files.planning.organise import Assignment
    from iib.files.planning.plan import Plan, ProtectedFolders
    from iib.files.planning.results import OperationResult, PathProblem, ProblemCode
    from iib.files.service import FileService, TrashPage
    from iib.files.trash.retention import TrashRetention
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "archive": ("iter_archive", "plan_archive", "write_archive"),
            "journal.progress": ("OperationProgress",),
            "journal.runner": ("Checkpoint", "no_checkpoint"),
            "journal.summary": ("OperationSummary",),
            "planning.organise": ("Assignment",),
            "planning.plan": ("Plan", "ProtectedFolders"),
            "planning.results": ("OperationResult", "PathProblem", "ProblemCode"),
            "service": ("FileService", "TrashPage"),
            "trash.retention": ("TrashRetention",),
        },
    )

__all__ = [
    "Assignment",
    "Checkpoint",
    "FileService",
    "OperationProgress",
    "OperationResult",
    "OperationSummary",
    "PathProblem",
    "Plan",
    "ProblemCode",
    "ProtectedFolders",
    "TrashPage",
    "TrashRetention",
    "iter_archive",
    "no_checkpoint",
    "plan_archive",
    "write_archive",
]
