"""Background jobs, their progress, the event bus, and the lock between file operations and index runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.jobs.disk_lock import DiskLock
    from iib.jobs.events import EventBus, Subscription
    from iib.jobs.manager import JobFunction, JobManager, JobView
    from iib.jobs.progress import Progress
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "disk_lock": ("DiskLock",),
            "events": ("EventBus", "Subscription"),
            "manager": ("JobFunction", "JobManager", "JobView"),
            "progress": ("Progress",),
        },
    )

__all__ = [
    "DiskLock",
    "EventBus",
    "JobFunction",
    "JobManager",
    "JobView",
    "Progress",
    "Subscription",
]
