"""Request bodies of file operations."""

from __future__ import annotations

from pydantic import Field, model_validator

from iib.api.schemas.curation import MAX_IDS, Id
from iib.api.schemas.requests import MAX_PATHS, Body
from iib.model.operation import ConflictPolicy

MAX_DAYS = 36_500
MAX_FILES = 200_000  # of one operation, by path


class FilesBody(Body):
    """Files and folders by path, and indexed files by id; one of the lists is needed."""

    file_paths: list[str] = Field(default_factory=list, max_length=MAX_FILES)
    ids: list[Id] = Field(default_factory=list, max_length=MAX_IDS)

    @model_validator(mode="after")
    def _names_something(self) -> FilesBody:
        if not self.model_fields_set & {"file_paths", "ids"}:
            raise ValueError("file_paths or ids is needed")
        return self


class DeleteBody(FilesBody):
    """Files and empty folders; `permanent` overrides the server's setting."""

    permanent: bool | None = None


class FolderBody(Body):
    """A folder that is to exist."""

    dest_folder: str


class TransferBody(FilesBody):
    """Files and folders, and the folder they go to. `ids` and `on_conflict` are our own additions."""

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

    ids: list[Id] = Field(max_length=MAX_IDS)
    on_conflict: ConflictPolicy = ConflictPolicy.FAIL


class PurgeBody(Body):
    """Entries of the trash by id, or everything that was deleted so many days ago or earlier (0: everything)."""

    ids: list[Id] = Field(default_factory=list, max_length=MAX_IDS)
    older_than_days: float | None = Field(default=None, ge=0, le=MAX_DAYS)
