"""Creates media rows without files, from parsed pictures as the index writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iib._lib.text_folding import search_body
from iib.model.geninfo import GenerationInfo
from iib.model.media import FileStamp, MediaId, MediaKind
from iib.model.query_values import query_values_of
from iib.model.record import MediaRecord, storable
from iib.store import Store, WriteUnit, join_path
from support.library import EPOCH_NS, SECOND_NS
from support.raw_sql import raw_sql

FOLDER = "/library"
Tag = tuple[str, str]


def record(
    name: str = "a.png",
    text: str = "",
    *,
    folder: str = FOLDER,
    tags: Sequence[Tag] = (),
    mtime_ns: int = EPOCH_NS,
    size_bytes: int = 100,
    kind: MediaKind = MediaKind.IMAGE,
    size_px: tuple[int | None, int | None] = (8, 8),
    content: bytes = b"",
    problem: str | None = None,
) -> MediaRecord:
    """Return one parsed file with this name, generation text and metadata."""
    return MediaRecord(
        name=name,
        kind=int(kind),
        stamp=FileStamp(size_bytes, mtime_ns, mtime_ns, 1),
        content_hash=content or name.encode("utf-8", "replace")[:16],
        width_px=size_px[0],
        height_px=size_px[1],
        duration_ms=None,
        text=storable(text),
        body=search_body(storable(join_path(folder, name)), storable(text)),
        payload=None,
        tags=tuple(tags),
        problem=problem,
        query_values=query_values_of(
            storable(join_path(folder, name)),
            storable(text),
            search_body(storable(join_path(folder, name)), storable(text)),
            GenerationInfo(),
        ),
    )


def put(
    store: Store, records: Iterable[MediaRecord], *, folder: str = FOLDER, ids: Sequence[MediaId | None] | None = None
) -> list[MediaId]:
    """Write files of one folder and return their ids.

    `ids` are the rows to update. The records must have been created for this folder.
    """
    listed = list(records)
    row_ids = ids if ids is not None else [None] * len(listed)
    with store.write() as unit:
        folder_id = unit.folders.ensure(folder)
        return unit.media.upsert([(folder_id, item, row_id) for item, row_id in zip(listed, row_ids, strict=True)])


def numbered(count: int, **options: object) -> list[MediaRecord]:
    """Return this many records; each is a second newer than the one before."""
    return [
        record(f"{number:06}.png", f"picture {number}", mtime_ns=EPOCH_NS + number * SECOND_NS, **options)  # type: ignore[arg-type]
        for number in range(count)
    ]


def give(unit: WriteUnit, name: str, ids: Iterable[MediaId]) -> int:
    """Link files to a custom tag without the change log; returns the id of the tag."""
    tag_id = unit.tags.ensure("custom", name)
    for media_id in ids:
        raw_sql(unit, "INSERT INTO media_tag (tag_id, media_id) VALUES (?, ?)", (tag_id, media_id))
        unit.changed_ids.add(media_id)
    return tag_id
