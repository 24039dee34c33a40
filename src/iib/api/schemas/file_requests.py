"""Request bodies of file operations and the trash."""

from __future__ import annotations

from pydantic import Field, model_validator

from iib.api.schemas.curation import MAX_IDS, Id
from iib.api.schemas.requests import MAX_PATHS, Body
from iib.model import ConflictPolicy

MAX_DAYS = 36_500
MAX_FILES = 200_000  # of one operation, by path


class FilesBody(Body):
    """Files and folders by path, and indexed files by id; one of the lists is required."""

    file_paths: list[str] = Field(default_factory=list, max_length=MAX_FILES)
    ids: list[Id] = Field(default_factory=list, max_length=MAX_IDS)

    @model_validator(mode="after")
    def _require_files(self) -> FilesBody:
        if not self.model_fields_set & {"file_paths", "ids"}:
            raise ValueError("file_paths or ids is required")
        return self


class DeleteBody(FilesBody):
    """Files and empty folders to delete; `permanent` overrides the setting of the server."""

    permanent: bool | None = None


class FolderBody(Body):
    """A folder to create, with its parents."""

    dest_folder: str


class TransferBody(FilesBody):
    """Files and folders with their destination folder."""

    dest: str
    create_dest_folder: bool = False
    continue_on_error: bool = False
    on_conflict: ConflictPolicy = ConflictPolicy.FAIL


class RenameBody(Body):
    """A file or folder and its new name, a single path component."""

    path: str
    name: str


class FlattenBody(Body):
    """A folder that receives the media files of its subfolders."""

    folder_path: str
    dry_run: bool = True


class ZipBody(Body):
    """Files to pack into a ZIP archive."""

    paths: list[str] = Field(max_length=MAX_PATHS)
    compress: bool = False
    pack_only: bool = False


class TrashBody(Body):
    """Deleted files to restore, by id."""

    ids: list[Id] = Field(max_length=MAX_IDS)
    on_conflict: ConflictPolicy = ConflictPolicy.FAIL


class PurgeBody(Body):
    """Deleted files by id, or all files deleted at least `older_than_days` days ago (0 for all)."""

    ids: list[Id] = Field(default_factory=list, max_length=MAX_IDS)
    older_than_days: float | None = Field(default=None, ge=0, le=MAX_DAYS)
