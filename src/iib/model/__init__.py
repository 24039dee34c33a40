"""Values and identifiers that all packages share; no input or output.

Values are never changed after they were passed on. Most classes are frozen. The classes that every parsed file needs
are plain slotted dataclasses, because `frozen=True` sets each field through `object.__setattr__`: the 15 objects
of one A1111 picture take 6.4 microseconds to make, and 19.6 if they are frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.model.cluster import Cluster, Clustering
    from iib.model.constants import MAX_JSON_INTEGER, MAX_RATING, MAX_SQLITE_INTEGER, NS_PER_MS, NS_PER_S
    from iib.model.enums import FLAG_OF_WORD, HIDDEN, Flag, SortOrder, TagKind
    from iib.model.geninfo import (
        NETWORK_KINDS,
        PARSER_VERSION,
        CharacterPrompt,
        GenerationInfo,
        Json,
        LoraRef,
        ModelRef,
        RawEntry,
        SamplerStage,
    )
    from iib.model.job import QUEUED_STAGE, JobId, JobRow, JobStatus
    from iib.model.media import (
        MEDIA_KIND_OF_WORD,
        FileStamp,
        FolderId,
        MediaId,
        MediaKind,
        MediaRow,
        ParsedMedia,
        PictureHash,
        PicturePreview,
        TagId,
        TagName,
    )
    from iib.model.media_types import (
        EXTENSIONS,
        TRASH_FOLDER,
        extension_of,
        is_in_trash,
        is_media_name,
        is_transport_stream,
        kind_of,
        mime_of,
    )
    from iib.model.operation import (
        ConflictPolicy,
        JournalStep,
        OperationId,
        OperationKind,
        OperationRow,
        OperationStatus,
        Step,
        StepKind,
        StepRole,
        StepState,
        TrashId,
        TrashRow,
    )
    from iib.model.organise import FolderNaming, NoisePolicy, OrganiseAction, OrganiseRow, OrganiseStatus
    from iib.model.payload import unpack_geninfo
    from iib.model.query_values import QueryValues, Span, TextFlag
    from iib.model.record import MediaRecord, storable, to_record
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "cluster": ("Cluster", "Clustering"),
            "constants": ("MAX_JSON_INTEGER", "MAX_RATING", "MAX_SQLITE_INTEGER", "NS_PER_MS", "NS_PER_S"),
            "enums": ("FLAG_OF_WORD", "Flag", "HIDDEN", "SortOrder", "TagKind"),
            "geninfo": (
                "CharacterPrompt",
                "GenerationInfo",
                "Json",
                "LoraRef",
                "ModelRef",
                "NETWORK_KINDS",
                "PARSER_VERSION",
                "RawEntry",
                "SamplerStage",
            ),
            "job": ("JobId", "JobRow", "JobStatus", "QUEUED_STAGE"),
            "media": (
                "FileStamp",
                "FolderId",
                "MEDIA_KIND_OF_WORD",
                "MediaId",
                "MediaKind",
                "MediaRow",
                "ParsedMedia",
                "PictureHash",
                "PicturePreview",
                "TagId",
                "TagName",
            ),
            "media_types": (
                "EXTENSIONS",
                "TRASH_FOLDER",
                "extension_of",
                "is_in_trash",
                "is_media_name",
                "is_transport_stream",
                "kind_of",
                "mime_of",
            ),
            "operation": (
                "ConflictPolicy",
                "JournalStep",
                "OperationId",
                "OperationKind",
                "OperationRow",
                "OperationStatus",
                "Step",
                "StepKind",
                "StepRole",
                "StepState",
                "TrashId",
                "TrashRow",
            ),
            "organise": ("FolderNaming", "NoisePolicy", "OrganiseAction", "OrganiseRow", "OrganiseStatus"),
            "payload": ("unpack_geninfo",),
            "query_values": ("QueryValues", "Span", "TextFlag"),
            "record": ("MediaRecord", "storable", "to_record"),
        },
    )

__all__ = [
    "EXTENSIONS",
    "FLAG_OF_WORD",
    "HIDDEN",
    "MAX_JSON_INTEGER",
    "MAX_RATING",
    "MAX_SQLITE_INTEGER",
    "MEDIA_KIND_OF_WORD",
    "NETWORK_KINDS",
    "NS_PER_MS",
    "NS_PER_S",
    "PARSER_VERSION",
    "QUEUED_STAGE",
    "TRASH_FOLDER",
    "CharacterPrompt",
    "Cluster",
    "Clustering",
    "ConflictPolicy",
    "FileStamp",
    "Flag",
    "FolderId",
    "FolderNaming",
    "GenerationInfo",
    "JobId",
    "JobRow",
    "JobStatus",
    "JournalStep",
    "Json",
    "LoraRef",
    "MediaId",
    "MediaKind",
    "MediaRecord",
    "MediaRow",
    "ModelRef",
    "NoisePolicy",
    "OperationId",
    "OperationKind",
    "OperationRow",
    "OperationStatus",
    "OrganiseAction",
    "OrganiseRow",
    "OrganiseStatus",
    "ParsedMedia",
    "PictureHash",
    "PicturePreview",
    "QueryValues",
    "RawEntry",
    "SamplerStage",
    "SortOrder",
    "Span",
    "Step",
    "StepKind",
    "StepRole",
    "StepState",
    "TagId",
    "TagKind",
    "TagName",
    "TextFlag",
    "TrashId",
    "TrashRow",
    "extension_of",
    "is_in_trash",
    "is_media_name",
    "is_transport_stream",
    "kind_of",
    "mime_of",
    "storable",
    "to_record",
    "unpack_geninfo",
]
