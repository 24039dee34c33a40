"""Sorts files into folders by topic: cluster, plan, preview, confirm, apply, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.organise.folder_names import folder_name, noise_name_of
    from iib.organise.params import Confirmation, OrganiseParams
    from iib.organise.preview import FolderGroup, OrganisePreview, PlannedMove
    from iib.organise.service import OrganiseService
    from iib.organise.state import MoveError, OrganiseState
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "folder_names": ("folder_name", "noise_name_of"),
            "params": ("Confirmation", "OrganiseParams"),
            "preview": ("FolderGroup", "OrganisePreview", "PlannedMove"),
            "service": ("OrganiseService",),
            "state": ("MoveError", "OrganiseState"),
        },
    )

__all__ = [
    "Confirmation",
    "FolderGroup",
    "MoveError",
    "OrganiseParams",
    "OrganisePreview",
    "OrganiseService",
    "OrganiseState",
    "PlannedMove",
    "folder_name",
    "noise_name_of",
]
