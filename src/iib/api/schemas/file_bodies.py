"""Request bodies of file operations."""

from __future__ import annotations

from pydantic import Field

from iib.api.schemas.bodies import MAX_PATHS, Body
from iib.api.schemas.curation import Id
from iib.model.operation import ConflictPolicy

MAX_DAYS = 36_500


class DeleteBody(Body):
    """Files and empty folders; `permanent` overrides the server's setting."""

    file_paths: list[str] = Field(max_length=MAX_PATHS)
    permanent: bool | None = None


class FolderBody(Body):
    """A folder that is to exist."""

    dest_folder: str


class TransferBody(Body):
    """Files and folders, and the folder they go to. `on_conflict` is our own addition."""

    file_paths: list[str] = Field(max_length=MAX_PATHS)
    dest: str
    create_dest_folder: bool = False
    continue_on_error: bool = False
    on_conflict: ConflictPolicy = ConflictPolicy.FAIL


class RenameBody(Body):
    """A file or folder and its new name, one path component."""

    path: str
    name: str


class FlattenBody(Body):
    """A folder whose sub-folders are to be emptied into it."""

    folder_path: str
    dry_run: bool = True


class ZipBody(Body):
    """Files of an archive."""

    paths: list[str] = Field(max_length=MAX_PATHS)
    compress: bool = False
    pack_only: bool = False


class TrashBody(Body):
    """Entries of the trash by id."""

    ids: list[Id] = Field(max_length=MAX_PATHS)
    on_conflict: ConflictPolicy = ConflictPolicy.FAIL


class PurgeBody(Body):
    """Entries of the trash by id, or everything that was deleted so many days ago or earlier (0: everything)."""

    ids: list[Id] = Field(default_factory=list, max_length=MAX_PATHS)
    older_than_days: float | None = Field(default=None, ge=0, le=MAX_DAYS)
